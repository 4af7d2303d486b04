# Rotates the logs of one configuration file now, with the host's own logrotate and its state file.
# usage: rotate.sh TOKEN CONFIG FOLDER...  <LINES      DEVICE INODE ESCAPED_LOG
token=$1 config=$2; shift 2
state_folder "$token"; remember rotate "$@"
list=$(cat)
sizes() { # FILE: length of each log
  printf '%s\n' "$list" | while read -r device inode escaped; do
    [ -n "$escaped" ] || continue
    decode "$escaped"
    enter "$dir" && [ "$(stat -c '%d %i' -- "$name")" = "$device $inode" ] || exit 1
    stat -c %s -- "$name"
  done >"$1"
}
sizes "$state/rotate.sizes" || refuse "a log is another file than was planned: nothing was rotated"
sleep 1
sizes "$state/rotate.grown" || refuse "a log is another file than was planned: nothing was rotated"
globals "$state/globals"
errors "$state/globals" "$config"
[ "$count" = 0 ] || refuse "logrotate -d refuses $config: $errors"
wait=''
logrotate --help 2>&1 | grep -q -- --wait-for-state-lock && wait=--wait-for-state-lock
# shellcheck disable=SC2086
logrotate -v -f $wait "$state/globals" "$config" >"$state/rotate.said" 2>&1; status=$?
tail -c 8192 "$state/rotate.said"
compare rotate
exit "$status"
