#!/bin/sh
# dropbear in the foreground, with the host key as it is now.
set -eu
keys=/run/opsconsole-lab
mkdir -p /home/ops/.ssh
cp "$keys/authorized_keys" /home/ops/.ssh/
chmod 700 /home/ops/.ssh
chmod 600 /home/ops/.ssh/authorized_keys
chown -R ops:ops /home/ops/.ssh
dropbearconvert openssh dropbear "$keys/ssh_host_ed25519_key" "$keys/dropbear_key" 2>/dev/null
exec dropbear -F -E -s -P "$keys/sshd.pid" -r "$keys/dropbear_key" -p 22
