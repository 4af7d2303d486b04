# Proves that each listed file is at its place with its size, time and mode, and nothing beside it.
# usage: there.sh SUFFIX_THAT_MUST_NOT_BE [FOLDER_THAT_MUST_NOT_BE]  <LIST
bad=0 count=0
while read -r device inode size mtime mode links blocks escaped; do
  [ -n "$escaped" ] || continue
  decode "$escaped"; count=$((count + 1))
  if enter "$dir" && [ "$(stat -c '%s %Y %f' -- "$name" 2>/dev/null)" = "$size $mtime $mode" ] &&
    { [ -z "$1" ] || [ ! -e "$name$1" ]; }; then :
  else bad=$((bad + 1)); [ "$bad" -le 5 ] && echo "not as before: $escaped"; fi
done
echo "$((count - bad)) of $count files are at their place with their size, time and mode"
if [ -n "$2" ] && [ -e "$2" ]; then echo "still there: $2"; bad=1; fi
[ "$bad" = 0 ]
