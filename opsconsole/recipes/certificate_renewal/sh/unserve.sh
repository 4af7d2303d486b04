# Has an earlier certificate served again while the files stay as they are: links lead to it for the reload only.
# usage: unserve.sh TOKEN  <LINES      as of reload.sh, and: swap ESCAPED_LIVE VERSION_NOW VERSION_SERVED
lines=$(cat)
point() { # LIVE VERSION: live/ leads to that version
  for kind in cert chain fullchain privkey; do
    old=$(readlink -- "$1/$kind.pem") || fail "$1/$kind.pem is no link"
    new=${old%/*}/$kind$2.pem
    [ -e "$1/$new" ] || [ -e "$new" ] || fail "$new is not there"
    ln -s -- "$new" "$1/.opsconsole-link.$$" && mv -f -- "$1/.opsconsole-link.$$" "$1/$kind.pem" || fail "cannot set $1/$kind.pem"
  done
}
each() { # COLUMN: every lineage to its version now (2) or served (3)
  printf '%s\n' "$lines" | while read -r word live now_version served_version; do
    [ "$word" = swap ] || continue
    decode "$live"
    if [ "$1" = 2 ]; then point "$path" "$now_version"; else point "$path" "$served_version"; fi
  done
}
as_served() { # 0 when every target shows what it showed before
  printf '%s\n' "$lines" | {
    while read -r word kind address port name algorithm served file; do
      [ "$word" = target ] || continue
      shown "$address" "$port" "$name" "$algorithm"
      [ "$served" = - ] || [ "$print" = "$served" ] || exit 1
    done
    exit 0
  }
}
if as_served; then each 2; echo "what was served is served: nothing to take back"; exit 0; fi
trap 'each 2' EXIT
# dash runs no EXIT trap when a signal ends it.
trap 'exit 143' INT TERM
each 3 || exit 1
printf '%s\n' "$lines" | {
  while read -r word kind unit files; do
    [ "$word" = program ] || continue
    master "$kind" "$unit"
    [ -n "$master" ] || { echo "$kind does not run"; exit 1; }
    # shellcheck disable=SC2086
    test_config "$kind" "$master" $files || { echo "$kind refuses its configuration: $(last_lines)"; exit 1; }
    reload_one "$kind" "$master" "$unit" || { echo "$kind cannot be reloaded: $(last_lines)"; exit 1; }
  done
} || exit 1
turns=0
until as_served; do
  turns=$((turns + 1)); [ "$turns" -lt 20 ] || fail "the earlier certificate is not served again"
  sleep 0.5 2>/dev/null || sleep 1
done
echo "the earlier certificate is served again; the files are as they were"
