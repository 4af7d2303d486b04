# Proves that each listed file is a whole NAME.gz now, with its mode and time, and that it unpacks to its size.
# usage: packed.sh TOKEN  <LIST
state_folder "$1"
bad=0 count=0 before=0 after=0
while read -r device inode size mtime mode links blocks escaped; do
  [ -n "$escaped" ] || continue
  decode "$escaped"; count=$((count + 1))
  if enter "$dir" && [ ! -e "$name" ] && [ "$(stat -c '%Y %f' -- "$name.gz" 2>/dev/null)" = "$mtime $mode" ] &&
    [ "$(gzip -dc <"$name.gz" 2>/dev/null | wc -c)" -eq "$size" ]; then
    before=$((before + size)); after=$((after + $(stat -c %s -- "$name.gz")))
  else bad=$((bad + 1)); [ "$bad" -le 5 ] && echo "not proved: $escaped"; fi
done
human "$before"; was=$figure; human "$after"
echo "$((count - bad)) of $count files are compressed and unpack to their size: $was -> $figure"
cd /; compare compress
[ "$bad" = 0 ]
