# Proves that an earlier certificate is served and the links lead where they led. usage: unserved.sh TOKEN  <LINES      as of unserve.sh
lines=$(cat)
judge() {
  bad=0 right=0 count=0
  while read -r word one two three four five six rest; do
    case $word in
      swap) decode "$one"
        for kind in cert chain fullchain privkey; do
          link=$(readlink -- "$path/$kind.pem")
          [ "${link##*/}" = "$kind$two.pem" ] || { echo "$path/$kind.pem leads to $link"; bad=1; }
        done;;
      target) [ "$six" != - ] || continue
        count=$((count + 1))
        shown "$two" "$three" "$four" "$five"
        if [ "$print" = "$six" ]; then right=$((right + 1)); else bad=1; fi;;
    esac
  done
  echo "$right of $count handshakes show what was served before"
  [ "$bad" = 0 ]
}
printf '%s\n' "$lines" | judge
