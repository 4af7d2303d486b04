#!/bin/sh
# nginx with TLS behind the bastion, on top of systemd.sh; the certificate is of a CA that this host trusts.
set -eu
install -m 755 /tmp/lab_ca.sh /usr/local/sbin/lab-ca
lab-ca init 'inner internal CA'
lab-ca issue inner.lab.test inner.lab.test inner
update-ca-certificates >/dev/null

cat >/etc/nginx/conf.d/inner.conf <<'NGINX'
server {
    listen 443 ssl default_server;
    server_name inner.lab.test inner;
    ssl_certificate /etc/lab-ca/issued/inner.lab.test.pem;
    ssl_certificate_key /etc/lab-ca/issued/inner.lab.test.key;
    root /var/www/html;
    location = /health {
        default_type application/json;
        return 200 '{"status":"ok"}';
    }
}
NGINX
nginx -t -q
