# Parts for the scripts that call logrotate.
globals() { # FILE: the directives of /etc/logrotate.conf that hold for every rule, without rules and includes
  awk '
    script { if ($1 == "endscript") script = 0; next }
    inside { if ($1 ~ /^(pre|post)rotate$|^(first|last)action$|^preremove$/) script = 1
             else if ($0 ~ /}/) inside = 0
             next }
    /^[ \t]*#/ { next }
    /{/ { if ($0 !~ /}/) inside = 1; next }
    $1 == "include" || $1 !~ /^[a-z]+$/ { next }
    { print }
  ' /etc/logrotate.conf >"$1" 2>/dev/null || : >"$1"
}
makes_folders() { # CONFIG...: whether a dry run would make folders: with `createolddir` it does so really
  for one in "$@"; do
    set -- "$one"
    included=$(sed -n 's/^[[:space:]]*include[[:space:]]\{1,\}//p' "$one" 2>/dev/null | head -n 20)
    for more in $included; do
      if [ -d "$more" ]; then set -- "$@" "$more"/*; else set -- "$@" "$more"; fi
    done
    cat -- "$@" 2>/dev/null | grep -qE '(^|\{)[[:space:]]*createolddir' && return 0
  done
  return 1
}
errors() { # CONFIG...: sets count to how many errors a dry run tells, errors to the first of them, told to a sentence
  errors='' count=0
  makes_folders "$@" && { told="logrotate -d not made: createolddir makes folders even in a dry run"; return; }
  errors=$(logrotate -d "$@" 2>&1 </dev/null); status=$?
  errors=$(printf '%s\n' "$errors" | grep -iE '^error|error:')
  count=$(printf '%s' "$errors" | grep -c .)
  [ "$count" -gt 0 ] || [ "$status" = 0 ] || count=1
  errors=$(printf '%s\n' "$errors" | head -n 5)
  told="logrotate -d tells $count errors"
}
writers() { # sets writing to " DEVICE:INODE ... " of the regular files that processes hold open for writing
  writing=" $(find /proc/[0-9]*/fd -type l -perm -200 -exec stat -L -c '%F:%d:%i' {} + 2>/dev/null |
    sed -n 's/^regular[^:]*://p' | sort -u | tr '\n' ' ') "
}
writes() { # DEVICE:INODE, or nothing where there is no such file: nobody writes to that
  [ -n "$1" ] || return 1
  case $writing in *" $1 "*) return 0;; esac
  return 1
}
services() { # the services that were active before the first step: sets inactive to those that are not now
  inactive='' active=0
  [ -s "$state/begin.units" ] || return 0
  while read -r unit; do
    now=$(systemctl is-active "$unit" 2>/dev/null </dev/null)
    if [ "$now" = active ]; then active=$((active + 1)); else inactive="$inactive $unit ($now)"; fi
  done <"$state/begin.units"
  echo "$active services of writers are active${inactive:+, not any more:$inactive}"
  [ -z "$inactive" ]
}
