# Running web servers: their master process, its workers, test and reload. Those of containers are not ours.
processes() { # lines PID PARENT START NAME of web servers in our PID namespace
  ours=$(readlink /proc/self/ns/pid 2>/dev/null)
  for entry in /proc/[0-9]*; do
    { read -r line <"$entry/stat"; } 2>/dev/null || continue
    comm=${line#*(}; comm=${comm%)*}
    case $comm in nginx|apache2|httpd|haproxy) ;; *) continue;; esac
    [ "$(readlink "$entry/ns/pid" 2>/dev/null)" = "$ours" ] || continue
    # shellcheck disable=SC2086
    set -- ${line##*) }
    printf '%s %s %s %s\n' "${entry#/proc/}" "$2" "${20}" "$comm"
  done
}
unit_of() { # PID: sets unit to the service whose main process it is, or "-"
  unit=$(sed -n 's|.*/\([A-Za-z0-9@_.:\\-]*\.service\)$|\1|p' "/proc/$1/cgroup" 2>/dev/null | head -n 1)
  if [ -z "$unit" ] || [ "$(systemctl show -p MainPID --value "$unit" 2>/dev/null)" != "$1" ]; then unit=-; fi
}
masters() { # lines KIND PID UNIT
  list=$(processes)
  printf '%s\n' "$list" | while read -r pid parent start comm; do
    [ -n "$comm" ] || continue
    printf '%s\n' "$list" | grep -q "^$parent [0-9]* [0-9]* $comm\$" && continue
    unit_of "$pid"
    kind=$comm; case $comm in apache2|httpd) kind=apache;; esac
    printf '%s %s %s\n' "$kind" "$pid" "$unit"
  done
}
master() { # KIND UNIT: sets master to its process, or empty
  master=$(masters | sed -n "s/^$1 \([0-9]*\) $2\$/\1/p" | head -n 1)
}
workers() { # PID: lines "PID:START" of its children that take connections
  name=$(sed -n 's/^Name:[[:space:]]*//p' "/proc/$1/status" 2>/dev/null)
  processes | while read -r pid parent start comm; do
    [ "$parent" = "$1" ] && [ "$comm" = "$name" ] || continue
    title=$(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null)
    case $title in *"is shutting down"*|*"cache manager"*|*"cache loader"*) continue;; esac
    printf '%s:%s\n' "$pid" "$start"
  done
}
test_config() { # KIND PID ESCAPED_FILE...: sets said; 0 when the configuration is good
  kind=$1 exe=$(readlink "/proc/$2/exe" 2>/dev/null); shift 2
  case $exe in *" (deleted)") exe=${exe% (deleted)};; esac
  case $kind in
    nginx) [ -x "$exe" ] || exe=nginx
      if [ $# -gt 0 ]; then decode "$1"; said=$(umask 022; "$exe" -t -c "$path" 2>&1)
      else said=$(umask 022; "$exe" -t 2>&1); fi;;
    apache) for tool in apache2ctl apachectl httpd; do has "$tool" && break; done
      said=$(umask 022; "$tool" -t 2>&1);;
    haproxy) [ -x "$exe" ] || exe=haproxy
      count=$#
      while [ "$count" -gt 0 ]; do decode "$1"; shift; set -- "$@" -f "$path"; count=$((count - 1)); done
      [ $# -gt 0 ] || set -- -f /etc/haproxy/haproxy.cfg
      said=$(umask 022; "$exe" -c "$@" 2>&1);;
  esac
}
reload_one() { # KIND PID UNIT: sets said
  if [ "$3" != - ] && [ "$(systemctl show -p CanReload --value "$3" 2>/dev/null)" = yes ]; then
    said=$(systemctl reload "$3" 2>&1); return
  fi
  case $1 in
    nginx) signal=HUP;;
    apache) signal=USR1;;
    haproxy) signal=USR2
      # Without a master a signal ends it: then only a restart would do, which drops connections.
      tr '\0' '\n' <"/proc/$2/cmdline" | grep -q '^-W' || { said="haproxy runs without a master (-W): it cannot be reloaded"; return 1; };;
  esac
  said=$(kill -s "$signal" "$2" 2>&1)
}
last_lines() { # the end of what a tool said, one line
  printf '%s\n' "$said" | grep . | tail -n 3 | tr '\n' ';' | head -c 600
}
