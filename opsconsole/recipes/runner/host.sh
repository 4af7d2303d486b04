# What the scripts of the runner share. POSIX sh and POSIX tools; runs under dash and BusyBox ash.
umask 077
mark=$OPSCONSOLE_RUN
unset OPSCONSOLE_RUN
# Read, for a program is not worth its start here.
while read -r key _ uid _; do [ "$key" = Uid: ] && break; done </proc/self/status
[ "$key" = Uid: ] || uid=$(id -u)
boot=; read -r boot </proc/sys/kernel/random/boot_id
fail() { echo "$1" >&2; exit 120; }

# The lock is at the same place for every user: the first folder that anybody may write to.
for folder in /run/lock /var/lock /tmp; do
  if [ -d "$folder" ] && [ -k "$folder" ]; then break; fi
done
lock=$folder/opsconsole.lock

# Jobs live in memory, where a full disk does not matter: root's in /run. Another user's cannot be in
# /run/user or /dev/shm: logind empties those when the last session ends, as it does when a connection is cut.
if [ "$uid" = 0 ]; then
  if [ -d /run ] && [ -w /run ]; then base=/run/opsconsole; else base=/tmp/opsconsole-0; fi
else
  if [ -d /run/lock ] && [ -w /run/lock ] && [ -k /run/lock ]; then base=/run/lock; else base=/tmp; fi
  base=$base/opsconsole-$uid
fi
own_base() {
  [ -d "$base" ] || mkdir -m 700 "$base" 2>/dev/null
  [ -d "$base" ] && [ ! -L "$base" ] && [ -O "$base" ] || fail "$base is not a folder of ours"
}

# Anybody may put something at the lock's place. Only a folder of root's or of ours is a lock: nobody else can then
# put another there (the sticky bit) or a link in it. One look tells, so that nothing changes between two.
held_run=; held_token=; kind=
read_holder() {
  held_run=; held_token=
  set -- $(ls -ldn "$lock" 2>/dev/null)
  kind=$1
  case "$kind $3" in
  " ") ;;
  d????-??-*" 0" | d????-??-*" $uid") [ -r "$lock/holder" ] && read -r held_run held_token <"$lock/holder" ;;
  *) held_run=user-$3 ;;
  esac
}

# Sets `started`: since when a process runs (field 22 of its stat), so that its number used again is not it.
started_at() {
  started=
  { read -r started <"/proc/$1/stat"; } 2>/dev/null || return 1
  started=${started##*) }
  set -- $started
  shift 19
  started=$1
}
