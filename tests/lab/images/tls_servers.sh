#!/bin/sh
# Part of tls.sh: nginx, Apache, HAProxy, Postfix, Dovecot and MariaDB, each with a certificate.
set -eu

lab-ca issue api.lab.test api.lab.test
KEY=rsa:2048 lab-ca issue legacy.lab.test legacy.lab.test
lab-ca issue mail.lab.test mail.lab.test
KEY=rsa:2048 lab-ca issue db.lab.test db.lab.test
put() { # NAME FOLDER OWNER: certificate and key as that server has them
    install -d -m 755 "$2"
    install -m 644 "/etc/lab-ca/issued/$1.pem" "$2/$1.pem"
    install -m 600 -o "$3" "/etc/lab-ca/issued/$1.key" "$2/$1.key"
    rm "/etc/lab-ca/issued/$1.pem" "/etc/lab-ca/issued/$1.key"
}
put api.lab.test /etc/nginx/tls root
put legacy.lab.test /etc/apache2/tls root
put mail.lab.test /etc/postfix/tls root
put db.lab.test /etc/mysql/tls mysql

mkdir -p /etc/nginx/snippets
cat >/etc/nginx/snippets/lab.conf <<'NGINX'
root /var/www/html;
location /.well-known/acme-challenge/ { root /var/www/acme; }
location = /health {
    default_type application/json;
    return 200 '{"status":"ok"}';
}
location /slow/ {
    alias /var/www/html/;
    limit_rate 1m;
}
NGINX
cat >/etc/nginx/conf.d/opsconsole-lab.conf <<'NGINX'
server {
    listen 80 default_server;
    listen [::]:80 default_server;
    server_name _;
    include snippets/lab.conf;
}
NGINX
cat >/etc/nginx/sites-available/shop <<'NGINX'
server {
    listen 443 ssl http2;
    listen [::]:443 ssl http2;
    server_name shop.lab.test www.shop.lab.test;
    ssl_certificate /etc/letsencrypt/live/shop.lab.test/fullchain.pem;
    ssl_certificate_key /etc/letsencrypt/live/shop.lab.test/privkey.pem;
    include snippets/lab.conf;
}
NGINX
cat >/etc/nginx/sites-enabled/api <<'NGINX'
server {
    listen 443 ssl http2 default_server;
    listen [::]:443 ssl http2 default_server;
    server_name api.lab.test;
    ssl_certificate /etc/nginx/tls/api.lab.test.pem;
    ssl_certificate_key /etc/nginx/tls/api.lab.test.key;
    include snippets/lab.conf;
}
NGINX
nginx -t -q

echo 'Listen 8443' >/etc/apache2/ports.conf
echo 'ServerName legacy.lab.test' >/etc/apache2/conf-enabled/lab.conf
cat >/etc/apache2/sites-available/legacy.conf <<'APACHE'
<VirtualHost *:8443>
    ServerName legacy.lab.test
    DocumentRoot /var/www/html
    SSLEngine on
    SSLCertificateFile /etc/apache2/tls/legacy.lab.test.pem
    SSLCertificateKeyFile /etc/apache2/tls/legacy.lab.test.key
</VirtualHost>
APACHE
a2dissite -q 000-default >/dev/null
a2enmod -q ssl >/dev/null
a2ensite -q legacy >/dev/null

mkdir -p /etc/haproxy/certs
chmod 700 /etc/haproxy/certs
cat >>/etc/haproxy/haproxy.cfg <<'HAPROXY'

frontend lb
    bind :9443 ssl crt /etc/haproxy/certs/lb.pem
    bind :::9443 v6only ssl crt /etc/haproxy/certs/lb.pem
    default_backend web

backend web
    server nginx 127.0.0.1:80 check
HAPROXY

postconf -e myhostname=mail.lab.test mydestination=mail.lab.test,localhost inet_interfaces=all \
    smtpd_tls_cert_file=/etc/postfix/tls/mail.lab.test.pem \
    smtpd_tls_key_file=/etc/postfix/tls/mail.lab.test.key smtpd_tls_security_level=may
cat >/etc/dovecot/local.conf <<'DOVECOT'
ssl = yes
ssl_cert = </etc/postfix/tls/mail.lab.test.pem
ssl_key = </etc/postfix/tls/mail.lab.test.key
DOVECOT
cat >>/etc/mysql/mariadb.conf.d/99-lab.cnf <<'MARIADB'
ssl_cert = /etc/mysql/tls/db.lab.test.pem
ssl_key = /etc/mysql/tls/db.lab.test.key
MARIADB
systemctl enable -q apache2 dovecot haproxy mariadb postfix
