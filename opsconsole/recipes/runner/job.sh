# submit|arm|poll|withdraw RUN TOKEN JOB BOOT WAIT SHOW DEADLINE METHOD MAIN_BYTES STDIN_BYTES… [-- CHECK_BYTES GIVEN_BYTES]
#   submit    take the job's files from stdin unless they are here, start it unless it was started, wait; when
#             it ended well within that time, become the check, which is the end of stdin with what it is given
#   arm       take its files, and have the host start it by itself after WAIT seconds
#   poll      wait
#   withdraw  see to it that it never starts, unless it was started
# The answer is one line `@opsconsole-job …`, then `shown` bytes of output; then, when there was a check, a line
# `@opsconsole-check` and what it says, and its exit status is that of the answer. A job starts once: `claim` is
# made by `ln`, which is atomic, by the job itself as its first act or by who withdraws it.
verb=$1; run=$2; token=$3; job=$4; expected=$5; wait=$6; show=$7; deadline=$8; method=$9
shift 9
sizes=; check=0; given=0
while [ $# -gt 0 ] && [ "$1" != -- ]; do sizes="$sizes $1"; shift; done
[ $# -gt 2 ] && { check=$2; given=$3; }
folder=$base/$run/$job
unit=opsconsole-$run-$job
launch=; armed=no
trap '' HUP PIPE

look() {
  state=absent; exit=; late=; at=
  pid=; since=; by=
  [ -r "$folder/claim" ] && read -r pid since by <"$folder/claim"
  if [ "$pid" = withdrawn ]; then
    state=withdrawn
  elif [ -n "$pid" ]; then
    state=running
    { started_at "$pid" && [ "$started" = "$since" ]; } || state=lost
    # Its last act is to say how it ended; so this is read after it was seen to be gone, too.
    { read -r exit late at dot <"$folder/exit"; } 2>/dev/null && [ "$dot" = . ] && state=done
    [ $state = done ] || { exit=; late=; at=; }
  elif [ -e "$folder/main" ]; then
    state=waiting
  fi
}
tell() {
  bytes=0; kept=0; tail=0; shown=0; half=$((show / 2))
  [ -s "$folder/out" ] && kept=$(wc -c <"$folder/out") && bytes=$kept
  [ -s "$folder/tail" ] && tail=$(wc -c <"$folder/tail") && bytes=$((kept + tail))
  if [ $state = running ] || [ "$((bytes))" -le "$show" ]; then
    shown=$((bytes < show ? bytes : show))
  elif [ "$show" -gt 0 ]; then
    shown=$((2 * half + 5))
  fi
  echo "@opsconsole-job state=$state boot=$boot exit=$exit late=$late at=$at bytes=$((bytes)) armed=$armed" \
    "launch=$launch by=$by fence=$fence took=$took shown=$shown"
  if [ "$shown" -gt 0 ]; then
    if [ "$shown" -le "$show" ]; then
      cat "$folder/out" "$folder/tail" 2>/dev/null | tail -c "$shown"
    else
      cat "$folder/out" "$folder/tail" 2>/dev/null | head -c "$half"
      printf '\n…\n'
      cat "$folder/out" "$folder/tail" 2>/dev/null | tail -c "$half"
    fi
  fi
}
answer() { tell; exit 0; }
# Hundredths of a second since the host was started, where it says so.
clock() {
  up=
  { read -r up rest </proc/uptime; } 2>/dev/null
  up=${up%.*}${up#*.}
  case $up in 0* | *[!0-9]*) up= ;; esac
}
upload() {
  own_base
  mkdir -p "$folder" || fail "cannot make $folder"
  blob=$folder/up.$$
  cat >"$blob" || short
  total=$((check + given))
  for size; do total=$((total + size)); done
  [ "$(wc -c <"$blob")" -eq "$total" ] || short
  main=$1; shift
  from=$((main + 1)); number=0
  for size; do
    number=$((number + 1))
    part "$from" "$size" "$folder/in.$number.$$" || short
    mv "$folder/in.$number.$$" "$folder/in.$number"
    from=$((from + size))
  done
  [ "$check" = 0 ] || take_check "$from" || short
  if [ "$total" -gt "$main" ]; then
    head -c "$main" "$blob" >"$blob.main" && mv "$blob.main" "$blob" || short
  fi
  # Room for the job's last word is taken now: it must not fail for want of it.
  [ -e "$folder/exit" ] || echo '                                ' >"$folder/exit" || short
  [ -p "$folder/bell" ] && [ -p "$folder/pipe" ] || mkfifo "$folder/bell" "$folder/pipe" 2>/dev/null
  [ -p "$folder/bell" ] && [ -p "$folder/pipe" ] || fail "cannot make a pipe in $folder"
  [ "$(wc -c <"$blob")" -eq "$main" ] && mv "$blob" "$folder/main" || short
}
short() { rm -f "$blob" "$blob.main" "$folder"/*."$$"; state=short; answer; }
part() { # FROM SIZE FILE: of the blob
  tail -c "+$1" "$blob" 2>/dev/null | head -c "$2" >"$3"
  [ "$(wc -c <"$3")" -eq "$2" ]
}
# The check is kept until the run is over; what it is given is open from here on, and has no name any more.
take_check() { # FROM: of the blob
  part "$1" "$check" "$folder/check.$$" || return
  [ "$given" -gt 0 ] || return 0
  part "$(($1 + check))" "$given" "$folder/given.$$" || return
  exec 7<"$folder/given.$$"
  rm -f "$folder/given.$$"
}
has_systemd() {
  [ "$method" != plain ] && [ "$uid" = 0 ] && [ -d /run/systemd/system ] \
    && command -v systemd-run >/dev/null 2>&1
}
transient() {
  name=$1; by=$2; shift 2
  systemd-run --quiet --collect --unit="$name" --property=KillMode=process --setenv="PATH=$path" \
    --property="Description=opsconsole run $run, $job" "$@" \
    sh "$folder/main" "$name" "$by" "$uid" </dev/null >/dev/null 2>"$folder/launch" 7<&-
}
timer_lives() {
  [ -s "$folder/timer" ] && read -r timer_pid timer_since <"$folder/timer" && started_at "$timer_pid" \
    && [ "$started" = "$timer_since" ]
}
apart() {
  if command -v setsid >/dev/null 2>&1; then setsid "$@"; else "$@"; fi
}
path=${PATH:+$PATH:}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
took=
exec 7</dev/null

case $expected in
"" | "$boot") ;;
*) fence=rebooted; state=rebooted; answer ;;
esac
read_holder
case $verb in
poll) fence=unasked ;;
*)
  if [ -z "$held_run" ]; then fence=none
  elif [ "$held_run $held_token" = "$run $token" ]; then fence=ours
  else fence=other; fi
  if [ $fence != ours ]; then look; answer; fi
  ;;
esac
[ "$held_run $held_token" = "$run $token" ] && { echo >"$lock/beat"; } 2>/dev/null

case $verb in
submit)
  clock; began=$up
  look
  if [ $state = absent ]; then upload $sizes; look
  elif [ "$check" -gt 0 ]; then
    blob=$folder/up.$$
    { tail -c "$((check + given))" >"$blob" && take_check 1; } || check=0
    rm -f "$blob"
  fi
  if [ $state = waiting ]; then
    if has_systemd && transient "$unit" us --no-block --property="RuntimeMaxSec=$((deadline + 60))"; then
      launch=systemd
    else
      launch=plain
      (cd / && PATH=$path && export PATH && apart sh "$folder/main" "" us "$uid") </dev/null >/dev/null 2>&1 7<&- &
    fi
  fi
  ;;
arm)
  look
  if [ $state = absent ]; then upload $sizes; look; fi
  if [ $state = waiting ]; then
    if has_systemd; then
      systemctl is-active --quiet "$unit-timer.timer" && armed=systemd
      [ $armed = no ] && transient "$unit-timer" timer --on-active="${wait}s" --timer-property=AccuracySec=100ms \
        && systemctl is-active --quiet "$unit-timer.timer" && armed=systemd
    fi
    if [ $armed = no ]; then
      timer_lives && armed=plain
    fi
    if [ $armed = no ]; then
      rm -f "$folder/timer"
      (cd / && PATH=$path && export PATH && apart sh -c '
        folder=$1; seconds=$2; uid=$3
        read -r stat <"/proc/$$/stat"; set -- ${stat##*) }; shift 19
        echo "$$ $1" >"$folder/timer"
        sleep "$seconds"
        exec sh "$folder/main" "" timer "$uid"' sh "$folder" "$wait" "$uid") </dev/null >/dev/null 2>&1 &
      sleep 0.1 2>/dev/null || sleep 1
      timer_lives && armed=plain
    fi
  fi
  look
  answer
  ;;
withdraw)
  if [ -d "$folder" ] || { own_base; mkdir -p "$folder"; }; then
    echo withdrawn >"$folder/withdrawn.$$" && ln "$folder/withdrawn.$$" "$folder/claim" 2>/dev/null
    rm -f "$folder/withdrawn.$$" "$folder"/in.*
  fi
  look
  # The timer becomes the job when it fires: that one is not ended.
  if [ $state = withdrawn ] && [ -r "$folder/timer" ] && timer_lives; then
    { kill -s KILL -- "-$timer_pid" || kill -s KILL "$timer_pid"; } 2>/dev/null
    timer_lives && armed=plain
  fi
  if has_systemd; then
    systemctl stop "$unit-timer.timer" 2>/dev/null
    systemctl is-active --quiet "$unit-timer.timer" && armed=systemd
  fi
  look
  answer
  ;;
esac

# The bell is held open before `exit` is looked at, so that a ring in between is not missed.
look
if [ "$wait" != 0 ] && [ -p "$folder/bell" ]; then
  case $state in
  running | waiting)
    exec 8<>"$folder/bell"
    look
    if [ $state != done ]; then
      sh -c 'sleep "$0"; echo late' "$wait" >&8 2>&8 </dev/null 7<&- &
      timer=$!
      read -r ring <&8
      kill "$timer" 2>/dev/null
      look
    fi
    exec 8<&-
    ;;
  esac
fi
if [ $verb = submit ] && [ $state = done ]; then
  clock; [ -n "$began" ] && [ -n "$up" ] && took=$((up - began))
fi
tell
[ "$check" -gt 0 ] && [ $state = done ] && [ "$exit" = 0 ] && [ "$late" = 0 ] || exit 0
# The job is over and the lock is ours. From here on this process is the check, as if it had been asked for alone.
echo @opsconsole-check
echo @opsconsole-check >&2
trap - HUP PIPE
umask 022
OPSCONSOLE_RUN=$mark; export OPSCONSOLE_RUN
exec <&7 7<&-
. "$folder/check.$$"
