#!/bin/sh
# Part of tls.sh: pebble twice, with certificates for 90 days and for 6, the DNS that it asks, certbot.
set -eu

mkdir -p /etc/pebble /var/www/acme
lab-ca issue pebble localhost pebble.lab.test 127.0.0.1
cp /etc/lab-ca/root.pem /etc/pebble/ca.pem # what REQUESTS_CA_BUNDLE would name
configuration() { # PORT MANAGEMENT-PORT SECONDS
    cat <<JSON
{
  "pebble": {
    "listenAddress": "127.0.0.1:$1",
    "managementListenAddress": "127.0.0.1:$2",
    "certificate": "/etc/lab-ca/issued/pebble.pem",
    "privateKey": "/etc/lab-ca/issued/pebble.key",
    "httpPort": 80,
    "tlsPort": 443,
    "ocspResponderURL": "",
    "externalAccountBindingRequired": false,
    "domainBlocklist": ["blocked.lab.test"],
    "certificateValidityPeriod": $3
  }
}
JSON
}
configuration 14000 15000 7776000 >/etc/pebble/long.json
configuration 14001 15001 518400 >/etc/pebble/short.json

cat >/etc/systemd/system/pebble@.service <<'UNIT'
[Unit]
Description=ACME server pebble (%i)
After=challtestsrv.service
Wants=challtestsrv.service
[Service]
# Every order is validated anew, so that a fault shows.
Environment=PEBBLE_VA_NOSLEEP=1 PEBBLE_WFE_NONCEREJECT=0 PEBBLE_AUTHZREUSE=0
ExecStart=/usr/bin/pebble -config /etc/pebble/%i.json -dnsserver 127.0.0.1:8053
[Install]
WantedBy=multi-user.target
UNIT
cat >/etc/systemd/system/challtestsrv.service <<'UNIT'
[Unit]
Description=DNS for the ACME servers
[Service]
ExecStart=/usr/bin/pebble-challtestsrv -management 127.0.0.1:8055 -defaultIPv4 127.0.0.1 -defaultIPv6 "" \
    -http01 "" -https01 "" -tlsalpn01 "" -dns01 127.0.0.1:8053
[Install]
WantedBy=multi-user.target
UNIT
cat >/etc/systemd/system/lab-certificates.service <<'UNIT'
[Unit]
Description=Certificates of the ACME servers that run now
After=nginx.service pebble@long.service pebble@short.service
Wants=pebble@long.service pebble@short.service
Before=haproxy.service certbot.timer
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/sbin/lab-certificates
[Install]
WantedBy=multi-user.target
UNIT
cat >/usr/local/sbin/lab-haproxy-pem <<'HOOK'
#!/bin/sh
# certbot's deploy hook: HAProxy wants certificate, chain and key in one file.
set -eu
umask 077
lineage=/etc/letsencrypt/live/lb.lab.test
cat $lineage/fullchain.pem $lineage/privkey.pem >/etc/haproxy/certs/lb.pem.new
mv /etc/haproxy/certs/lb.pem.new /etc/haproxy/certs/lb.pem
! systemctl is-active --quiet haproxy || systemctl reload haproxy
HOOK
chmod 755 /usr/local/sbin/lab-haproxy-pem
systemctl enable -q pebble@long pebble@short challtestsrv lab-certificates certbot.timer
