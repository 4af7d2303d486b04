#!/bin/sh
# What `make bench` measures beside opsconsole: Debian's packages, and peers.txt in a venv ($1) of their own.
# A peer that cannot be installed is no error here: the table says `not available` and why.
set -eu
venv=$1
here=$(cd "$(dirname "$0")" && pwd)
peers=$here/../tests/bench/peers.txt

missing=""
command -v clush >/dev/null || missing="$missing clustershell"
command -v parallel-ssh >/dev/null || missing="$missing pssh"
[ -x /usr/sbin/sshd ] || missing="$missing openssh-server"
command -v prometheus-node-exporter >/dev/null || missing="$missing prometheus-node-exporter"
if [ -n "$missing" ]; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq || true
        for package in $missing; do
            # Nothing may start by itself: the bench starts what it measures.
            DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "$package" \
                >/dev/null 2>&1 || echo "bench: $package cannot be installed" >&2
        done
    else
        echo "bench: not installed (needs root on Debian):$missing" >&2
    fi
fi

if [ ! -f "$venv/.installed" ] || [ "$peers" -nt "$venv/.installed" ]; then
    "$here/venv.sh" "$venv"
    echo '*' >"$venv/.gitignore"
    grep -v '^#' "$peers" | while read -r peer; do
        "$venv/bin/pip" install --quiet --disable-pip-version-check "$peer" ||
            echo "bench: $peer cannot be installed" >&2
    done
    touch "$venv/.installed"
fi
