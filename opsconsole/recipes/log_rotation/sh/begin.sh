# Remembers free space, the length of live logs and which services run, before the first step.
# usage: begin.sh TOKEN FOLDER...  <LINES      "log ESCAPED", "unit NAME"
token=$1; shift
state_folder "$token"; rm -f "$state"/*
# What is kept in it outlives the run: the answer of the last check can be lost, then it is asked for again, and an
# undo asks the checks of the steps that cannot be taken back once more; all compare with it. A day is enough.
find "$base" -mindepth 1 -maxdepth 1 ! -path "$state" -mtime +0 -exec rm -rf -- {} +
remember begin "$@"
: >"$state/begin.logs"; : >"$state/begin.units"
while read -r word one; do
  case $word in
    log) decode "$one"
      printf '%s %s\n' "$(stat -c '%s %d:%i' -- "$path" 2>/dev/null || echo '0 none')" "$one" >>"$state/begin.logs";;
    unit) if [ "$(systemctl is-active "$one" 2>/dev/null)" = active ]; then echo "$one" >>"$state/begin.units"; fi;;
  esac
done
echo "remembered free space, $(grep -c . "$state/begin.logs") live logs, $(grep -c . "$state/begin.units") services"
