# Proves that no listed file is there any more and none is held open by a process.
# usage: gone.sh TOKEN STEP DEVICES PREDICTED_BYTES [QUARANTINE]  <LIST
# With QUARANTINE: that each has its copy there.
token=$1 after=$2 devices=$3 predicted=$4 quarantine=$5
state_folder "$token"
list=$(cat)
open_files "$devices" "$list" deleted
judge() {
  left=0 held=0 count=0
  while read -r device inode size mtime mode links blocks escaped; do
    [ -n "$escaped" ] || continue
    count=$((count + 1))
    decode "$escaped"
    [ "$links" = 1 ] && is_open "$device" "$inode" && held=$((held + 1))
    if [ -e "$path" ] || [ -L "$path" ]; then
      found=$(stat -c '%d %i %s %Y %f' -- "$path" 2>/dev/null)
      [ "$found" = "$device $inode $size $mtime $mode" ] && left=$((left + 1))
    fi
  done
  human "$predicted"
  echo "$((count - left)) of $count files are gone, $held still held open; predicted to come back: $figure"
  compare "$after"
  if [ -n "$quarantine" ]; then
    kept=$(wc -l <"$quarantine/manifest") || kept=0
    copies=$(find "$quarantine" -type f -name '[0-9]*' | wc -l)
    echo "$kept of them are named in $quarantine/manifest, $copies copies are there"
    [ "$kept" -eq "$count" ] && [ "$copies" -eq "$count" ] || return 1
  fi
  [ "$left" = 0 ] && [ "$held" = 0 ]
}
printf '%s\n' "$list" | judge
