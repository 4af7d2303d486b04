# Deletes the listed files; nothing when one of them is no longer exactly as listed.
# usage: delete.sh TOKEN DEVICES FOLDER...  <LIST      DEVICES: "D1:|D2:", FOLDER: one of each file system
token=$1 devices=$2; shift 2
state_folder "$token"; remember delete "$@"
list=$(cat)
open_files "$devices" "$list"
verify_all "$list" || refuse "not every file is as planned: nothing was deleted"
flush() { # the files in "$@" of the current folder, seen a last time
  [ $# -gt 0 ] || return 0
  found=$(stat -c '%d %i %s %Y %f' -- "$@" 2>/dev/null)
  [ "$found
" = "$expected" ] || { echo "changed just now, in $in: stopped"; exit 1; }
  rm -f -- "$@" </dev/null || { echo "cannot delete in $in: stopped"; exit 1; }
}
printf '%s\n' "$list" | {
  in='' expected='' count=0
  set --
  while read -r device inode size mtime mode links blocks escaped; do
    [ -n "$escaped" ] || continue
    decode "$escaped"
    if [ "$dir" != "$in" ] || [ $# -ge 64 ]; then
      flush "$@"; set --; expected=''
      if [ "$dir" != "$in" ]; then
        enter "$dir" || { echo "$dir became a link: stopped"; exit 1; }
        in=$dir
      fi
    fi
    set -- "$@" "$name"; count=$((count + 1))
    expected="$expected$device $inode $size $mtime $mode
"
  done
  flush "$@"
  echo "deleted $count files"
} || exit 1
cd /
compare delete
