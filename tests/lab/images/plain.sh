#!/bin/sh
# Debian with sshd, the lab's users and the tools that the tests lean on; no systemd.
set -eu
export DEBIAN_FRONTEND=noninteractive

printf 'force-unsafe-io\n' >/etc/dpkg/dpkg.cfg.d/opsconsole-lab
printf 'APT::Install-Recommends "false";\nAcquire::Languages "none";\n' >/etc/apt/apt.conf.d/opsconsole-lab
printf 'Acquire::Check-Valid-Until "false";\n' >>/etc/apt/apt.conf.d/opsconsole-lab
apt-get update -qq
apt-get install -y -qq bash ca-certificates curl iproute2 iptables iputils-ping less lsof \
    netcat-openbsd openssh-server openssh-client procps psmisc sudo
rm -rf /var/lib/apt/lists/* /etc/ssh/ssh_host_*

useradd -m -s /bin/bash ops
useradd -m -s /bin/sh plain
useradd -m -s /bin/sh pw
useradd -m -s /bin/sh kbd
useradd -m -s /bin/bash pwsudo
usermod -aG adm ops
chpasswd <<'PASSWORDS'
pw:lab-Login-pw1
kbd:lab-Login-pw1
pwsudo:lab-Sudo-pw1
PASSWORDS

cat >/etc/sudoers.d/opsconsole-lab <<'SUDOERS'
ops ALL=(ALL:ALL) NOPASSWD: ALL
pwsudo ALL=(ALL:ALL) ALL
SUDOERS
chmod 0440 /etc/sudoers.d/opsconsole-lab
# Without CAP_SYS_RESOURCE pam_limits cannot raise again what sudo lowered, and would log an error.
printf 'Set disable_coredump false\n' >>/etc/sudo.conf
printf 'LANG=C.UTF-8\n' >/etc/default/locale

cat >/etc/ssh/sshd_config.d/10-opsconsole-lab.conf <<'SSHD'
HostKey /run/opsconsole-lab/ssh_host_ed25519_key
PidFile /run/opsconsole-lab/sshd.pid
AuthorizedKeysFile /run/opsconsole-lab/authorized_keys
TrustedUserCAKeys /run/opsconsole-lab/ca.pub
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin no
UseDNS no
Match User pw
    PasswordAuthentication yes
    AuthenticationMethods password
Match User kbd
    KbdInteractiveAuthentication yes
    AuthenticationMethods keyboard-interactive
SSHD
