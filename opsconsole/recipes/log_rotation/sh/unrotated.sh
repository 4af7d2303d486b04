# Proves that each log is the file it was, and that its writer writes to it.
# usage: unrotated.sh  <LINES     WRITTEN DEVICE INODE ESCAPED_LOG
writers
bad=0
while read -r written device inode escaped; do
  [ -n "$escaped" ] || continue
  decode "$escaped"
  if [ "$(stat -c '%d %i' -- "$path" 2>/dev/null)" != "$device $inode" ]; then
    echo "$escaped: another file than before"; bad=1
  elif [ "$written" = yes ] && ! writes "$device:$inode"; then
    echo "$escaped: its writer does not write to it"; bad=1
  else echo "$escaped: the same file as before"; fi
done
[ "$bad" = 0 ]
