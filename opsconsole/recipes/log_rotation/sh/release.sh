# Asks writers to open their logs anew, by the signal that each is known to understand; kills nobody.
# usage: release.sh TOKEN FOLDER...  <LINES      SIGNAL PID START ESCAPED_EXE
token=$1; shift
state_folder "$token"; remember release "$@"
sent=0
stop() { [ "$sent" -gt 0 ] || refuse "$*"; fail "$*"; }
while read -r signal pid start escaped; do
  [ -n "$escaped" ] || continue
  decode "$escaped"
  line=$(cat "/proc/$pid/stat" 2>/dev/null) || stop "process $pid is gone"
  # shellcheck disable=SC2086
  set -- ${line##*) }
  [ "${20}" = "$start" ] || stop "process $pid is another than was planned"
  program=$(readlink "/proc/$pid/exe"; echo x); program=${program%??}
  [ "${program% (deleted)}" = "$path" ] || stop "process $pid runs another program than was planned"
  kill -s "$signal" "$pid" || stop "cannot signal process $pid"
  sent=$((sent + 1))
  echo "sent $signal to process $pid ($escaped)"
done
