#!/bin/sh
# Debian 13 only: sudo-rs is the `sudo`, and ops needs a password for it.
set -eu
export DEBIAN_FRONTEND=noninteractive

apt-get update -qq
apt-get install -y -qq sudo-rs systemd-timesyncd
rm -rf /var/lib/apt/lists/*
dpkg-divert --quiet --local --rename --divert /usr/bin/sudo.classic /usr/bin/sudo
ln -s sudo-rs /usr/bin/sudo

cat >/etc/sudoers <<'SUDOERS'
Defaults secure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
root ALL=(ALL:ALL) ALL
ops ALL=(ALL:ALL) ALL
pwsudo ALL=(ALL:ALL) ALL
SUDOERS
rm /etc/sudoers.d/opsconsole-lab
echo 'ops:lab-Sudo-pw1' | chpasswd

# The lab's hosts all share one gateway address: a few wrong passwords must not lock out the rest.
echo 'PerSourcePenalties no' >/etc/ssh/sshd_config.d/05-opsconsole-lab.conf
