# Proves a reload. usage: reloaded.sh TOKEN  <LINES      as of reload.sh
token=$1
state_folder "$token"
lines=$(cat)
[ -r "$state/reload.began" ] || { echo "what was before is not known: the host was restarted"; exit 2; }
bad=0
said=$(emergencies "$lines")
if [ -n "$said" ]; then printf 'the log says: %s\n' "$said"; bad=1; fi
printf '%s\n' "$lines" | as_in_files || bad=1
printf '%s\n' "$lines" | sed -n 's/^target .* \([^ ]*\)$/\1/p' | sort -u | while read -r file; do
  decode "$file"; print_of "$path"; echo "$path: sha256 $print"
done
renewed() { # stdin: program lines
  right=0 count=0
  while read -r word kind unit files; do
    [ "$word" = program ] || continue
    count=$((count + 1))
    master "$kind" "$unit"
    if [ -z "$master" ]; then echo "$kind does not run"; continue; fi
    fresh=0 old=0 first=
    for one in $(workers "$master"); do
      if grep -q "^worker $kind $unit $one\$" "$state/reload.workers"; then old=$((old + 1))
      else fresh=$((fresh + 1)); first=${first:-${one%%:*}}; fi
    done
    # Old ones of HAProxy and Apache may serve what is under way; nginx calls them "shutting down".
    if ! grep -q "^master $kind $unit $master\$" "$state/reload.workers"; then fresh=1 first=$master old=0; fi
    if [ "$fresh" -gt 0 ] && { [ "$kind" != nginx ] || [ "$old" = 0 ]; }; then
      right=$((right + 1)); echo "$kind: $fresh new workers (from process $first on)"
    else echo "$kind: $fresh new workers, $old old ones still take connections: it did not reload"; fi
  done
  [ "$right" = "$count" ]
}
printf '%s\n' "$lines" | renewed || bad=1
answers() {
  while read -r before address port name wanted; do
    status_of "$address" "$port" "$name" "$wanted"
    place "$address" "$port" "$name" -
    if [ "$status" = "$before" ]; then
      [ "$status" = none ] || echo "$where $wanted: HTTP $status as before"
    else echo "$where $wanted: HTTP $before before, $status now"; return 1; fi
  done
}
if [ -e "$state/reload.http" ]; then answers <"$state/reload.http" || bad=1; fi
for held in "$state"/reload.hold.*.said; do
  [ -e "$held" ] || continue
  held=${held%.said}
  if [ ! -e "$held.end" ]; then echo "a request begun before the reload has no answer yet"; bad=1
  elif whole "$held.head" 0; then echo "a request half sent before the reload was answered whole after it ($body bytes)"
  else echo "a request begun before the reload was dropped ($body of $expected bytes came)"; bad=1; fi
done
if [ -e "$state/reload.load.said" ]; then
  if [ ! -e "$state/reload.load.end" ]; then
    echo "the download goes on: $(wc -c <"$state/reload.load.head") bytes and more"; bad=1
  else
    rest=$(cat "$state/reload.load.rest" 2>/dev/null || echo 0)
    if whole "$state/reload.load.head" "${rest:-0}"; then
      echo "the download begun before the reload ended whole: $body bytes, $rest of them after it"
    else echo "the download was cut: $body of $expected bytes"; bad=1; fi
  fi
fi
[ "$bad" = 0 ]
