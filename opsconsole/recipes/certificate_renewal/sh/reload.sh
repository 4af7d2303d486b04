# Tests the configuration of each program, reloads it, and leaves what proves that nothing was dropped.
# usage: reload.sh TOKEN  <LINES
#   program KIND UNIT ESCAPED_FILE... | log ESCAPED | target KIND ADDRESS PORT NAME ALGORITHM SERVED ESCAPED_FILE
#   http ADDRESS PORT NAME ESCAPED_PATH | download ADDRESS PORT NAME ESCAPED_PATH
token=$1
state_folder "$token"
rm -f "$state"/reload.*
lines=$(cat)
now >"$state/reload.began"
has openssl || fail "the host has no openssl: what is served cannot be proved"
programs=$(printf '%s\n' "$lines" | sed -n 's/^program //p')
printf '%s\n' "$programs" | {
  while read -r kind unit files; do
    [ -n "$kind" ] || continue
    master "$kind" "$unit"
    [ -n "$master" ] || fail "$kind does not run any more"
    # shellcheck disable=SC2086
    test_config "$kind" "$master" $files || fail "$kind refuses its configuration: $(last_lines)"
    echo "$kind: the configuration is good"
    { echo "master $kind $unit $master"; workers "$master" | sed "s/^/worker $kind $unit /"; } >>"$state/reload.workers"
  done
} || exit 1
printf '%s\n' "$lines" | sed -n 's/^log //p' | while read -r one; do
  decode "$one"
  printf '%s %s\n' "$(stat -c '%i %s' -- "$path" 2>/dev/null || echo 0 0)" "$one" >>"$state/reload.logs"
done
# HTTP as it is now: of each name once, at most 8, and the address that was asked for.
printf '%s\n' "$lines" | {
  seen=' ' count=0
  while read -r word one two three four rest; do
    case $word in
      target) address=$two port=$three name=$four
        case $seen in *" $port/$name "*) continue;; esac
        [ "$count" -lt 8 ] || continue
        seen="$seen$port/$name " count=$((count + 1)) wanted=/;;
      http) address=$one port=$two name=$three; decode "$four"; wanted=$path;;
      *) continue;;
    esac
    status_of "$address" "$port" "$name" "$wanted"
    printf '%s %s %s %s %s\n' "$status" "$address" "$port" "$name" "$wanted" >>"$state/reload.http"
  done
}
# One request half sent to each program that speaks HTTP, and the download.
number=0
printf '%s\n' "$programs" >"$state/reload.programs"
while read -r kind unit files; do
  [ -n "$kind" ] || continue
  # shellcheck disable=SC2046
  set -- $(printf '%s\n' "$lines" | sed -n "s/^target $kind //p" | while read -r address port name rest; do
    grep -q "^[1-5][0-9][0-9] $address $port $name /\$" "$state/reload.http" 2>/dev/null || continue
    echo "$address $port $name"; break
  done)
  [ $# = 3 ] || continue
  number=$((number + 1))
  hold "$number" "$1" "$2" "$3"
  connected "$state/reload.hold.$number.said" || { echo "no connection could be held open at $1 $2"; rm -f "$state"/reload.hold."$number".*; }
done <"$state/reload.programs"
load=$(printf '%s\n' "$lines" | sed -n 's/^download //p' | head -n 1)
if [ -n "$load" ]; then
  # shellcheck disable=SC2086
  fetch $load
  connected "$state/reload.load.said" || fail "the download cannot be begun: nothing was reloaded"
fi
nap; nap
failed=0
while read -r kind unit files; do
  [ -n "$kind" ] || continue
  master "$kind" "$unit"
  if [ -n "$master" ] && reload_one "$kind" "$master" "$unit"; then echo "$kind: told to reload"
  else echo "$kind: cannot be reloaded: $(last_lines)"; failed=1; fi
done <"$state/reload.programs"
[ ! -e "$state/reload.load.head" ] || wc -c <"$state/reload.load.head" >"$state/reload.load.before"
: >"$state/reload.go"
[ "$failed" = 0 ]
