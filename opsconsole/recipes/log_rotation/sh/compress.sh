# Compresses the listed files to NAME.gz; nothing when one of them is no longer exactly as listed.
# usage: compress.sh TOKEN DEVICES FOLDER...  <LIST
# The original goes only after its copy was unpacked, compared and is on the disk. The copy has its owner, mode and time.
# The copy is reached through a descriptor: whoever owns the folder cannot make root write or chown elsewhere.
token=$1 devices=$2; shift 2
state_folder "$token"; remember compress "$@"
list=$(cat)
open_files "$devices" "$list"
verify_all "$list" || refuse "not every file is as planned: nothing was compressed"
set -C
pack() {
  enter "$dir" || { echo "a link or gone: $dir"; return 1; }
  same || { echo "$why: $escaped"; return 1; }
  if [ -e "$name.gz" ] || [ -L "$name.gz" ]; then echo "there is a .gz already: $escaped"; return 1; fi
  draft=./.opsconsole-$token.gz
  rm -f -- "$draft"
  { pack_open; } 4<"$name" 3>"$draft" && return 0
  rm -f -- "$draft"; echo "${why:-no room for the copy}: $escaped"; return 1
}
pack_open() { # 4: the original, 3: the copy
  why=''
  ours "$draft" || { why="another file took the place of the copy"; return 1; }
  [ "$(stat -L -c '%d %i %s %Y %f' /proc/self/fd/4)" = "$device $inode $size $mtime $mode" ] ||
    { why="changed since the plan"; return 1; }
  gzip -c <&4 >&3 2>/dev/null || { why="no room for the copy"; return 1; }
  gzip -t </proc/self/fd/3 && gzip -dc </proc/self/fd/3 | cmp -s - /proc/self/fd/4 || { why="the copy is damaged"; return 1; }
  packed=$(stat -L -c %s /proc/self/fd/3)
  bits=$(printf '%o' "$((0x$mode & 07777))")
  chown "$(stat -L -c '%u:%g' /proc/self/fd/4)" /proc/self/fd/3 && chmod "$bits" /proc/self/fd/3 &&
    touch -r /proc/self/fd/4 /proc/self/fd/3 || { why="owner, mode or time cannot be kept"; return 1; }
  ln "$draft" "$name.gz" && rm -f -- "$draft" || { why="there is a .gz already"; return 1; }
  to_disk /proc/self/fd/3 || { rm -f -- "$name.gz"; why="the copy cannot be written to the disk"; return 1; }
  ours "$name.gz" && same || { rm -f -- "$name.gz"; why="changed while it was compressed"; return 1; }
  rm -f -- "$name" || { why="cannot be removed"; return 1; }
  before=$((before + size)) after=$((after + packed)) count=$((count + 1))
}
printf '%s\n' "$list" | {
  count=0 before=0 after=0
  while read -r device inode size mtime mode links blocks escaped; do
    [ -n "$escaped" ] || continue
    decode "$escaped"
    pack </dev/null || { echo "stopped after $count files"; exit 1; }
  done
  human "$before"; was=$figure; human "$after"
  echo "compressed $count files: $was -> $figure"
} || exit 1
cd /
compare compress
