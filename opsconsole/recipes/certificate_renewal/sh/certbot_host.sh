# certbot itself and who renews by itself; changes nothing. Writes NUL-ended records "WORD rest";
# of a job of cron its file, and on a line of its own what stands there.
if has certbot; then
  printf 'version %s\0' "$(certbot --version 2>/dev/null | sed -n 's/^certbot \([0-9][0-9.a-z]*\).*/\1/p' | head -n 1)"
fi
if [ -d /run/systemd/system ]; then
  for unit in certbot.timer snap.certbot.renew.timer certbot-renew.timer; do
    state=$(systemctl show -p LoadState --value "$unit" 2>/dev/null)
    case $state in loaded|masked) ;; *) continue;; esac
    printf 'timer %s %s %s %s %s\0' "$unit" "$state" "$(systemctl is-enabled "$unit" 2>/dev/null || :)" \
      "$(systemctl is-active "$unit" 2>/dev/null || :)" "$(systemctl show -p NextElapseUSecRealtime --value "$unit" 2>/dev/null)"
  done
fi
for file in /etc/cron.d/* /etc/crontab /var/spool/cron/crontabs/root /var/spool/cron/root; do
  [ -f "$file" ] || continue
  grep -v '^[[:space:]]*#' "$file" 2>/dev/null | grep 'certbot' | head -n 20 | cut -c 1-1024 | while read -r line; do
    # Debian's own line does nothing where systemd runs.
    case $line in *'/run/systemd/system'*) [ ! -d /run/systemd/system ] || continue;; esac
    printf 'cron %s\n%s\0' "$file" "$line"
  done
done
for base in /var/lib/opsconsole /run/opsconsole-kept; do
  [ -f "$base/certificate-renewal/issued" ] || continue
  tail -n 1000 "$base/certificate-renewal/issued" | while read -r when names; do printf 'issued %s %s\0' "$when" "$names"; done
done
over_keeps "${1:-30}" - | while read -r folder; do printf 'over %s\0' "$folder"; done
printf 'now %s\0' "$(now)"
printf 'end \0'
