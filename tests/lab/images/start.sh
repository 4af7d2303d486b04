#!/bin/sh
# First process of every lab host: puts the host's keys where sshd looks, then becomes "$@".
set -eu
from=/etc/opsconsole-lab
to=/run/opsconsole-lab
mkdir -p "$to" /run/sshd
chmod 755 "$to" /run/sshd
for name in "$from"/*; do
    case $name in *_key.pub) ;; *) cp "$name" "$to/" ;; esac
done
chmod 644 "$to"/*
chmod 600 "$to"/ssh_host_*_key
chown root:root "$to"/*
[ $# -eq 0 ] || exec "$@"
