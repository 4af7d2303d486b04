# Which processes hold regular files of some devices open.
# usage: open.sh LIMIT DEVICE...      changes nothing
# Writes NUL-ended records:
#   "open DEVICE INODE LINKS SIZE BLOCKS /proc/PID/fd/N"
#   "link PERMISSIONS /proc/PID/fd/N NAME"      PERMISSIONS of the descriptor: 300, 500 or 700 by how it is open
#   "process PID PARENT START EXE", "parent PID PARENT START EXE" of its parent
#   "command PID COMM", "group PID CGROUP_LINE"
#   and at the very end "end".
limit=$1; shift
held() {
  if gnu_find; then find -L /proc/[0-9]*/fd -maxdepth 1 -type f -printf '%D %i %n %s %b %p\n' 2>/dev/null
  else
    # shellcheck disable=SC2016
    find /proc/[0-9]*/fd -type l -exec sh -c '
      one() { stat -L -c "%d %i %h %s %b" -- "$@" 2>/dev/null; }
      tell() { while read -r line; do printf "%s %s\n" "$line" "$1"; shift; done; }
      if lines=$(one "$@"); then printf "%s\n" "$lines" | tell "$@"
      else for file; do line=$(one "$file") && printf "%s\n" "$line" | tell "$file"; done; fi
    ' sh {} + 2>/dev/null
  fi | grep -E "^($1) "
}
names() { # LINES of held
  if gnu_find; then find /proc/[0-9]*/fd -maxdepth 1 -type l -lname '/*' -printf 'link %m %p %l\0' 2>/dev/null
  else
    printf '%s\n' "$1" | while read -r device inode links size blocks link; do
      [ -n "$link" ] && name=$(readlink "$link"; echo x) || continue
      printf 'link %s %s %s\0' "$(stat -c %a "$link" 2>/dev/null || echo 700)" "$link" "${name%??}"
    done
  fi
}
birth() { # WORD PID: parent and start time (22nd field of proc_pid_stat(5)), then the program; sets parent
  parent=0
  line=$(cat "/proc/$2/stat" 2>/dev/null) || return
  word=$1 which=$2
  # shellcheck disable=SC2086
  set -- ${line##*) }
  parent=$2
  printf '%s %s %s %s %s\0' "$word" "$which" "$parent" "${20}" "$(readlink "/proc/$which/exe")"
}
processes() { # LINES of held
  printf '%s\n' "$1" | sed -n 's,.* /proc/\([0-9]*\)/fd/.*,\1,p' | sort -nu | head -n 4000 |
    while read -r pid; do
      birth process "$pid"
      [ "$parent" -gt 1 ] && birth parent "$parent"
      { read -r comm; } 2>/dev/null <"/proc/$pid/comm" && printf 'command %s %s\0' "$pid" "$comm"
      { while read -r line; do
          case $line in 0::*|*:name=systemd:*) printf 'group %s %s\0' "$pid" "$line";; esac
        done; } 2>/dev/null <"/proc/$pid/cgroup"
    done
}
tell() {
  [ -d /proc/self/fd ] || return
  lines=$(held "$1")
  [ -z "$lines" ] || printf '%s\n' "$lines" | sed 's/^/open /' | tr '\n' '\0'
  names "$lines"
  processes "$lines"
  printf 'end\0'
}
tell "$(echo "$*" | tr ' ' '|')" | head -c "$limit"
