# The end: free space against the prediction, writers, services, volumes, and logrotate's dry run.
# usage: prove.sh TOKEN PREDICTED_BYTES TOLERANCE_BYTES ERRORS_BEFORE  <LINES
# "log ESCAPED PID START" a log and a process that wrote to it; "volume NAME" of docker was there
state_folder "$1"; predicted=$2 tolerance=$3 already=$4
[ -r "$state/begin.before" ] || { echo "free space before is not known: the host was restarted, or it is more than a day ago"; exit 2; }
bad=0 have='' grown=0 logs=0 right=0 volumes=0 kept=0
while read -r before identity escaped; do
  decode "$escaped"
  found=$(stat -c '%d:%i %s' -- "$path" 2>/dev/null) || continue
  now=${found#* }
  # Rotated meanwhile: another file has the name, or it was emptied, and all that is in it now is new.
  [ "${found% *}" = "$identity" ] && [ "$now" -ge "$before" ] || before=0
  grown=$((grown + now - before))
done <"$state/begin.logs"
compare begin
human "$predicted"; wanted=$figure; human "$gained"; got=$figure; human "$grown"; more=$figure; human "$tolerance"
echo "predicted to come back $wanted, came back $got; live logs grew by $more meanwhile; tolerance $figure"
# Where nothing certain was predicted, what others write meanwhile says nothing about this run.
[ "$predicted" = 0 ] || [ $((gained + grown + tolerance)) -ge "$predicted" ] || { echo "less came back than predicted"; bad=1; }
writers
alive() {
  line=$(cat "/proc/$pid/stat" 2>/dev/null) || return 1
  # shellcheck disable=SC2086
  set -- ${line##*) }
  [ "${20}" = "$start" ]
}
while read -r word one pid start; do
  case $word in
    log) decode "$one"; logs=$((logs + 1))
      if writes "$(stat -c %d:%i -- "$path" 2>/dev/null)"; then right=$((right + 1))
      elif alive; then echo "process $pid does not write to $one any more"
      else logs=$((logs - 1)); echo "process $pid, which wrote to $one, has ended"; fi;;
    volume) volumes=$((volumes + 1))
      [ -n "$have" ] || have=" $(docker volume ls -q 2>/dev/null | tr '\n' ' ') "
      case $have in *" $one "*) kept=$((kept + 1));; esac;;
  esac
done
[ "$logs" = 0 ] || echo "$right of $logs logs are written to at their place"
[ "$volumes" = 0 ] || echo "$kept of $volumes volumes are there"
services || bad=1
[ "$right" = "$logs" ] && [ "$kept" = "$volumes" ] || bad=1
if has logrotate; then
  errors /etc/logrotate.conf
  echo "$told ($already before)"
  [ "$count" -le "$already" ] || { echo "$errors"; bad=1; }
fi
[ "$bad" = 0 ]
