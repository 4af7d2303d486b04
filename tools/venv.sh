#!/bin/sh
# Make the virtual environment $1; on Debian, where ensurepip is a package of its own, install that first.
set -eu
venv=$1
python=${PYTHON:-python3}
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "opsconsole needs Python 3.11 or newer; $python is $("$python" -V 2>&1). Set PYTHON=…" >&2
    exit 1
fi
[ -x "$venv/bin/pip" ] && exit 0
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq && apt-get -o DPkg::Lock::Timeout=300 install -y -qq python3-venv >/dev/null
    else
        echo "python3-venv is missing: install it (apt-get install python3-venv) and try again" >&2
        exit 1
    fi
fi
"$python" -m venv "$venv"
