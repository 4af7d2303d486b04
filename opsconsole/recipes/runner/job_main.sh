# A job on the host: sh …/main UNIT BY (`us` or `timer`) UID. Claims, runs the commands once in a session of their
# own, keeps what they say within bounds, ends the whole tree at the deadline, and says how it ended.
# `main do` runs the commands.
folder=${0%/*}
if [ "$1" = do ]; then
  cd / || exit 126
  umask 022
@COMMANDS@
  exit 0
fi
umask 077
unit=$1; by=$2; uid=$3
cd "$folder" || exit 120
trap '' HUP INT PIPE
stat_of() { { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1; stat=${stat##*) }; }
stat_of $$
set -- $stat
group=$3
shift 19
echo "$$ $1 $by" >"claim.$$" && ln "claim.$$" claim 2>/dev/null || exit 0
rm -f "claim.$$"
exec 9<>bell
late=0
trap 'late=1' USR1
(
  { dd bs=65536 iflag=count_bytes count=@KEEP@ 2>/dev/null || head -c @KEEP@; } >out
  tail -c @KEEP@ >tail
) <pipe 9>&- &
reader=$!
command -v setsid >/dev/null 2>&1 && apart=setsid || apart=
if [ "$uid" = 0 ]; then HOME=/root; fi
env -i "PATH=$PATH" "HOME=${HOME:-/}" LC_ALL=C OPSCONSOLE_JOB=@MARK@ $apart sh "$0" do \
  </dev/null >pipe 2>&1 9>&- &
inner=$!
(
  trap 'kill $nap 2>/dev/null; exit 0' TERM
  sleep @DEADLINE@ &
  nap=$!
  wait $nap
  kill -s USR1 $$
) 9>&- >/dev/null 2>&1 &
timer=$!

# What the commands started: by the marker in its environment, and by the unit's cgroup where there is one.
marked() {
  case $grep in
  *GNU*) grep -lsF OPSCONSOLE_JOB=@MARK@ /proc/[0-9]*/environ 2>/dev/null ;;
  *)
    for file in /proc/[0-9]*/environ; do
      [ -r "$file" ] && tr '\0' '\n' 2>/dev/null <"$file" | grep -qxF OPSCONSOLE_JOB=@MARK@ && echo "$file"
    done
    ;;
  esac
}
in_unit() {
  [ -n "$unit" ] || return
  while IFS=: read -r _ kind place; do
    case $kind:$place in
    :*/"$unit".service) place=/sys/fs/cgroup$place ;;
    name=systemd:*/"$unit".service) place=/sys/fs/cgroup/systemd$place ;;
    *) continue ;;
    esac
    while read -r pid; do
      stat_of "$pid" || continue
      set -- $stat
      [ "$3" = "$group" ] || echo "/proc/$pid/"
    done <"$place/cgroup.procs"
  done </proc/self/cgroup
}
end_tree() {
  round=0; told=' '; grep=$(grep --version 2>/dev/null)
  while [ $round -lt 80 ]; do
    left=$(marked; in_unit 2>/dev/null)
    [ -n "$left" ] || return 0
    for path in $left; do
      path=${path#/proc/}; pid=${path%%/*}
      if [ $round -ge 30 ]; then kill -s KILL "$pid" 2>/dev/null; continue; fi
      case $told in *" $pid "*) continue ;; esac
      told="$told$pid "
      kill -s TERM "$pid" 2>/dev/null
    done
    round=$((round + 1))
    sleep 0.1 2>/dev/null || { sleep 1; round=$((round + 9)); }
  done
  return 1
}

while :; do
  wait $inner
  status=$?
  [ $late = 0 ] || break
  kill -0 $inner 2>/dev/null || break
done
kill $timer 2>/dev/null
if [ $late = 1 ] && kill -0 $inner 2>/dev/null; then
  end_tree
  wait $inner
  status=$?
else
  late=0
  [ $status = 0 ] || end_tree
fi
rm -f in.*
# A daemon that was left may hold the pipe for good; it keeps its reader.
(sleep 2; kill $reader) >/dev/null 2>&1 9>&- &
nap=$!
wait $reader 2>/dev/null
kill $nap 2>/dev/null
command=; [ -r at ] && read -r command <at
echo "$status $late ${command:-0} ." 1<>exit
echo done >&9
exit 0
