# The end: what is served, once more, and who renews the next time.
# usage: prove.sh TOKEN UNIT  <LINES      as of reload.sh      UNIT: the timer that must be on, or "-"
bad=0
lines=$(cat)
served() {
  right=0 count=0
  while read -r word kind address port name algorithm before file; do
    [ "$word" = target ] || continue
    count=$((count + 1))
    decode "$file"; print_of "$path"; wanted=$print
    shown "$address" "$port" "$name" "$algorithm"
    if [ -n "$wanted" ] && [ "$print" = "$wanted" ]; then right=$((right + 1)); continue; fi
    place "$address" "$port" "$name" "$algorithm"; short "$print"
    echo "$where shows ${brief:-nothing}"
  done
  echo "$right of $count handshakes show the file's certificate"
  [ "$right" = "$count" ]
}
printf '%s\n' "$lines" | served || bad=1
if [ "$2" != - ]; then
  next=$(systemctl show -p NextElapseUSecRealtime --value "$2" 2>/dev/null)
  echo "$2: $(systemctl is-enabled "$2" 2>/dev/null), $(systemctl is-active "$2" 2>/dev/null), next run ${next:-not set}"
  case $(systemctl is-enabled "$2" 2>/dev/null) in enabled|enabled-runtime|static|generated) ;; *) bad=1;; esac
  [ "$(systemctl is-active "$2" 2>/dev/null)" = active ] || bad=1
fi
[ "$bad" = 0 ]
