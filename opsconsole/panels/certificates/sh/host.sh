# Configuration of web servers, certbot's and acme.sh's records, and who renews.
who() { id -u; date +%s; date +%z; [ -d /run/systemd/system ] && echo systemd; }
part who 64 who
tools() { for tool in openssl awk certbot; do has "$tool" && echo "$tool"; done; }
part tools 64 tools
closed() { # folders that we may not look into: what is in them is not known
  for dir in /etc/nginx /etc/apache2 /etc/httpd /etc/haproxy /etc/letsencrypt; do
    [ -d "$dir" ] && { [ -r "$dir" ] && [ -x "$dir" ] || printf '!%s\n' "$dir"; }
  done
  return 0
}
part closed 512 closed

without_keys() { # a key that begins and ends on one line hides more than itself, never less
  sed -e '/-----BEGIN [A-Z0-9 ]*PRIVATE KEY/,/-----END [A-Z0-9 ]*PRIVATE KEY/s/.*//' -e 's/^/|/'
}
only() { # of lines that go on behind a backslash all or nothing; the others are empty
  awk -v wanted="$1" '{ if (!on) keep = (tolower($0) ~ wanted); on = /\\\r?$/; print keep ? $0 : "" }'
}
slow() { # asks the clock each 32nd time
  [ $((count % 32)) -ne 0 ] || now=$(date +%s)
  [ $((now - began)) -ge 6 ]
}
show() { # FILE FILTER...: once
  file=$1; shift
  case $file in *"$nl"*) return 1 ;; esac
  case $seen in *"$nl$file$nl"*) return 1 ;; esac
  seen=$seen$file$nl; count=$((count + 1))
  if [ "$count" -gt 600 ] || slow; then echo '~'; return 1; fi
  if [ ! -r "$file" ]; then printf '!%s\n' "$file"; return 1; fi
  printf '>%s\n' "$file"
  if [ $# -eq 0 ]; then head -c 131072 "$file" | without_keys
  else head -c 131072 "$file" | "$@" | without_keys; fi
  echo
}
follow() { # PREFIX INCLUDES ROOT FILTER...: the root and all that it includes, by globs below the prefix
  prefix=$1; includes=$2; todo=$3; depth=0; shift 3
  while [ "$todo" ] && [ "$depth" -lt 8 ]; do
    depth=$((depth + 1)); next=; patterns=$todo
    while [ "$patterns" ]; do
      pattern=${patterns%%"$nl"*}
      case $patterns in *"$nl"*) patterns=${patterns#*"$nl"} ;; *) patterns= ;; esac
      case $pattern in '') continue ;; /*) ;; *) pattern=$prefix/$pattern ;; esac
      IFS=$nl
      for path in $pattern; do # a glob, spaces and all
        unset IFS
        if [ -d "$path" ]; then [ "$includes" = of_apache ] && next=$next$path/*$nl; continue; fi
        if [ ! -f "$path" ]; then
          [ -d "${path%/*}" ] && { [ -r "${path%/*}" ] && [ -x "${path%/*}" ] || printf '!%s\n' "$path"; }
          continue
        fi
        show "$path" "$@" && grep -qis '^[^#]*include' "$path" && next=$next$("$includes" "$path")$nl
      done
      unset IFS
    done
    todo=$next
  done
}
of_nginx() {
  sed -e 's/^[[:space:]]*#.*//' -e 's/[[:space:]]#.*//' "$1" | tr ';{}' '\n\n\n' |
    sed -n "s/^[[:space:]]*include[[:space:]][[:space:]]*[\"']*\([^\"']*[^\"'[:space:]]\)[\"']*[[:space:]]*\$/\1/p" |
    head -n 300
}
of_apache() {
  sed -n 's/^[[:space:]]*[Ii][Nn][Cc][Ll][Uu][Dd][Ee][OPTIONALoptional]*[[:space:]][[:space:]]*"*\([^"]*[^"[:space:]]\)"*[[:space:]]*$/\1/p' "$1" |
    grep -v '[$]' | head -n 300
}
of_haproxy() { sed -n 's/^[[:space:]]*bind.*[[:space:]]crt-list[[:space:]][[:space:]]*\([^[:space:]]*\).*/\1/p' "$1"; }
ours() { # process ids of a program of this host, not of a container's
  here=$(readlink /proc/self/ns/mnt)
  for pid in $(pidof "$1"); do
    [ "$here" ] && [ "$(readlink "/proc/$pid/ns/mnt")" = "$here" ] && echo "$pid"
  done | head -n 8
}
elsewhere() { # programs that show certificates and that are not looked into: in containers, and of other kinds
  here=$(readlink /proc/self/ns/mnt)
  for program in nginx apache2 httpd haproxy; do
    for pid in $(pidof "$program"); do
      there=$(readlink "/proc/$pid/ns/mnt")
      case $there in ''|"$here") ;; *) echo "=$program"; break ;; esac
    done
  done
  for program in caddy traefik envoy lighttpd; do pidof "$program" >/dev/null && echo "+$program"; done
  return 0
}
has pidof && part elsewhere 256 elsewhere
nginx_roots() {
  for pid in $(ours nginx); do
    tr '\000' '\n' <"/proc/$pid/cmdline" | sed -n 's/^nginx: master process.* -c  *\([^ ]*\).*/\1/p'
  done
  for root in /etc/nginx/nginx.conf /usr/local/nginx/conf/nginx.conf /usr/local/openresty/nginx/conf/nginx.conf \
    /usr/local/etc/nginx/nginx.conf
  do [ -e "$root" ] && { echo "$root"; break; }; done
}
nginx() {
  seen=$nl; count=0; began=$(date +%s); now=$began
  nginx_roots | head -n 4 | while read -r root; do
    printf '=%s\n' "$root"; follow "${root%/*}" of_nginx "$root"
  done
}
[ "$(nginx_roots)" ] && part nginx 393216 nginx

apache_words='^[ \t]*(</?(virtualhost|ifmodule|ifdefine|ifversion|iffile|macro)|(include|includeoptional|serverroot|'
apache_words=$apache_words'servername|serveralias|sslengine|sslcertificate[a-z]*|listen|define|undefine|loadmodule|mdomain|'
apache_words=$apache_words'use|export)[ \t])'
apache() {
  seen=$nl; count=0; began=$(date +%s); now=$began
  printf '=%s\n' "$root"
  home=$(sed -n 's/^[[:space:]]*ServerRoot[[:space:]]*"*\(\/[^"[:space:]]*\).*/\1/p' "$root" | head -n 1)
  [ "$home" ] || case $root in */conf/*) home=${root%/conf/*} ;; *) home=${root%/*} ;; esac
  [ -f "${root%/*}/envvars" ] && show "${root%/*}/envvars" only "$apache_words"
  follow "$home" of_apache "$root" only "$apache_words"
}
for root in /etc/apache2/apache2.conf /etc/httpd/conf/httpd.conf /etc/apache2/httpd.conf \
  /usr/local/apache2/conf/httpd.conf
do [ -e "$root" ] && { has awk && part apache 196608 apache || part noawk 16 echo apache; break; }; done

haproxy_words='^[ \t]*(global|defaults|frontend|listen|backend|peers|mailers|userlist|resolvers|program|ring|cache|'
haproxy_words=$haproxy_words'log-forward|http-errors|fcgi-app|crt-store|traces|log-profile|acme|bind|crt-base|key-base|'
haproxy_words=$haproxy_words'load|ssl-f-use)([ \t]|$)'
haproxy_roots() {
  for pid in $(ours haproxy); do
    tr '\000' '\n' <"/proc/$pid/cmdline" | sed -n '/^-f$/{n;p;}' ; break
  done | head -n 20 | while read -r root; do
    if [ -d "$root" ]; then for file in "$root"/*.cfg; do [ -f "$file" ] && echo "$file"; done
    else echo "$root"; fi
  done
}
haproxy() {
  seen=$nl; count=0; began=$(date +%s); now=$began
  { roots=$(haproxy_roots); [ "$roots" ] && echo "$roots" || echo /etc/haproxy/haproxy.cfg; } |
    while read -r root; do
      printf '=%s\n' "$root"
      base=$(sed -n 's/^[[:space:]]*crt-base[[:space:]][[:space:]]*\([^[:space:]]*\).*/\1/p' "$root" | head -n 1)
      show "$root" only "$haproxy_words"
      of_haproxy "$root" | while read -r list; do
        case $list in /*) ;; *) list=$base/$list ;; esac
        [ -f "$list" ] && show "$list"
      done
    done
}
if [ -e /etc/haproxy/haproxy.cfg ] || [ "$(haproxy_roots)" ]; then
  has awk && part haproxy 131072 haproxy || part noawk 16 echo haproxy
fi

certbot() {
  seen=$nl; count=0; began=$(date +%s); now=$began
  for file in /etc/letsencrypt/renewal/*.conf; do [ -f "$file" ] && show "$file"; done
  [ -d /etc/letsencrypt/renewal ] && [ ! -r /etc/letsencrypt/renewal ] && echo '!/etc/letsencrypt/renewal'
  [ -d /etc/letsencrypt/live ] && [ ! -r /etc/letsencrypt/live ] && echo '!/etc/letsencrypt/live'
  for folder in /etc/letsencrypt/live/*/; do
    case $folder in *"$nl"*) continue ;; esac
    [ -d "$folder" ] && printf '=%s\n' "${folder%/}"
  done | head -n 2000
  return 0
}
if [ -d /etc/letsencrypt ]; then part certbot 196608 certbot; fi

acme() {
  for home in /root/.acme.sh /home/*/.acme.sh /etc/acme.sh /usr/local/share/acme.sh /var/lib/acme/.acme.sh; do
    [ -d "$home" ] && [ ! -r "$home" ] && printf '!%s\n' "$home"
    for file in "$home"/*/*.conf; do
      case $file in *"$nl"*|*.csr.conf) continue ;; esac
      [ -r "$file" ] && grep -qs '^Le_Domain=' "$file" || continue
      printf '>%s\n' "$file"
      grep -E '^Le_(Domain|RealFullChainPath|RealCertPath|RealKeyPath|NextRenewTime|API)=' "$file" | head -n 12 |
        cut -c 1-1024 | sed 's/^/|/'
    done
  done | head -n 4000
  return 0
}
part acme 65536 acme

# Who renews: timers, and what cron starts.
timers() {
  names=$(limit 3 systemctl list-unit-files --no-legend --no-pager --type=timer '*certbot*' '*acme*' \
    '*letsencrypt*' '*dehydrated*' 'lego*' | sed -n 's/^\([A-Za-z0-9:_.@-]*\.timer\) .*/\1/p' | head -n 20)
  [ "$names" ] || return 0
  services=$(for name in $names; do echo "${name%.timer}.service"; done)
  TZ=UTC limit 4 systemctl show --no-pager -p Id,LoadState,UnitFileState,ActiveState,SubState,Result,Unit \
    -p NextElapseUSecRealtime,LastTriggerUSec,ExecMainStartTimestamp,ExecMainExitTimestamp,ExecMainStatus \
    -p FragmentPath,ExecStart $names $services | cut -c 1-1024 | sed 's/^/|/'
}
if [ -d /run/systemd/system ] && has systemctl; then part timers 32768 timers; fi
clients='certbot|letsencrypt|acme\.sh|dehydrated|lego .*(run|renew)'
matching() { # PATTERN FILE: its lines with their numbers
  grep -nE "$1" "$2" | grep -v '^[0-9]*:[[:space:]]*#' | head -n 20 | cut -c 1-1024 | sed 's/^/|/'
}
cron() {
  for file in /etc/crontab /etc/cron.d/* /var/spool/cron/crontabs/* /var/spool/cron/* /etc/crontabs/*; do
    case $file in *"$nl"*|/etc/cron.d/*[!A-Za-z0-9_-]*) continue ;; esac
    [ -f "$file" ] || continue
    [ -r "$file" ] || { printf '!%s\n' "$file"; continue; }
    grep -qsE "$clients" "$file" || continue
    printf '>%s\n' "$file"
    matching "$clients" "$file"
  done
  for folder in /var/spool/cron/crontabs /var/spool/cron /etc/crontabs; do
    [ -d "$folder" ] && [ ! -r "$folder" ] && printf '!%s\n' "$folder"
  done
  for file in /etc/cron.hourly/* /etc/cron.daily/* /etc/cron.weekly/* /etc/cron.monthly/* /etc/periodic/*/*; do
    case $file in *"$nl"*) continue ;; esac
    [ -x "$file" ] && grep -v '^[[:space:]]*#' "$file" | grep -qsE "$clients" || continue
    printf '+%s\n>%s\n' "$file" "$file"
    matching "$clients|/run/systemd/system" "$file"
  done
  return 0
}
part cron 32768 cron
runs() { pidof cron || pidof crond || pidof fcron || pidof systemd-cron; }
has pidof && part crond 64 runs
exit 0
