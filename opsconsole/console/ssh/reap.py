"""Ends every process that a command left behind on a host, found by the marker in its environment."""

from __future__ import annotations

from opsconsole.console.ssh.wire import MARKER, script_argv

# $1 is the nonce. It is in the argv of this script but not in its environment, so it does not find itself.
# Each process gets TERM once; what is still there after a second gets KILL, until nothing is found twice: a
# process in the midst of its exec has no environment for a moment, and what was forked since counts too.
# GNU `grep -l` over all environments is one process, however many there are on the host; BusyBox's stops at
# the first NUL of each file, so there they are looked at one by one.
_SCRIPT = rf"""
case $(grep --version 2>/dev/null) in
  *GNU*) find_left() {{ grep -lsF '{MARKER}='"$1" /proc/[0-9]*/environ 2>/dev/null; }} ;;
  *) find_left() {{
       for file in /proc/[0-9]*/environ; do
         [ -r "$file" ] && tr '\0' '\n' 2>/dev/null < "$file" | grep -qxF '{MARKER}='"$1" && echo "$file"
       done
     }} ;;
esac
told=' '; empty=0; round=0
while [ $round -lt 40 ]; do
  round=$((round + 1))
  left=$(find_left "$1")
  if [ -z "$left" ]; then
    empty=$((empty + 1))
    [ $empty -lt 2 ] || exit 0
  else
    empty=0
    for path in $left; do
      pid=${{path#/proc/}}
      pid=${{pid%/environ}}
      if [ $round -gt 10 ]; then kill -KILL "$pid" 2>/dev/null; continue; fi
      case "$told" in *" $pid "*) continue ;; esac
      told="$told$pid "
      kill -TERM "$pid" 2>/dev/null
    done
  fi
  sleep 0.1 2>/dev/null || sleep 1
done
exit 1
"""


def reap_argv(nonce: str) -> list[str]:
    """Return the argv that ends all processes carrying `nonce`; exit status 0 when none is left.

    Needs /proc. It sees only processes whose environment the user may read: run it with sudo for a command
    that ran with sudo.
    """
    return script_argv(_SCRIPT, nonce)
