#!/bin/sh
# At every start, and when a test wants all as new: pebble forgets its CA and its accounts when it ends, so
# certificates of an earlier life are made anew. Names of the lab are in /etc/hosts; IPv6 has an address.
set -eu
names='shop.lab.test www.shop.lab.test api.lab.test lb.lab.test legacy.lab.test mail.lab.test db.lab.test'
grep -q ' shop.lab.test ' /etc/hosts || printf '127.0.0.1 %s\n::1 %s\n' "$names" "$names" >>/etc/hosts
ip -6 address replace fd00:1ab::9/64 dev eth0
truncate -s 512M /var/www/html/large.bin # for long downloads; sparse, so that it costs nothing

root() { # PORT: the root of the ACME server that runs now
    tries=0
    until curl -s --fail --cacert /etc/pebble/ca.pem "https://localhost:$1/roots/0"; do
        tries=$((tries + 1))
        [ $tries -lt 200 ] || return 1
        sleep 0.1
    done
}

changed=
for which in long:15000 short:15001; do
    store=/usr/local/share/ca-certificates/pebble-${which%:*}.crt
    root "${which#*:}" >/run/pebble-root.pem
    cmp -s /run/pebble-root.pem "$store" || { cp /run/pebble-root.pem "$store"; changed=yes; }
done
[ "$changed" = yes ] || [ "${1-}" = anew ] || exit 0
update-ca-certificates >/dev/null 2>&1

rm -rf /etc/letsencrypt/accounts /etc/letsencrypt/archive /etc/letsencrypt/live /etc/letsencrypt/renewal
issue() { # LINEAGE, further options
    lineage=$1
    shift
    certbot certonly --non-interactive --quiet --agree-tos --email ops@lab.test --no-eff-email \
        --server https://localhost:14000/dir --webroot --webroot-path /var/www/acme \
        --cert-name "$lineage" --domains "$lineage" "$@"
}
issue shop.lab.test --domains www.shop.lab.test
issue lb.lab.test --deploy-hook /usr/local/sbin/lab-haproxy-pem
ln -sf ../sites-available/shop /etc/nginx/sites-enabled/shop
nginx -t -q
systemctl reload nginx
