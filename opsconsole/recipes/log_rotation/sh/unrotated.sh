# Proves that each log is the file it was, that its writer writes to it, and that its rotated logs have their names.
# usage: unrotated.sh  <LINES     WRITTEN DEVICE INODE ESCAPED_LOG [ENDING...]
writers
bad=0
judge() {
  [ "$(stat -c '%d %i' -- "$path" 2>/dev/null)" = "$device $inode" ] ||
    { echo "$escaped: another file than before"; return 1; }
  [ "$written" != yes ] || writes "$device:$inode" ||
    { echo "$escaped: its writer does not write to it"; return 1; }
  found=$(older_of "$path" | sort | tr '\n' ' ')
  wanted=$(for one in $older; do echo "$one"; done | sort | tr '\n' ' ')
  [ "$found" = "$wanted" ] ||
    { echo "$escaped: its rotated logs were ${wanted:-none }before and are ${found:-none }now"; return 1; }
  echo "$escaped: the same file as before${wanted:+, and beside it $wanted}"
}
while read -r written device inode escaped older; do
  [ -n "$escaped" ] || continue
  decode "$escaped"
  judge </dev/null || bad=1
done
[ "$bad" = 0 ]
