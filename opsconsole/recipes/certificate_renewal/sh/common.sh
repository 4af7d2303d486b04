# Before every script of this recipe: POSIX sh, for dash, BusyBox ash and bash.
PATH=$PATH:/usr/sbin:/sbin LC_ALL=C; export PATH LC_ALL; unset CDPATH; umask 077
has() { command -v "$1" >/dev/null 2>&1; }
fail() { printf '%s\n' "$*"; exit 1; }
decode() { # ESCAPED: sets path to the exact bytes
  case $1 in
    *\\*) path=$(printf '%bx' "$1"); path=${path%x};;
    *) path=$1;;
  esac
}
enter() { # FOLDER: go there, and be sure that no part of the way is a link
  cd -P -- "$1" 2>/dev/null || return 1
  here=$(pwd -P; echo x)
  [ "$here" = "$1
x" ]
}
own_folder() { # FOLDER: make it, and be sure that only we can get at it
  mkdir -p -m 700 "$1" 2>/dev/null
  [ -d "$1" ] && [ ! -L "$1" ] && [ -w "$1" ] && [ "$(stat -c '%u %a' "$1")" = "$(id -u) 700" ]
}
# What checks compare with is kept in memory.
state_folder() { # TOKEN; sets state
  for base in /run /dev/shm /tmp; do
    base=$base/opsconsole-certificate-renewal
    state=$base/$1
    own_folder "$base" && own_folder "$state" && return 0
  done
  fail "no folder in memory can be written (/run, /dev/shm, /tmp)"
}
forget_private() { # what runs that were killed left of an account's secret (issue.sh); one run at a time has the host
  for base in /run /dev/shm /tmp; do
    base=$base/opsconsole-certificate-renewal
    [ ! -d "$base" ] || ! own_folder "$base" || rm -f "$base"/*/eab.ini || return 1
  done
}
# Copies for the undo outlive a restart of the host.
keep_folder() { # TOKEN; sets keep; makes nothing
  keep=
  for base in /var/lib/opsconsole /run/opsconsole-kept; do
    [ -d "$base/certificate-renewal/$1" ] && keep=$base/certificate-renewal/$1 && return 0
  done
  return 1
}
new_keep_folder() { # TOKEN; sets keep
  for base in /var/lib/opsconsole /run/opsconsole-kept; do
    keep=$base/certificate-renewal/$1
    own_folder "$base" && own_folder "$base/certificate-renewal" && own_folder "$keep" && return 0
  done
  fail "no folder for the copy can be written (/var/lib/opsconsole, /run)"
}
over_keeps() { # DAYS TOKEN; lines, the folders of copies of other runs that are older than that
  for base in /var/lib/opsconsole /run/opsconsole-kept; do
    [ -d "$base/certificate-renewal" ] && [ ! -L "$base/certificate-renewal" ] || continue
    find "$base/certificate-renewal" -xdev -mindepth 1 -maxdepth 1 -type d -name '[0-9a-f]*' -mtime "+$1" ! -name "$2" 2>/dev/null
  done
}
expire_keeps() { # DAYS TOKEN; removes those
  over_keeps "$1" "$2" | while read -r folder; do rm -rf -- "$folder" && echo "removed: $folder"; done
}
now() { date +%s; }
limited() { # SECONDS COMMAND...: at most so long, where the host can do that
  if timeout 1 true 2>/dev/null; then timeout "$@"
  elif timeout -t 1 true 2>/dev/null; then timeout -t "$@"
  else shift; "$@"; fi
}
