# Proves that the programs run and take their configuration. usage: running.sh TOKEN  <LINES
lines=$(cat)
printf '%s\n' "$lines" | {
  bad=0
  while read -r word kind unit files; do
    [ "$word" = program ] || continue
    master "$kind" "$unit"
    if [ -n "$master" ]; then echo "$kind runs (process $master)"; else echo "$kind does not run"; bad=1; fi
  done
  [ "$bad" = 0 ]
}
