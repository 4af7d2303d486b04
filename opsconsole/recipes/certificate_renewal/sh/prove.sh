# The end: what is served, once more, and who renews the next time.
# usage: prove.sh TOKEN UNIT  <LINES      as of reload.sh      UNIT: the timer that must be on, or "-"
bad=0
lines=$(cat)
printf '%s\n' "$lines" | as_in_files || bad=1
if [ "$2" != - ]; then
  next=$(systemctl show -p NextElapseUSecRealtime --value "$2" 2>/dev/null)
  echo "$2: $(systemctl is-enabled "$2" 2>/dev/null), $(systemctl is-active "$2" 2>/dev/null), next run ${next:-not set}"
  case $(systemctl is-enabled "$2" 2>/dev/null) in enabled|enabled-runtime|static|generated) ;; *) bad=1;; esac
  [ "$(systemctl is-active "$2" 2>/dev/null)" = active ] || bad=1
fi
[ "$bad" = 0 ]
