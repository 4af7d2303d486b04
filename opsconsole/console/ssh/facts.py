"""What a host says of itself: one command, and the parser of its answer."""

from __future__ import annotations

import sys

from opsconsole.console.ssh.wire import script_argv
from opsconsole.data.host import Facts
from opsconsole.data.text import clean_line

FACTS_LIMIT_BYTES = 16 * 1024
FACTS_DEADLINE_SECONDS = 15.0

# One `key=value` line each; what a host lacks is an empty value. `timeout` is told apart by its own answer:
# GNU has --version, new BusyBox (>= 1.30) takes `SECS PROG`, old BusyBox wants `-t SECS PROG`.
_SCRIPT = r"""
echo "os=$( . /etc/os-release 2>/dev/null; echo "$PRETTY_NAME" )"
echo "kernel=$(uname -sr 2>/dev/null)"
echo "architecture=$(uname -m 2>/dev/null)"
read -r boot_id 2>/dev/null < /proc/sys/kernel/random/boot_id
echo "boot_id=$boot_id"
echo "user=$(id -un 2>/dev/null)"
uid=$(id -u 2>/dev/null)
echo "uid=$uid"
[ -r /proc/stat ] && echo "proc=yes"
[ -d /run/systemd/system ] && echo "systemd=yes"
case $(timeout --version 2>/dev/null) in
  *GNU*|*coreutils*) echo "timeout=gnu" ;;
  *) if timeout -k 1 5 true 2>/dev/null; then echo "timeout=busybox"
     elif timeout -t 5 true 2>/dev/null; then echo "timeout=busybox-t"; fi ;;
esac
if [ "$uid" = 0 ] || { [ "$1" = sudo ] && sudo -n true 2>/dev/null; }; then echo "sudo=yes"; fi
"""


def facts_argv(*, probe_sudo: bool) -> list[str]:
    """Return the argv whose output `parse_facts` reads. It changes nothing.

    Args:
        probe_sudo: Try `sudo -n true`. A refusal is logged on the host and may be mailed to its
            administrator, so it is not tried where the policy says never.
    """
    return script_argv(_SCRIPT, "sudo" if probe_sudo else "")


def parse_facts(raw: bytes) -> Facts:
    """Return what `raw` says, cleaned and bounded; whatever is missing or senseless is left unknown."""
    values: dict[str, str] = {}  # interned: a thousand hosts say much the same
    for line in raw[:FACTS_LIMIT_BYTES].split(b"\n"):
        key, separator, value = line.partition(b"=")
        name = key.decode("ascii", "replace")
        if separator and name not in values:
            values[name] = sys.intern(clean_line(value, 256))
    uid = values.get("uid", "")
    style = values.get("timeout", "none")
    return Facts(
        os_name=values.get("os", ""),
        kernel=values.get("kernel", ""),
        architecture=values.get("architecture", ""),
        boot_id=values.get("boot_id", ""),
        user=values.get("user", ""),
        user_id=int(uid) if uid.isascii() and uid.isdigit() and len(uid) <= 10 else None,
        has_systemd=values.get("systemd") == "yes",
        has_proc=values.get("proc") == "yes",
        timeout_style=style if style in {"gnu", "busybox", "busybox-t"} else "none",
        sudo_ready=values.get("sudo") == "yes",
    )
