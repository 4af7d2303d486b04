# Takes quarantine.sh back: each file of the manifest at its old place, proved by checksum. Safe to repeat.
# usage: restore.sh TOKEN PARENT SET
token=$1 parent=$2 set=$3
set -C
if [ ! -e "$parent/$set" ]; then echo "nothing was moved"; exit 0; fi
enter "$parent/$set" || fail "$parent/$set: a link is in its path"
[ "$(stat -c %u .)" = 0 ] || fail "$parent/$set belongs to somebody else than root"
put_back() {
  copy=$parent/$set/$number
  enter "$dir" || { echo "a link or gone: $dir"; return 1; }
  draft=./.opsconsole-$token.back
  rm -f -- "$draft"
  if [ -e "$name" ] || [ -L "$name" ]; then
    [ "$(stat -c '%s %Y %f' -- "$name")" = "$size $mtime $mode" ] && found=$(sha256sum <"$name") &&
      [ "${found%% *}" = "$sum" ] && return 0
    echo "another file has its name: $escaped"; return 1
  fi
  { put_open; } 3>"$draft" && return 0
  rm -f -- "$draft"; echo "no room, or the copy is damaged: $escaped"; return 1
}
put_open() { # 3: the file that takes the old place
  ours "$draft" || return 1
  bits=$(printf '%o' "$((0x$mode & 07777))")
  cat <"$copy" >&3 2>/dev/null && found=$(sha256sum </proc/self/fd/3) && [ "${found%% *}" = "$sum" ] &&
    chown "$owner" /proc/self/fd/3 && chmod "$bits" /proc/self/fd/3 && touch -r "$copy" /proc/self/fd/3 &&
    ln "$draft" "$name" && ours "$name" || return 1
  rm -f -- "$draft"
  count=$((count + 1))
}
if [ -e manifest ]; then
  failed=0 count=0
  while read -r number sum owner device inode size mtime mode links blocks escaped; do
    decode "$escaped"
    put_back </dev/null || failed=$((failed + 1))
  done <manifest
  echo "put back $count files, $failed not"
  [ "$failed" = 0 ] || exit 1
fi
sync # what was put back, of an earlier undo too, must be on the disk before its copies go
cd / && rm -rf -- "${parent:?}/${set:?}"
