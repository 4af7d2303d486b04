#!/bin/sh
# A docker engine of its own, and what writes journals with any day in them, on top of systemd.sh.
set -eu
export DEBIAN_FRONTEND=noninteractive

# No service may start while packages are set up.
printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
chmod +x /usr/sbin/policy-rc.d
apt-get update -qq
apt-get install -y -qq docker.io systemd-journal-remote
rm -rf /var/lib/apt/lists/* /usr/sbin/policy-rc.d

# vfs: an overlay cannot lie on the container's own. No network: nothing here may change the machine's firewall.
mkdir -p /etc/docker
cat >/etc/docker/daemon.json <<'JSON'
{"storage-driver": "vfs", "bridge": "none", "iptables": false, "ip6tables": false, "oom-score-adjust": 0}
JSON
# Without CAP_SYS_RESOURCE neither the score nor the limits can be raised.
for unit in docker containerd; do
    mkdir -p /etc/systemd/system/$unit.service.d
    printf '[Service]\nOOMScoreAdjust=\nLimitNOFILE=\nLimitNPROC=\nLimitCORE=\n' \
        >/etc/systemd/system/$unit.service.d/opsconsole-lab.conf
done
systemctl enable -q docker containerd
systemctl disable -q nginx
