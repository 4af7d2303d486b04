#!/bin/sh
# systemd as PID 1, nginx, chrony and a load generator on top of plain.sh.
set -eu
export DEBIAN_FRONTEND=noninteractive

apt-get update -qq
apt-get install -y -qq chrony cron dbus libpam-systemd logrotate nginx python3-psutil systemd systemd-sysv
. /etc/os-release
# On Debian 13 it would bring half of a desktop with it.
[ "$VERSION_CODENAME" = trixie ] || apt-get install -y -qq stress-ng
rm -rf /var/lib/apt/lists/*
usermod -aG systemd-journal ops
: >/etc/machine-id
rm -f /var/lib/dbus/machine-id

mkdir -p /var/log/journal /etc/systemd/journald.conf.d
printf '[Journal]\nStorage=persistent\nSystemMaxUse=64M\n' >/etc/systemd/journald.conf.d/opsconsole-lab.conf

# The kernel, its modules and its console belong to the machine, not to a container.
for unit in console-getty.service getty.target getty-static.service dev-hugepages.mount \
    sys-fs-fuse-connections.mount sys-kernel-config.mount sys-kernel-debug.mount \
    sys-kernel-tracing.mount systemd-udevd.service systemd-modules-load.service \
    systemd-sysctl.service systemd-binfmt.service systemd-remount-fs.service \
    proc-sys-fs-binfmt_misc.automount; do
    systemctl mask "$unit" 2>/dev/null
done

# A container cannot set the clock, and the kernel's own flag is the machine's. So chrony runs
# without control of the clock (-x) and measures it against the lab's time server.
mkdir -p /etc/systemd/system/chrony.service.d
printf '[Unit]\nConditionCapability=\n' >/etc/systemd/system/chrony.service.d/opsconsole-lab.conf
printf 'DAEMON_OPTS="-F 1 -x"\n' >/etc/default/chrony
printf 'include /run/opsconsole-lab/chrony.conf\n' >/etc/chrony/chrony.conf

rm -f /etc/nginx/sites-enabled/default
cat >/etc/nginx/conf.d/opsconsole-lab.conf <<'NGINX'
server {
    listen 80 default_server;
    server_name _;
    root /var/www/html;
    location = /health {
        default_type application/json;
        return 200 '{"status":"ok"}';
    }
}
NGINX
printf '<!doctype html><title>lab</title><h1>opsconsole lab</h1>\n' >/var/www/html/index.html
systemctl mask apt-daily.timer apt-daily-upgrade.timer 2>/dev/null
systemctl enable -q ssh nginx chrony cron
