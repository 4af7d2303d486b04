# Proves that each log was rotated, that its writer writes to the file that has its name now, and that it grows.
# usage: rotated.sh TOKEN ERRORS_BEFORE  <LINES     HOW WRITTEN DEVICE INODE ESCAPED_LOG
# HOW: create, nocreate or copytruncate; WRITTEN: yes when a process had it open for writing
state_folder "$1"; already=$2
writers
bad=0 number=0
judge() {
  decode "$escaped"; number=$((number + 1))
  size=$(stat -c %s -- "$path" 2>/dev/null) file=$(stat -c %d:%i -- "$path" 2>/dev/null)
  was=$(sed -n "${number}p" "$state/rotate.sizes") grown=$(sed -n "${number}p" "$state/rotate.grown")
  rate=$((${grown:-0} - ${was:-0}))
  said="$escaped: ${grown:-?} -> ${size:-no file} bytes"
  if [ "${grown:-1}" = 0 ] && [ "$file" = "$device:$inode" ]; then echo "$said, empty, nothing to rotate"; return 0; fi
  case $how in
    copytruncate)
      [ "$file" = "$device:$inode" ] && [ "${size:-0}" -lt "${grown:-0}" ] || { echo "$said: not emptied"; return 1; };;
    nocreate) ;;
    *) [ -n "$file" ] && [ "$file" != "$device:$inode" ] || { echo "$said: still the old file"; return 1; };;
  esac
  if [ "$written" = yes ]; then
    writes "$file" || { echo "$said: its writer does not write to it"; return 1; }
    [ "$how" = copytruncate ] || ! writes "$device:$inode" || { echo "$said: a process still writes to the old file"; return 1; }
    if [ "$rate" -gt 0 ]; then
      [ "${size:-0}" -gt 0 ] || { echo "$said: it grew by $rate bytes/s before and does not now"; return 1; }
      said="$said, it grows"
    fi
    said="$said, its writer has it open"
  fi
  echo "$said"
}
while read -r how written device inode escaped; do
  [ -z "$escaped" ] || judge || bad=$((bad + 1))
done
services || bad=$((bad + 1))
errors /etc/logrotate.conf
[ "$count" -le "$already" ] || { echo "$errors"; bad=$((bad + 1)); }
echo "$told ($already before)"
[ "$bad" = 0 ]
