# Running web servers and the host's addresses; changes nothing. Writes NUL-ended records "WORD rest".
masters | while read -r kind pid unit; do
  printf 'program %s %s\0' "$kind" "$unit"
  head -c 4096 "/proc/$pid/cmdline" | tr '\0' '\n' | while IFS= read -r word || [ -n "$word" ]; do
    printf 'arg %s\0' "$word"
  done
  case $kind in
    nginx)
      exe=$(readlink "/proc/$pid/exe"); exe=${exe% (deleted)}; [ -x "$exe" ] || exe=nginx
      "$exe" -V 2>&1 | tr ' ' '\n' | sed -n 's/^--\(conf-path\|error-log-path\)=/\1 /p' | head -n 4 | tr '\n' '\0';;
    apache)
      for tool in apache2ctl apachectl httpd; do has "$tool" && break; done
      "$tool" -V 2>/dev/null | sed -n 's/.*HTTPD_ROOT="\(.*\)"$/apache-root \1/p; s/.*SERVER_CONFIG_FILE="\(.*\)"$/apache-file \1/p' |
        head -n 4 | tr '\n' '\0';;
  esac
done
if has ip; then found=$(ip -o addr show 2>/dev/null | sed -n 's/.* inet6\{0,1\} \([0-9a-f.:]*\).*/\1/p')
else
  found="127.0.0.1 $(hostname -I 2>/dev/null)"
  [ -s /proc/net/if_inet6 ] && found="$found ::1"
fi
for one in $found; do printf 'address %s\0' "$one"; done
has openssl && printf 'openssl yes\0'
printf 'end \0'
