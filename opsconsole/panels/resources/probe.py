"""What the resources panel runs on a host: constant POSIX sh, also under BusyBox, each bounded.

`head` with several files prints `==> path <==` before each, in GNU coreutils and in BusyBox alike; a file
that is missing is simply not there. So a tick costs the host one process.
"""

from __future__ import annotations

from opsconsole.panels.panel import Cadence, Section

# A host with 700 cores or 900 interfaces still fits; beyond that the tables are cut.
_LINES = 1000

_FAST = (
    f"head -n {_LINES} /proc/stat /proc/meminfo /proc/loadavg /proc/uptime /proc/net/dev /proc/diskstats"
    " /proc/pressure/cpu /proc/pressure/io /proc/pressure/memory /proc/sys/fs/file-nr"
    " /proc/sys/net/netfilter/nf_conntrack_count /proc/sys/net/netfilter/nf_conntrack_max"
)

_MEDIUM = (
    f"head -n {_LINES} /proc/uptime /proc/vmstat /proc/net/snmp /proc/net/netstat"
    " /proc/net/sockstat /proc/net/sockstat6"
)

# awk keeps what is read: state, both ticks, start and resident size, a quarter of a line. So the table costs
# a bad link little, and 4096 processes fit. It opens the files itself: one that is gone would end it, were it
# an argument. A line of a name with newlines has too few fields, and stays as it is. Without awk, `cut` drops
# the tail: 29 fields keep the resident size (the 24th) even when the name has four spaces. At most 4096
# processes and 256 KiB; the first line says how many there are, so that a cut is seen.
_FOCUS = r"""(
set -- /proc/[0-9]*/stat
read -r up rest </proc/uptime
short=; command -v awk >/dev/null && short=' short'
echo "$up $#$short"
[ $# -gt 4096 ] && shift $(($# - 4096))
if [ "$short" ]; then LC_ALL=C awk 'BEGIN { for (n = 1; n < ARGC; n++) {
while ((getline line < ARGV[n]) > 0) {
name = 0; while ((more = index(substr(line, name + 1), ") ")) > 0) name += more
if (name && split(substr(line, name + 2), f, " ") > 21)
print substr(line, 1, name), f[1], f[12], f[13], f[20], f[22], "."
else print line }
close(ARGV[n]) } }' "$@"
else cut -d ' ' -f 1-29 "$@"; fi | head -c 262144
)"""

# Mount points are chosen here and not by `df -l`, which BusyBox lacks. Hidden: kernel pseudo types, images
# that are always full, network and user-space network types (asking a dead one hangs), layers and single
# files of containers. Should df hang all the same, each is asked alone and the silent ones are named; four
# silent ones end it. A file system with hundreds of mount points (bind mounts, one device number) is asked
# for at one where it can be written to, the shortest; what is beyond 200 file systems is counted.
_SLOW = r"""
LC_ALL=C; export LC_ALL
if timeout -k 1 3 true; then quick='timeout -k 1 1' all='timeout -k 1 4'
elif timeout 3 true; then quick='timeout 1' all='timeout 4'
elif timeout -t 3 true; then quick='timeout -t 1' all='timeout -t 4'
else quick='' all=''; fi
[ -r /proc/self/mountinfo ] || exit 0
set --
more=0
echo '==> mounts <=='
while read -r id parent number root mount options rest; do
  rest=" $rest"; rest=${rest#* - }
  type=${rest%% *}; rest=${rest#* }; device=${rest%% *}
  case $options,${rest#* } in ro,*|*,ro|*,ro,*) options=ro ;; *) options=rw ;; esac
  case $type in
  autofs|bdev|binder*|binfmt_misc|bpf|cgroup*|configfs|cpuset|debugfs|devfs|devpts|devtmpfs|dlm|efivarfs|\
  fdescfs|functionfs|fusectl|hugetlbfs|linprocfs|mqueue|none|nsfs|proc|procfs|pstore|ramfs|rootfs|\
  rpc_pipefs|securityfs|selinuxfs|sysfs|tracefs|squashfs|erofs|iso9660|udf|cramfs|romfs|\
  nfs|nfs4|nfsd|cifs|smb*|ncpfs|afs|ceph|coda|9p|lustre|glusterfs|gfs|ocfs2_dlmfs|beegfs|\
  fuse.gvfsd-fuse|fuse.portal|fuse.lxcfs|fuse.sshfs|fuse.s3fs|fuse.rclone|fuse.glusterfs|fuse.snapfuse|\
  fuse.ceph*|fuse.gcsfuse|fuse.davfs*|fuse.curlftpfs|fuse.goofys) continue ;;
  overlay|aufs) [ "$mount" = / ] || continue ;;
  esac
  case $mount in
  /proc|/proc/*|/sys|/sys/*|/dev|/run/credentials/*|/run/user/*|/run/docker/*|/var/lib/docker/*|\
  /var/lib/containers/storage/*|/var/lib/kubelet/pods/*|/run/containerd/*|/snap/*|\
  /etc/hosts|/etc/hostname|/etc/resolv.conf|/run/.containerenv|/run/lock) continue ;;
  esac
  case $number in
  *[!0-9:]*) ;;
  *:*)
    rank=${#mount}; [ "$options" = ro ] && rank=$((rank + 10000))
    number=${number%:*}_${number#*:}
    eval "known=\${rank_$number:-20000}"
    [ "$rank" -ge "$known" ] && continue
    eval "rank_$number=$rank" ;;
  esac
  [ $# -ge 200 ] && { more=$((more + 1)); continue; }
  printf '%s %s %s %s\n' "$device" "$mount" "$type" "$options"
  set -- "$@" "$(printf '%b' "$mount")"
done </proc/self/mountinfo
[ $more -gt 0 ] && printf '==> more <==\n%s\n' "$more"
[ $# -eq 0 ] && exit 0
echo '==> df <=='
$all df -Pk "$@"
status=$?
if [ $status -ge 124 ]; then
  silent=0 alive=''
  echo '==> again <=='
  for mount do
    if [ $silent -ge 4 ]; then echo "!silent $mount"; continue; fi
    $quick df -Pk "$mount"
    if [ $? -ge 124 ]; then silent=$((silent + 1)); echo "!silent $mount"
    else $quick df -Pi "$mount"; fi
  done
  exit 0
fi
echo '==> inodes <=='
$all df -Pi "$@"
exit 0
"""

# The unit of resident sizes and of CPU times in /proc/PID/stat.
_ONCE = r"""
getconf PAGESIZE || while read -r key value rest; do
  [ "$key" = KernelPageSize: ] && { echo $((value * 1024)); break; }
done </proc/self/smaps
getconf CLK_TCK || echo 100
"""

SECTIONS = (
    Section("fast", _FAST, Cadence.FAST),
    Section("medium", _MEDIUM, Cadence.MEDIUM),
    Section("focus", _FOCUS, Cadence.FOCUS),
    Section("slow", _SLOW, Cadence.SLOW),
    Section("once", _ONCE, Cadence.ONCE),
)
