#!/bin/sh
# All that shows a certificate, and two ACME servers with certbot, on top of systemd.sh.
set -eu
export DEBIAN_FRONTEND=noninteractive LANG=C.UTF-8

echo 'postfix postfix/main_mailer_type select Local only' | debconf-set-selections
echo 'postfix postfix/mailname string mail.lab.test' | debconf-set-selections
# No service may start while packages are set up.
printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
chmod +x /usr/sbin/policy-rc.d
mkdir -p /etc/mysql/mariadb.conf.d
printf '[mariadbd]\ninnodb_log_file_size = 4M\ninnodb_buffer_pool_size = 16M\n' >/etc/mysql/mariadb.conf.d/99-lab.cnf
apt-get update -qq
apt-get install -y -qq apache2 certbot dovecot-imapd haproxy mariadb-server pebble postfix \
    python3-certbot-nginx
rm -rf /var/lib/apt/lists/* /usr/sbin/policy-rc.d

install -m 755 /tmp/lab_ca.sh /usr/local/sbin/lab-ca
install -m 755 /tmp/tls_start.sh /usr/local/sbin/lab-certificates
lab-ca init 'lab internal CA'
update-ca-certificates >/dev/null
sh /tmp/tls_acme.sh
sh /tmp/tls_servers.sh
