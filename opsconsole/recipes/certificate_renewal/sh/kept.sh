# Proves the copies. usage: kept.sh TOKEN  <LINES      as of keep.sh
keep_folder "$1" || fail "there is no copy"
[ -e "$keep/whole" ] || fail "the copy in $keep is not whole"
[ "$(stat -c '%u %a' "$keep")" = "0 700" ] || fail "others may read $keep"
bad=0
one() { # ESCAPED NAME
  decode "$1"
  if [ -e "$keep/$2.absent" ]; then [ ! -e "$path" ] || { echo "$path is there now"; bad=1; }
  elif ! same "$path" "$keep/$2"; then echo "$path and its copy differ"; bad=1; fi
}
judge() {
  count=0
  while read -r word name a b c; do
    case $word in
      lineage) count=$((count + 1)); one "$a" "$name/live"; one "$b" "$name/archive"; one "$c" "$name/conf";;
      copy) count=$((count + 1)); one "$a" "copy.$name";;
    esac
  done
  echo "$count copies in $keep are byte for byte alike, for root alone"
  [ "$bad" = 0 ]
}
judge
