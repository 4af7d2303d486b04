# Moves the listed files to a folder of another file system, each copy proved by checksum before the original goes.
# usage: quarantine.sh TOKEN DEVICES PARENT SET NEEDED_BYTES FOLDER...  <LIST
# In PARENT/SET: files 1, 2, ... and `manifest` with lines NUMBER SHA256 UID:GID and the file's line.
token=$1 devices=$2 parent=$3 set=$4 needed=$5; shift 5
state_folder "$token"; remember delete "$@"
list=$(cat)
mkdir -p -m 700 -- "$parent" && enter "$parent" || refuse "$parent: not a folder, or a link is in its path"
[ "$(stat -c %u .)" = 0 ] || refuse "$parent belongs to somebody else than root"
case "|$devices" in *"|$(stat -c %d .):"*) refuse "$parent is on the same file system: nothing would come back";; esac
free_of .
[ "$free" -gt "$needed" ] || refuse "$parent has no room"
open_files "$devices" "$list"
verify_all "$list" || refuse "not every file is as planned: nothing was moved"
mkdir -m 700 "$parent/$set" || refuse "$parent/$set is there already"
set -C
move() {
  enter "$dir" || { echo "a link or gone: $dir"; return 1; }
  same || { echo "$why: $escaped"; return 1; }
  copy=$parent/$set/$number
  { move_open; } 4<"$name" 3>"$copy" && return 0
  echo "${why:-cannot be copied}: $escaped"; return 1
}
move_open() { # 4: the original, 3: the copy
  why=''
  [ "$(stat -L -c '%d %i %s %Y %f' /proc/self/fd/4)" = "$device $inode $size $mtime $mode" ] ||
    { why="changed since the plan"; return 1; }
  cat <&4 >&3 && touch -r /proc/self/fd/4 "$copy" || { why="cannot be copied"; return 1; }
  sum=$(sha256sum <"$copy"); sum=${sum%% *}
  other=$(sha256sum </proc/self/fd/4); other=${other%% *}
  [ "$sum" = "$other" ] || { why="the copy differs"; return 1; }
  printf '%s %s %s %s\n' "$number" "$sum" "$(stat -L -c '%u:%g' /proc/self/fd/4)" \
    "$device $inode $size $mtime $mode $links $blocks $escaped" >>"$parent/$set/manifest" &&
    to_disk "$copy" "$parent/$set/manifest" || { why="cannot be kept"; return 1; }
  same || return 1
  rm -f -- "$name" || { why="cannot be removed"; return 1; }
}
printf '%s\n' "$list" | {
  number=0
  while read -r device inode size mtime mode links blocks escaped; do
    [ -n "$escaped" ] || continue
    decode "$escaped"; number=$((number + 1))
    move </dev/null || { echo "stopped at file $number"; exit 1; }
  done
  echo "moved $number files to $parent/$set"
} || exit 1
cd /
compare delete
