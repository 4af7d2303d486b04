"""What a host runs for the health panel: POSIX sh for dash and BusyBox ash, constant text.

Each part is framed by `@@name` and `@@=STATUS` lines, and bounded in size by `head -c` and in time by
`timeout`, so that one hanging tool costs its own part only. Log text travels as JSON: a line feed in a
message cannot pass for a frame.
"""

from __future__ import annotations

from opsconsole.panels.prelude import JOURNAL_ACCESS, PART_WITH_ERRORS, TOOLS

_PRELUDE = (
    TOOLS
    + PART_WITH_ERRORS
    + r"""
kind_of_container() {
  if [ -s /run/systemd/container ]; then cat /run/systemd/container
  elif [ -e /.dockerenv ]; then echo docker
  elif [ -e /run/.containerenv ]; then echo podman
  elif grep -qsE 'docker|lxc|kubepods|containerd|libpod' /proc/1/cgroup; then echo container
  elif [ -d /proc/vz ] && [ ! -d /proc/bc ]; then echo openvz
  fi
}
"""
)

SYSTEM = (
    _PRELUDE
    + r"""
container=$(kind_of_container)
part container 64 printf '%s\n' "$container"
part uptime 128 cat /proc/uptime
part pid1 1024 cat /proc/1/stat
part ticks 32 getconf CLK_TCK
part kernel 256 uname -r
part vmstat 128 grep '^oom_kill ' /proc/vmstat

cgroup_kills() { # below the control group of PID 1: in a container that is its own, not the machine's
  v2=$(sed -n 's/^0:://p' /proc/1/cgroup)
  v1=$(sed -n 's/^[0-9]*:\([^:]*,\)*memory\(,[^:]*\)*://p' /proc/1/cgroup)
  for base in "/sys/fs/cgroup/memory${v1%/init.scope}" /sys/fs/cgroup/memory \
    "/sys/fs/cgroup${v2%/init.scope}" /sys/fs/cgroup
  do
    cd "$base" 2>/dev/null || continue
    set --
    for file in ./memory.events ./*/memory.events ./*/*/memory.events ./*/*/*/memory.events \
      ./memory.oom_control ./*/memory.oom_control ./*/*/memory.oom_control ./*/*/*/memory.oom_control
    do [ -r "$file" ] && set -- "$@" "$file"; done
    [ $# -gt 0 ] || continue
    printf 'files %s %s\n' "$#" "$1"
    grep -H '^oom_kill [1-9]' "$@" | head -n 64
    return 0
  done
  return 3
}
part cgroups 16384 cgroup_kills

mount_lines() {
  [ -r /proc/self/mountinfo ] || return 3
  grep -E '^[0-9]+ [0-9]+ [0-9:]+ [^ ]+ / ' /proc/self/mountinfo
  pseudo='autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|efivarfs|fuse\.lxcfs|fusectl'
  pseudo="$pseudo|hugetlbfs|mqueue|nsfs|overlay|proc|pstore|ramfs|rpc_pipefs|securityfs|selinuxfs|sysfs"
  grep -vE "^[0-9]+ [0-9]+ [0-9:]+ [^ ]+ / | - ($pseudo|tmpfs|tracefs) " /proc/self/mountinfo
  return 0
}
part mounts 131072 mount_lines
if [ -z "$container" ]; then
  unmounted() {
    # What fstab wants and no mount point matches by name: perhaps it is only written through a link.
    # A tmpfs and its like are wanted too, but not listed above.
    while read -r device dir type options rest; do
      case $device in ''|'#'*) continue;; esac
      case $dir in /?*) ;; *) continue;; esac
      grep -qF -- " $dir " /proc/self/mountinfo && continue
      printf '%s %s\n' "$dir" "$(limit 2 readlink -f "$dir")"
    done </etc/fstab | head -n 32
  }
  part fstab 32768 cat /etc/fstab
  [ -r /etc/fstab ] && part unmounted 8192 unmounted
  mountpoints() { # without the hundreds of a container engine
    engines='/(var/lib/(docker|containers|kubelet)|run/(containerd|docker))/'
    grep -vE " - nsfs | $engines" /proc/self/mountinfo |
      cut -d ' ' -f 5
  }
  part mountpoints 65536 mountpoints
  ext4_errors() {
    for dir in /sys/fs/ext4/*; do
      [ -r "$dir/errors_count" ] || continue
      read -r count <"$dir/errors_count"
      [ "$count" = 0 ] && continue
      last=; number=
      read -r last <"$dir/last_error_time"
      read -r number <"/sys/class/block/${dir##*/}/dev"
      printf '%s %s %s %s\n' "${dir##*/}" "$number" "$count" "$last"
    done
  }
  part ext4 4096 ext4_errors
  flag() {
    for file in /var/run/reboot-required /run/reboot-required; do
      [ -e "$file" ] || continue
      printf 'since %s\n' "$(stat -c %Y "$file")"
      head -c 2048 "$file.pkgs"
      break
    done
    return 0
  }
  part flag 4096 flag
  images() {
    for file in /boot/vmlinuz-* /boot/vmlinux-* /boot/kernel-*; do
      [ -e "$file" ] && printf '%s %s\n' "$(stat -c %Z "$file")" "${file##*/}"
    done | head -n 64
  }
  part images 8192 images
fi
"""
)

CLOCK = (
    _PRELUDE
    + r"""
container=$(kind_of_container)
running() { # NAME: a process of that name
  for file in /proc/[0-9]*/comm; do
    read -r comm <"$file" && [ "$comm" = "$1" ] && return 0
  done
  return 1
}
# With hidepid, who may see only his own processes asks those that answer over the network.
hidden=yes; read -r comm </proc/1/comm && hidden=
answers() { [ "$hidden" ] && has "$1" && answer=$(limit 4 "$@") && [ "$answer" ]; }
if has chronyc && running chronyd; then part chrony 2048 limit 4 chronyc -c -n tracking
elif answers chronyc -c -n tracking; then part chrony 2048 printf '%s\n' "$answer"
elif running systemd-timesyn; then
  # The file is touched when the clock was first set right; the message holds the last offset.
  synchronised() { [ -e /run/systemd/timesync/synchronized ] && echo yes || echo no; }
  part timesyncd 16 synchronised
  part timesync 4096 limit 4 timedatectl timesync-status
elif [ -n "$container" ]; then part container 64 printf '%s\n' "$container"
elif has ntpq && running ntpd; then part ntpq 2048 limit 4 ntpq -c 'rv 0 stratum,leap,offset'
elif answers ntpq -c 'rv 0 stratum,leap,offset'; then part ntpq 2048 printf '%s\n' "$answer"
elif has timedatectl && [ -d /run/systemd/system ]; then
  # Last, because asking starts systemd-timedated on the host.
  part timedatectl 2048 limit 4 timedatectl show -p NTP -p NTPSynchronized -p CanNTP
else
  # These have no tool that tells how they fare.
  for name in ntpd openntpd ptp4l phc2sys; do
    running "$name" && { part daemon 32 printf '%s\n' "$name"; exit 0; }
  done
  if [ "$hidden" ]; then part hidden 16 true; else part none 16 true; fi
fi
"""
)

SERVICES = (
    _PRELUDE
    + r"""
if [ ! -d /run/systemd/system ]; then
  part absent 16 true
  # Without a journal the kernel's ring buffer is what tells of kills. A container's is the machine's.
  if [ -z "$(kind_of_container)" ] && has dmesg; then
    part uptime 128 cat /proc/uptime
    ring() {
      lines=$(limit 4 dmesg 2>&1) || { printf '%s\n' "$lines" | head -n 2; return 1; }
      printf '%s\n' "$lines" | grep 'Killed process' | tail -n 20
      return 0
    }
    part dmesg 16384 ring
  fi
  exit 0
fi
part manager 4096 limit 4 systemctl show --no-pager -p SystemState -p NNames -p NFailedUnits
failed=$(limit 4 systemctl list-units --all --state=failed --plain --no-legend --no-pager --full 2>&1)
status=$?
report() { printf '%s\n' "$failed" | head -n 200; return "$status"; }
part failed 32768 report
"""
    + JOURNAL_ACCESS
    + r"""may=$(access)
part access 32 printf '%s\n' "$may"
set -f
units=
[ "$status" = 0 ] && units=$(printf '%s\n' "$failed" | head -n 20 | cut -d ' ' -f 1)
if [ -n "$units" ]; then
  part details 32768 limit 4 \
    systemctl show --no-pager -p Id -p LoadState -p Result -p ExecMainStatus -- $units
fi
restarts() {
  limit 4 systemctl show --no-pager -p Id -p NRestarts -p ActiveState -p SubState \
    -p ActiveEnterTimestampMonotonic -- '*.service' systemd-journald.service # the pattern means active ones
}
few() { # only those that restarted, and the journal's own; whole when there is no awk
  if has awk; then
    awk 'BEGIN { RS = ""; ORS = "\n\n" } !/NRestarts=0(\n|$)/ || /=auto-restart/ || !/NRestarts=/ ||
      /Id=systemd-journald\.service/'
  else cat; fi
}
restarted() { { restarts 2>&1; printf '\nStatus=%s\n' "$?"; } | few; }
part restarts 131072 restarted
part uptime 128 cat /proc/uptime
[ "$may" = readable ] || exit 0
part journal 196608 limit 6 journalctl --no-pager -o json -p err --since=-15min -r -n 301 \
  --output-fields=MESSAGE,PRIORITY,_SYSTEMD_UNIT,UNIT,SYSLOG_IDENTIFIER,_TRANSPORT
part oom 65536 limit 6 journalctl --no-pager -o json --since=-1h -r -n 40 \
  --output-fields=MESSAGE,_TRANSPORT,UNIT \
  -g 'Killed process|killed by the OOM killer' _TRANSPORT=kernel + _PID=1
count=0
for unit in $units; do
  count=$((count + 1)); [ "$count" -gt 8 ] && break
  began=$(date +%s)
  part "log $unit" 32768 limit 3 journalctl --no-pager -o json -n 10 --since=-7d \
    --output-fields=MESSAGE,PRIORITY,SYSLOG_IDENTIFIER --unit="$unit"
  # A journal that is slow for one unit is slow for all.
  [ $(($(date +%s) - began)) -ge 3 ] && break
done
exit 0
"""
)

PACKAGES = (
    _PRELUDE
    + r"""
# Reads the whole RPM database: once per connection, not every 30 s.
if [ -z "$(kind_of_container)" ] && has needs-restarting; then
  part needs_restarting 4096 limit 20 needs-restarting -r
else part absent 16 true
fi
"""
)
