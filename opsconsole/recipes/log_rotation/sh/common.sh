# Before every script of this recipe: POSIX sh, for dash, BusyBox ash and bash.
PATH=$PATH:/usr/sbin:/sbin LC_ALL=C; export PATH LC_ALL; unset CDPATH; umask 077
has() { command -v "$1" >/dev/null 2>&1; }
gnu_find() { find /proc/self -maxdepth 0 -printf '' >/dev/null 2>&1; }
fail() { printf '%s\n' "$*"; exit 1; }
refuse() { printf '%s\n' "$*"; exit 119; } # only before anything was touched but what is kept in memory (see Step.commands)
enter() { # FOLDER: go there, and be sure that no part of the way is a link
  cd -P -- "$1" 2>/dev/null || return 1
  here=$(pwd -P; echo x)
  [ "$here" = "$1
x" ]
}
decode() { # ESCAPED: sets path, dir, and name (as ./NAME within dir)
  case $1 in
    *\\*) path=$(printf '%bx' "$1"); path=${path%x};;
    *) path=$1;;
  esac
  dir=${path%/*}; name=./${path##*/}
  [ -n "$dir" ] || dir=/
}
human() { # BYTES: as 512B, 12K, 3.4M; sets figure
  figure=$1; sign=
  case $figure in -*) sign=-; figure=${figure#-};; esac
  unit=B; tenth=0
  for next in K M G T P; do
    [ "$figure" -lt 1024 ] && break
    tenth=$((figure % 1024 * 10 / 1024)); figure=$((figure / 1024)); unit=$next
  done
  if [ "$unit" != B ] && [ "$figure" -lt 100 ]; then figure=$sign$figure.$tenth$unit
  else figure=$sign$figure$unit; fi
}
open_files() { # DEVICES LIST [deleted]: sets open to those of LIST that a process holds open
  # DEVICES: "51:|52:"; LIST: lines that begin with DEVICE INODE; deleted: only files that have no name any more,
  # because the inode of one that is really gone may be another file's already. open: " DEVICE:INODE ... "
  [ -d /proc/self/fd ] || refuse "no /proc: nobody can tell which files are open"
  if gnu_find; then open=$(find -L /proc/[0-9]*/fd -maxdepth 1 -type f -printf '%n:%D:%i\n' 2>/dev/null)
  else open=$(find /proc/[0-9]*/fd -type l -exec stat -L -c '%h:%d:%i' {} + 2>/dev/null); fi
  [ "$3" = deleted ] && few='0:' || few='[0-9]*:'
  open=$(printf '%s\n' "$open" | sed -n "s/^$few//p" | grep -E "^($1)" | sort -u)
  open=" $({ printf '%s\n' "$open"; printf '%s\n' "$2" | cut -d ' ' -f 1,2 | tr ' ' ':' | sort -u; } |
    sort | uniq -d | tr '\n' ' ') "
}
is_open() { # DEVICE INODE
  case $open in *" $1:$2 "*) return 0;; esac
  return 1
}
older_of() { # FILE: the endings of its rotated logs, one a line; names of other signs are none of logrotate's
  for one in "$1".[0-9]* "$1"-[0-9]*; do
    ending=${one#"$1"}
    case $ending in *[!0-9a-z.-]*) continue;; esac
    if [ -e "$one" ] || [ -L "$one" ]; then printf '%s\n' "$ending"; fi
  done
}
to_disk() { sync "$@" 2>/dev/null || sync; } # FILE...: a sync that knows no files writes all there is
ours() { # FILE: is what descriptor 3 was opened as still that file, and a regular one?
  # A folder's owner can put a link in the place of a file, and `set -C` opens one that leads to a device.
  [ -f /proc/self/fd/3 ] && [ ! -L "$1" ] &&
    [ "$(stat -c '%d %i' -- "$1" 2>/dev/null)" = "$(stat -L -c '%d %i' /proc/self/fd/3)" ]
}
# Lists of files come on stdin, one a line: DEVICE INODE SIZE MTIME MODE LINKS BLOCKS ESCAPED_PATH
same() { # in its folder: is $name still exactly the listed file, and not open? Sets why
  found=$(stat -c '%d %i %s %Y %f' -- "$name" 2>/dev/null) || { why="gone"; return 1; }
  [ "$found" = "$device $inode $size $mtime $mode" ] || { why="changed since the plan"; return 1; }
  is_open "$device" "$inode" && { why="open in a process"; return 1; }
  return 0
}
verify_all() { # LIST: every file in it is as listed; nothing was touched yet when one is not
  printf '%s\n' "$1" | {
    wrong=0 in='' expected=''
    set --
    while read -r device inode size mtime mode links blocks escaped; do
      [ -n "$escaped" ] || continue
      decode "$escaped"
      if [ "$dir" != "$in" ] || [ $# -ge 64 ]; then
        verify_batch "$@"; set --; expected=''
        if [ "$dir" != "$in" ]; then
          in=$dir
          enter "$dir" || { in=; wrong=$((wrong + 1)); printf 'a link or nothing: %s\n' "$dir"; continue; }
        fi
      fi
      is_open "$device" "$inode" && { wrong=$((wrong + 1)); printf 'open in a process: %s\n' "$escaped"; }
      set -- "$@" "$name"
      expected="$expected$device $inode $size $mtime $mode
"
    done
    verify_batch "$@"
    [ "$wrong" = 0 ]
  }
}
verify_batch() {
  [ $# -gt 0 ] || return 0
  found=$(stat -c '%d %i %s %Y %f' -- "$@" 2>/dev/null)
  [ "$found
" = "$expected" ] && return 0
  wrong=$((wrong + 1))
  printf 'not as planned: %s of %s files in %s\n' \
    "$({ printf '%s' "$expected"; printf '%s\n' "$found" "$found"; } | sort | uniq -u | wc -l)" $# "$in"
}
# What the checks compare with is kept in memory, not on the disk that is full.
state_folder() { # TOKEN; sets state
  for base in /run /dev/shm /tmp; do
    base=$base/opsconsole-log-rotation
    state=$base/$1
    mkdir -p -m 700 "$base" "$state" 2>/dev/null && [ ! -L "$base" ] && [ -w "$state" ] &&
      [ "$(stat -c '%u %a' "$base" "$state" | sort -u)" = "$(id -u) 700" ] && return 0
  done
  refuse "no folder in memory can be written (/run, /dev/shm, /tmp)"
}
free_of() { # FOLDER: sets free (bytes, with root's reserve) and inodes
  # shellcheck disable=SC2046
  set -- $(stat -f -c '%S %f %d' "$1" 2>/dev/null)
  free=$((${1:-0} * ${2:-0})) inodes=${3:-0}
}
remember() { # STEP FOLDER...: free space before it
  step=$1; shift
  for root in "$@"; do free_of "$root"; printf '%s %s %s\n' "$free" "$inodes" "$root"; done >"$state/$step.before"
}
compare() { # STEP: says what came back since `remember`; sets gained and gained_inodes to the sum
  gained=0 gained_inodes=0
  [ -r "$state/$1.before" ] || { echo "free space before is not known (a restart, or more than a day ago?)"; return; }
  while read -r before before_inodes root; do
    free_of "$root"
    gained=$((gained + free - before)) gained_inodes=$((gained_inodes + inodes - before_inodes))
    human "$before"; was=$figure; human "$free"; now=$figure; human "$((free - before))"
    printf '%s: %s free before, %s now (%s), %s inodes\n' "$root" "$was" "$now" "$figure" \
      "$((inodes - before_inodes))"
  done <"$state/$1.before"
}
