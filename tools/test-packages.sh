#!/bin/sh
# Debian packages that the tests use on this machine: tmux drives the console as a person would,
# openssh-client and openssh-server are the real SSH to compare with, openssl makes certificates and reads ours,
# the others are the shells that a host may have.
set -eu
missing=""
command -v tmux >/dev/null || missing="$missing tmux"
command -v ssh >/dev/null || missing="$missing openssh-client"
for shell in busybox fish tcsh zsh; do
    command -v "$shell" >/dev/null || missing="$missing $shell"
done
command -v openssl >/dev/null || missing="$missing openssl"
[ -x /usr/sbin/sshd ] || missing="$missing openssh-server"
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends $missing >/dev/null
else
    echo "the tests need these packages:$missing" >&2
    exit 1
fi
