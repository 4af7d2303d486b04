# Remembers free space, the length of live logs and which services run, before the first step.
# usage: begin.sh TOKEN FOLDER...  <LINES      "log ESCAPED", "unit NAME"
token=$1; shift
state_folder "$token"; rm -f "$state"/*; remember begin "$@"
: >"$state/begin.logs"; : >"$state/begin.units"
while read -r word one; do
  case $word in
    log) decode "$one"
      printf '%s %s\n' "$(stat -c %s -- "$path" 2>/dev/null || echo 0)" "$one" >>"$state/begin.logs";;
    unit) if [ "$(systemctl is-active "$one" 2>/dev/null)" = active ]; then echo "$one" >>"$state/begin.units"; fi;;
  esac
done
echo "remembered free space, $(grep -c . "$state/begin.logs") live logs, $(grep -c . "$state/begin.units") services"
