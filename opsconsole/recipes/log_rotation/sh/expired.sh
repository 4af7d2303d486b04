# Proves that earlier quarantines are gone. usage: expired.sh PARENT  <LINES      NAME
left=0 count=0
while read -r name; do
  [ -n "$name" ] || continue
  count=$((count + 1))
  [ ! -e "$1/$name" ] || { left=$((left + 1)); echo "still there: $name"; }
done
echo "$((count - left)) of $count quarantines are gone"
[ "$left" = 0 ]
