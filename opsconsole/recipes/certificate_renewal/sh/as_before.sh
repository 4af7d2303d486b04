# Proves an undo: files as before, the old certificates served.
# usage: as_before.sh TOKEN  <LINES      as of reload.sh, and: same ESCAPED ESCAPED_COPY (below the folder of
# copies) | gone ESCAPED
token=$1
keep_folder "$token" || keep=/nonexistent
lines=$(cat)
judge() {
  right=0 count=0 files=0 bad=0
  while read -r word one two three four five six rest; do
    case $word in
      same) decode "$two"; copy=$keep/$path; decode "$one"; files=$((files + 1))
        if [ ! -e "$copy" ] && [ ! -L "$copy" ]; then echo "$path: there is no copy to compare with"; bad=1
        elif ! same "$path" "$copy"; then echo "$path is not as before"; bad=1; fi;;
      gone) decode "$one"; files=$((files + 1))
        if [ -e "$path" ] || [ -L "$path" ]; then echo "$path is there, and was not before"; bad=1; fi;;
      target) [ "$six" != - ] || continue
        count=$((count + 1))
        shown "$two" "$three" "$four" "$five"
        if [ "$print" = "$six" ]; then right=$((right + 1)); continue; fi
        place "$two" "$three" "$four" "$five"; short "$six"; was=$brief; short "$print"
        echo "$where shows ${brief:-nothing}, before it was $was"; bad=1;;
    esac
  done
  echo "$files files and folders compared; $right of $count handshakes show the certificate of before"
  [ "$bad" = 0 ]
}
printf '%s\n' "$lines" | judge
