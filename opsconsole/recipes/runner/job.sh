# submit|arm|poll|withdraw RUN TOKEN JOB BOOT WAIT SHOW DEADLINE METHOD MAIN_BYTES STDIN_BYTES…
#   submit    take the job's files from stdin unless they are here, start it unless it was started, wait
#   arm       take its files, and have the host start it by itself after WAIT seconds
#   poll      wait
#   withdraw  see to it that it never starts, unless it was started
# The answer is one line `@opsconsole-job …`, then output. A job starts once: `claim` is made by `ln`, which
# is atomic, by the job itself as its first act or by who withdraws it.
verb=$1; run=$2; token=$3; job=$4; expected=$5; wait=$6; show=$7; deadline=$8; method=$9
shift 9
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
answer() {
  bytes=0; kept=0; tail=0
  if [ -e "$folder/out" ]; then
    kept=$(wc -c <"$folder/out"); bytes=$kept
    [ -e "$folder/tail" ] && tail=$(wc -c <"$folder/tail") && bytes=$((kept + tail))
  fi
  echo "@opsconsole-job state=$state boot=$boot exit=$exit late=$late at=$at bytes=$((bytes)) armed=$armed" \
    "launch=$launch by=$by fence=$fence"
  if [ "$((bytes))" -gt 0 ] && [ "$show" -gt 0 ]; then
    if [ $state = running ] || [ "$bytes" -le "$show" ]; then
      cat "$folder/out" "$folder/tail" 2>/dev/null | tail -c "$show"
    else
      head -c $((show / 2)) "$folder/out"
      printf '\n…\n'
      cat "$folder/out" "$folder/tail" 2>/dev/null | tail -c $((show / 2))
    fi
  fi
  exit 0
}
upload() {
  own_base
  mkdir -p "$folder" || fail "cannot make $folder"
  blob=$folder/up.$$
  cat >"$blob" || { rm -f "$blob"; state=short; answer; }
  total=0
  for size; do total=$((total + size)); done
  [ "$(wc -c <"$blob")" -eq "$total" ] || { rm -f "$blob"; state=short; answer; }
  main=$1; shift
  from=$((main + 1)); number=0
  for size; do
    number=$((number + 1))
    tail -c "+$from" "$blob" 2>/dev/null | head -c "$size" >"$folder/in.$number.$$"
    [ "$(wc -c <"$folder/in.$number.$$")" -eq "$size" ] || { rm -f "$blob" "$folder"/in.*."$$"; state=short; answer; }
    mv "$folder/in.$number.$$" "$folder/in.$number"
    from=$((from + size))
  done
  if [ $number -gt 0 ]; then
    head -c "$main" "$blob" >"$blob.main" && mv "$blob.main" "$blob" || { rm -f "$blob"; state=short; answer; }
  fi
  # Room for the job's last word is taken now: it must not fail for want of it.
  [ -e "$folder/exit" ] || echo '                                ' >"$folder/exit" || { state=short; answer; }
  [ -p "$folder/bell" ] || mkfifo "$folder/bell" || fail "cannot make a pipe in $folder"
  [ -p "$folder/pipe" ] || mkfifo "$folder/pipe" || fail "cannot make a pipe in $folder"
  [ "$(wc -c <"$blob")" -eq "$main" ] && mv "$blob" "$folder/main" || { state=short; answer; }
}
has_systemd() {
  [ "$method" != plain ] && [ "$uid" = 0 ] && [ -d /run/systemd/system ] \
    && command -v systemd-run >/dev/null 2>&1
}
transient() {
  name=$1; by=$2; shift 2
  systemd-run --quiet --collect --unit="$name" --property=KillMode=process --setenv="PATH=$path" \
    --property="Description=opsconsole run $run, $job" "$@" \
    sh "$folder/main" "$name" "$by" </dev/null >/dev/null 2>"$folder/launch"
}
timer_lives() {
  [ -s "$folder/timer" ] && read -r timer_pid timer_since <"$folder/timer" && started_at "$timer_pid" \
    && [ "$started" = "$timer_since" ]
}
apart() {
  if command -v setsid >/dev/null 2>&1; then setsid "$@"; else "$@"; fi
}
path=${PATH:+$PATH:}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

case $expected in
"" | "$boot") ;;
*) fence=rebooted; state=rebooted; answer ;;
esac
case $verb in
poll) fence=unasked ;;
*)
  read_holder
  if [ -z "$held_run" ]; then fence=none
  elif [ "$held_run $held_token" = "$run $token" ]; then fence=ours
  else fence=other; fi
  if [ $fence != ours ]; then look; answer; fi
  ;;
esac
{ echo >"$lock/beat"; } 2>/dev/null

case $verb in
submit)
  look
  if [ $state = absent ]; then upload "$@"; look; fi
  if [ $state = waiting ]; then
    if has_systemd && transient "$unit" us --no-block --property="RuntimeMaxSec=$((deadline + 60))"; then
      launch=systemd
    else
      launch=plain
      (cd / && PATH=$path && export PATH && apart sh "$folder/main" "" us) </dev/null >/dev/null 2>&1 &
    fi
  fi
  ;;
arm)
  look
  if [ $state = absent ]; then upload "$@"; look; fi
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
        folder=$1; seconds=$2
        read -r stat <"/proc/$$/stat"; set -- ${stat##*) }; shift 19
        echo "$$ $1" >"$folder/timer"
        sleep "$seconds"
        exec sh "$folder/main" "" timer' sh "$folder" "$wait") </dev/null >/dev/null 2>&1 &
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
      sh -c 'sleep "$0"; echo late' "$wait" >&8 2>&8 </dev/null &
      timer=$!
      read -r ring <&8
      kill "$timer" 2>/dev/null
      look
    fi
    exec 8<&-
    ;;
  esac
fi
answer
