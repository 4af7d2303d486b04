# After the files are as before: reloads each program that does not show what it showed before.
# usage: reload_back.sh TOKEN  <LINES      as of reload.sh
lines=$(cat)
other() { # KIND: 0 when a target of it shows something else than before
  printf '%s\n' "$lines" | {
    while read -r word kind address port name algorithm served file; do
      [ "$word $kind" = "target $1" ] || continue
      shown "$address" "$port" "$name" "$algorithm"
      [ "$served" = - ] || [ "$print" = "$served" ] || exit 0
    done
    exit 1
  }
}
printf '%s\n' "$lines" | {
  failed=0
  while read -r word kind unit files; do
    [ "$word" = program ] || continue
    if ! other "$kind"; then echo "$kind shows what it showed before: not reloaded"; continue; fi
    master "$kind" "$unit"
    if [ -z "$master" ]; then echo "$kind does not run: nothing to reload"; continue; fi
    # shellcheck disable=SC2086
    test_config "$kind" "$master" $files || { echo "$kind refuses its configuration: $(last_lines)"; failed=1; continue; }
    reload_one "$kind" "$master" "$unit" || { echo "$kind cannot be reloaded: $(last_lines)"; failed=1; continue; }
    echo "$kind: reloaded"
  done
  [ "$failed" = 0 ]
}
