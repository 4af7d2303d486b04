"""What a host runs for the logs panel: POSIX sh for dash and BusyBox ash, constant text.

All of it runs at the lowest priority (nice 19, the idle class of the disk scheduler), and what may take
long under `timeout`. Parts are framed by `@@name` and `@@=STATUS` lines. A pipe ends as its last tool does:
where the first one decides whether the answer is whole, its status travels in a line `end STATUS`. Every
other line with text of the host begins with a sign or a number of ours, and a newline in a file name
travels as the byte 1, so that no name and no file can pass for a frame or another line. Where the tools
cannot say such a name (BusyBox), it is left out.
"""

from __future__ import annotations

from opsconsole.panels.prelude import JOURNAL_ACCESS, LOWEST_PRIORITY, PART, TOOLS

PRELUDE = (
    TOOLS
    + PART
    + LOWEST_PRIORITY
    + r"""
lines() { tr '\n\000' '\001\n'; } # NUL-ended records to lines
largest() { # of lines that begin with a number, those with the greatest; keeps little in memory
  awk -v most="$1" -v floor="$2" 'BEGIN { t = floor + 0 }
    /^end / { end = $0; next }
    $1 + 0 >= t { value[n] = $1 + 0; line[n++] = $0
      while (n >= 2 * most) { t = t ? 2 * t : 64; m = 0
        for (i = 0; i < n; i++) if (value[i] >= t) { value[m] = value[i]; line[m++] = line[i] }
        for (i = m; i < n; i++) { delete value[i]; delete line[i] }
        n = m } }
    END { for (i = 0; i < n; i++) print line[i]; if (end) print "99999999999999999999 " end }' |
    sort -k1,1nr | head -n "$1" | sed '1s/^99999999999999999999 //'
}
mounts() { # "USED_PERCENT TYPE MOUNT" of the local file systems that hold files, fullest first
  seen=' '
  while read -r device mount type options rest; do
    case $type in
    ext2|ext3|ext4|xfs|btrfs|zfs|f2fs|jfs|reiserfs|bcachefs|vfat|exfat|ntfs*|tmpfs|ufs) ;;
    overlay|aufs) [ "$mount" = / ] || continue ;;
    *) continue ;;
    esac
    case $mount in
    /proc|/proc/*|/sys|/sys/*|/dev|/dev/*|/run/lock|/run/user/*|/run/credentials/*|/run/docker/*|\
    /run/containerd/*|/var/lib/docker/*|/var/lib/containers/*|/var/lib/kubelet/*|/snap/*) continue ;;
    esac
    case $options in ro|ro,*) [ "$type" = tmpfs ] && continue ;; esac
    dir=$(printf '%b.' "$mount"); dir=${dir%.}
    case $dir in *"$nl"*) continue ;; esac
    [ -d "$dir" ] && [ ! -L "$dir" ] || continue
    case $device in /*) case $seen in *" $device "*) continue ;; esac; seen="$seen$device " ;; esac
    percent=$(limit 3 df -Pk "$dir" | sed -n '$s/.* \([0-9][0-9]*\)% .*/\1/p')
    printf '%s %s %s\n' "${percent:-0}" "$type" "$dir"
  done </proc/mounts | sort -k1,1nr | head -n 24
}
"""
)

# At most 12 s of du for the whole host, fullest file system first. One with very many files is walked only
# where it is filling: what a walk costs is known beforehand, by its inodes.
WALK = (
    PRELUDE
    + r"""
part who 64 id -u
has awk && has du || { part absent 64 echo 'no awk or du'; exit 0; }
zero=; du -0 /dev/null >/dev/null 2>&1 && zero=-0
began=$(date +%s)
numbers() { # used and free of df's last line, whatever the names in it
  sed -n '$s/.* [0-9][0-9]*  *\([0-9][0-9]*\)  *\(-*[0-9][0-9]*\)  *[0-9-][0-9]*%*  *\/.*/\1 \2/p'
}
entries() {
  { if [ "$zero" ]; then
      { limit "$left" du -xak -0 "$dir" 2>/dev/null; printf 'end %s\000' "$?"; } | lines
    else
      limit "$left" du -xak "$dir" 2>/dev/null; echo "end $?"
    fi; } | largest 401 64 | head -c 65536 | while IFS= read -r line; do
    path=${line#*"$tab"}
    case $line in
    end\ *) printf '%s\n' "$line" ;;
    *) if [ -L "$path" ]; then kind=l; elif [ -d "$path" ]; then kind=d
      elif [ -f "$path" ]; then kind=f; else kind=o; fi
      printf '%s%s\n' "$kind" "$line"
      case $kind$path in f*.log|f*.out|f*.err) printf '!%s\n' "$(stat -c %Y "$path")" ;; esac ;;
    esac
  done
}
tab=$(printf '\t')
usage() {
  mounts | while read -r percent type dir; do
    printf '=%s\n>%s %s\n' "$dir" "$percent" "$(limit 3 df -Pk "$dir" | numbers)"
    inodes=$(limit 3 df -Pi "$dir" | numbers); printf '#%s\n' "$inodes"
    inodes=${inodes%% *}
    left=$((12 - ($(date +%s) - began)))
    # The inodes of an overlay are those of the disk below it, not its own.
    if [ "${inodes:-0}" -gt 400000 ] && [ "$percent" -lt 70 ] && [ "$type" != overlay ]; then echo '~many'
    elif [ "$left" -lt 1 ]; then echo '~late'
    else entries; fi
  done
}
part usage 786432 usage
exit 0
"""
)

_WHO = r"""
who() { echo "$(id -u) $(stat -c %Y /proc/1) $(date +%s)"; }
part who 64 who
"""

_LOGROTATE = r"""
# logrotate: its files as they are, its own dry run, when it ran last, and what runs it.
show() {
  for file do
    case $file in *"$nl"*) continue ;; esac
    [ -f "$file" ] || continue
    if [ -r "$file" ]; then
      stat -c '>%a %u %n' "$file"; head -c 65536 "$file" | sed 's/^/|/'; echo
    else printf '!%s\n' "$file"; fi
  done
}
configuration() {
  show /etc/logrotate.conf
  sed -n 's/^[[:space:]]*include[[:space:]=][[:space:]]*//p' /etc/logrotate.conf | head -n 8 |
    while read -r path; do
      if [ -d "$path" ]; then show "$path"/* "$path"/.[!.]*; else show "$path"; fi
    done
}
dry_run() {
  { limit 5 logrotate -d /etc/logrotate.conf 2>&1 </dev/null; printf '\nstatus %s\n' "$?"; } |
    grep -E '^(error|warning): |^status [0-9]+$' | cut -c 1-1000 | { head -n 60; tail -n 1; } | sed 's/^/|/'
}
state() {
  for file in /var/lib/logrotate/status /var/lib/logrotate/logrotate.status /var/lib/logrotate.status \
    /var/lib/misc/logrotate.status
  do [ -e "$file" ] && { stat -c '%Y %n' "$file"; return; }; done
  return 3
}
installed() { limit 2 logrotate --version 2>&1 </dev/null | head -n 1; }
if [ -e /etc/logrotate.conf ] || has logrotate; then
  part configuration 393216 configuration
  has logrotate && part version 128 installed
  part state 512 state
  # createolddir makes folders even in a dry run, and nothing may be changed here.
  if has logrotate && [ "$(id -u)" = 0 ] && [ -r /etc/logrotate.conf ]; then
    if configuration | grep -q '^|[[:space:]]*createolddir'; then part nodry 64 echo createolddir
    else part dry 32768 dry_run; fi
  fi
fi
"""

_LOG_FILES = r"""
# Log files, largest first; the journal's and what is below other mounts is read there.
starts() {
  [ -d /var/log ] && [ ! -L /var/log ] && echo /var/log
  mounts | while read -r percent type dir; do case $dir in /var/log/?*) printf '%s\n' "$dir" ;; esac; done
}
log_files() {
  all=$(starts)
  set -f; IFS=$nl; set -- $all; unset IFS; set +f
  [ $# -gt 0 ] || return 3
  if find / -maxdepth 0 -printf x >/dev/null 2>&1; then
    { limit 5 find "$@" -xdev -path /var/log/journal -prune -o -type f -size +7k \
        -printf '%b %s %T@ %p\0' 2>/dev/null; printf 'end %s\000' "$?"; } | lines
  else
    limit 5 find "$@" -xdev -name "*$nl*" -prune -o -type f -size +7k \
      -exec stat -c '%b %s %Y %n' {} + 2>/dev/null
    echo "end $?"
  fi | largest 1001 16
}
if has awk; then part logs 262144 log_files; else part noawk 16 true; fi
"""

DELETED = r"""
# Files that are deleted and still open: by their link count, not by what the link says.
candidates() { # the last line is how the search for them ended
  { if find / -maxdepth 0 -printf x >/dev/null 2>&1; then
      limit 6 find /proc/[0-9]*/fd -maxdepth 1 -lname '* (deleted)' -print 2>/dev/null
    else
      limit 6 find /proc/[0-9]*/fd -type l -exec ls -ld {} + 2>/dev/null
    fi; echo "end $?"; } |
    sed -n -e 's|^[^/]* \(/proc/[0-9]*/fd/[0-9]*\) -> .* (deleted)$|\1|' \
      -e '/^\/proc\/[0-9]*\/fd\/[0-9]*$/p' -e '/^end [0-9]*$/p' | sed -e '3001,$ { /^end /!d; }'
}
deleted() {
  found=$(candidates)
  set -- ${found%end *}
  echo "end ${found##*end }"
  [ $# -gt 0 ] || return 0
  stat -L -c '%h %b %s %d %i %n' "$@" 2>/dev/null | grep '^0 ' | sort -k2,2nr | head -n 60 |
    while read -r links blocks size device inode fd; do
      [ "$blocks" -gt 0 ] || continue
      pid=${fd#/proc/}; pid=${pid%%/*}
      name=; read -r name <"/proc/$pid/comm"
      unit=
      while IFS=: read -r number controllers group; do
        case $group in *.service|*.scope) unit=${group##*/} ;; esac
      done <"/proc/$pid/cgroup"
      printf -- '-%s %s %s %s %s\n=%s\n+%s\n*%s\n' "$pid" "$blocks" "$size" "$device" "$inode" "$name" \
        "$unit" "$(readlink "$fd" | tr '\n' '\001')"
    done
}
part deleted 98304 deleted
"""

JOURNAL_SIZE = r"""
journal_size() {
  set --
  for dir in /var/log/journal /run/log/journal; do [ -d "$dir" ] && set -- "$@" "$dir"; done
  [ $# -gt 0 ] || return 3
  limit 4 du -sk "$@" 2>/dev/null
}
part journal 512 journal_size
"""

_CONTAINERS = r"""
# Containers: their logs, the limits they were made with, and the limits of those to come.
docker=/var/lib/docker
if [ -r /etc/docker/daemon.json ]; then
  key='.*"data-root"[[:space:]]*:[[:space:]]*'
  root=$(sed -n "s/$key\"\([^\"]*\)\".*/\1/p" /etc/docker/daemon.json | head -n 1)
  case $root in /*) docker=$root ;; esac
  daemon() { head -c 8192 /etc/docker/daemon.json | sed 's/^/|/'; echo; }
  [ -d "$docker" ] && part daemon 16384 daemon
fi
sizes() { stat -c '%b %s %n' "$docker"/containers/*/*-json.log* 2>/dev/null; return 0; }
containers() {
  [ -x "$docker/containers" ] && [ -r "$docker/containers" ] || return 13
  # Each log with its rotated ones: "blocks bytes id"; then more of the largest.
  sizes | sed -n 's|^\([0-9]* [0-9]*\) .*/\([0-9a-f]\{12,64\}\)-json\.log[.0-9a-z]*$|\1 \2|p' | sort -k3 |
    awk '$3 != id { if (id) print b, s, id; id = $3; b = s = 0 } { b += $1; s += $2 }
      END { if (id) print b, s, id }' | sort -k1,1nr | head -n 40 |
    while read -r blocks bytes id; do
      printf -- '-%s %s %s\n' "$blocks" "$bytes" "$id"
      dir=$docker/containers/$id
      printf '=%s\n' "$(grep -o '"Name":"/[^"]*"' "$dir/config.v2.json" | head -n 1 | head -c 256)"
      printf '+%s\n' \
        "$(grep -o '"LogConfig":{[^{}]*{[^{}]*}[^{}]*}' "$dir/hostconfig.json" | head -n 1 | head -c 1024)"
    done
}
[ -d "$docker/containers" ] || [ -d "$docker" ] && part containers 65536 containers
"""

ERRORS = (
    JOURNAL_ACCESS
    + r"""
# Errors of the last hour by unit, and of the same hour yesterday, where the journal reaches back so far.
if [ -d /run/systemd/system ] && has journalctl && has awk; then
  may=$(access)
  part access 32 echo "$may"
  count() {
    { limit 5 journalctl -q --no-pager -o json -p err -r -n 5001 "$@" \
      --output-fields=_SYSTEMD_UNIT,UNIT,SYSLOG_IDENTIFIER,_TRANSPORT 2>/dev/null; echo "end $?"; } |
      awk 'function field(key) {
          if (!match($0, "\"" key "\":\"[^\"]*\"")) return ""
          return substr($0, RSTART + length(key) + 4, RLENGTH - length(key) - 5) }
        /^end / { end = $0; next }
        { n++; unit = field("_SYSTEMD_UNIT")
          if (index($0, "\"_TRANSPORT\":\"kernel\"")) unit = "kernel"
          else {
            if ((unit == "" || unit == "init.scope") && field("UNIT") != "") unit = field("UNIT")
            if (unit == "" || unit ~ /^(session-|user@|init\.scope)/) {
              name = field("SYSLOG_IDENTIFIER"); if (name != "") unit = name } }
          if (unit == "") unit = "unknown"
          count[unit]++ }
        END { print end; most = "sort -k1,1nr | head -n 100"; print n + 0, "=" | most
          for (unit in count) print count[unit], unit | most }'
  }
  reach() { # of a line that is there, its first figure
    { limit 4 journalctl -q --no-pager -o short-unix -n 1 --since=-49h --until=-25h 2>/dev/null
      echo "end $?"; } | sed -n -e '1s/^\([0-9]\).*/\1/p' -e '$p'
  }
  if [ "$may" = readable ]; then
    part now 16384 count --since=-1h
    part reach 64 reach
    part yesterday 16384 count --since=-25h --until=-24h
  fi
elif ! [ -d /run/systemd/system ] || ! has journalctl; then part nojournal 16 true
else part nocount 16 true
fi
"""
)

HOST = PRELUDE + _WHO + _LOGROTATE + _LOG_FILES + DELETED + JOURNAL_SIZE + _CONTAINERS + ERRORS + "exit 0\n"
