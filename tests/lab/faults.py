"""Faults that tests inflict on lab hosts, each with its cure.

Every fault has a plain pair (`stop_sshd`, `start_sshd`) and a context manager (`sshd_stopped`) that
cures it in any case. All are idempotent. While one process has a host broken, another that wants to break
it waits. `restore_all` cures whatever an earlier run left behind: what is broken is read off the hosts.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

from . import altered, claims, containers, images, reach, state
from .engine import docker, run
from .hosts import HOSTS, Host, find
from .reach import shell, wait

execute = reach.execute
"""Run a command on a host, past SSH and its network: `execute("web1", ["id"], user="ops")`."""

KEYS = "/run/opsconsole-lab"
STOPPED = f"{KEYS}/stopped"
DROPPING = f"{KEYS}/dropping"
FAILING_UNIT = "opsconsole-lab-fail.service"
ERROR_LINE = "opsconsole-lab-fail: cannot open /nonexistent/orders.db: No such file or directory"
"""The error-level line that the failing unit prints."""

_RULES = ("INPUT ! -i lo -j DROP", "OUTPUT ! -o lo -j DROP")
_UNIT_FILE = f"/run/systemd/system/{FAILING_UNIT}"
_UNIT = f"""[Unit]
Description=Lab unit that fails on purpose
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'echo "reading orders"; echo "<3>{ERROR_LINE}"; echo "giving up"; exit 3'
"""
_END_LISTENER = f"""
if pid=$(cat {KEYS}/sshd.pid 2>/dev/null); then
    rm -f {KEYS}/sshd.pid
    kill "$pid" 2>/dev/null
    while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
fi
"""


InflictedT = TypeVar("InflictedT")


@contextmanager
def _for_a_while(
    host: str, fault: str, inflict: Callable[[], InflictedT], cure: Callable[[str], None]
) -> Iterator[InflictedT]:
    """Inflict, and cure in any case: but only who has the host, or another's fault would be cured."""
    claims.claim(host, fault)
    try:
        yield inflict()  # claims too, for who calls it by itself: what one has is not waited for
    finally:
        cure(host)


def _systemd(name: str) -> Host:
    host = find(name)
    if host.main != "systemd":
        raise ValueError(f"{name} has no systemd")
    return host


def _restart_sshd(host: Host) -> None:
    if host.main == "systemd":
        shell(host, "systemctl reset-failed ssh; systemctl restart ssh")
    else:
        shell(host, _END_LISTENER)
    wait(f"sshd of {host.name}", lambda: containers.listens(host))


def stop_sshd(host: str, *, sessions: bool = False) -> None:
    """Stop the ssh daemon: new connections are refused.

    Args:
        host: Name of the lab host.
        sessions: End the connections that are open, too; else they live on, as on a real host.
    """
    claims.claim(host, "stopped")
    target = find(host)
    if target.main == "systemd":
        shell(target, "systemctl stop ssh")
    else:
        shell(target, f"touch {STOPPED}; {_END_LISTENER}")
    if sessions:
        # Debian's BusyBox has no pkill.
        ending = ["killall", "-KILL", "dropbear"] if target.main == "dropbear" else ["pkill", "-KILL", "sshd"]
        execute(host, ending)


def start_sshd(host: str) -> None:
    """Start the ssh daemon and wait until it greets.

    Args:
        host: Name of the lab host.
    """
    target = find(host)
    if target.main == "systemd":
        shell(target, "systemctl reset-failed ssh; systemctl start ssh")
    else:
        shell(target, f"rm -f {STOPPED}")
    wait(f"sshd of {host}", lambda: containers.listens(target))
    claims.release(host, "stopped")


def sshd_stopped(host: str, *, sessions: bool = False) -> AbstractContextManager[None]:
    """Have the ssh daemon stopped for a while.

    Args:
        host: Name of the lab host.
        sessions: End the connections that are open, too.
    """
    return _for_a_while(host, "stopped", partial(stop_sshd, host, sessions=sessions), start_sshd)


def change_host_key(host: str) -> str:
    """Give a host a new host key, as after a reinstallation or with somebody in the middle.

    Args:
        host: Name of the lab host.

    Returns:
        The new public key in OpenSSH's format.
    """
    claims.claim(host, "key")
    target = find(host)
    with tempfile.TemporaryDirectory() as folder:
        key = Path(folder) / "key"
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", f"changed {host}", "-f", key])
        private, public = key.read_text(), key.with_suffix(".pub").read_text()
    shell(target, f"umask 077; cat >{KEYS}/{state.HOST_KEY}", stdin=private)
    _restart_sshd(target)
    return public.strip()


def restore_host_key(host: str) -> None:
    """Give a host its own host key back.

    Args:
        host: Name of the lab host.
    """
    target = find(host)
    shell(target, f"umask 077; cat /etc/opsconsole-lab/{state.HOST_KEY} >{KEYS}/{state.HOST_KEY}")
    _restart_sshd(target)
    claims.release(host, "key")


def host_key_changed(host: str) -> AbstractContextManager[str]:
    """Have another host key for a while.

    Args:
        host: Name of the lab host.

    Returns:
        For `with`: the new public key.
    """
    return _for_a_while(host, "key", partial(change_host_key, host), restore_host_key)


def _firewall(host: Host, script: str) -> None:
    if host.main != "dropbear":
        shell(host, script)
        return
    # No iptables on that host: borrow another image's, in the host's network.
    words = ["run", "--rm", "--network", f"container:{host.container}", "--cap-add", "NET_ADMIN"]
    docker(*words, "--entrypoint", "sh", images.tag("plain"), "-c", script)


def drop_packets(host: str) -> None:
    """Drop every packet to and from a host silently, open connections included.

    Where docker-proxy publishes the ports (`ports_by_nat` is false in inventory.json) it still accepts
    connections on the host's behalf, and then nothing comes.

    Args:
        host: Name of the lab host.
    """
    claims.claim(host, "dropping")
    script = "".join(f"iptables -w -C {rule} 2>/dev/null || iptables -w -I {rule}\n" for rule in _RULES)
    target = find(host)
    shell(target, f"touch {DROPPING}")
    _firewall(target, f"set -e\n{script}")


def restore_packets(host: str) -> None:
    """Let packets through again.

    Args:
        host: Name of the lab host.
    """
    target = find(host)
    script = "".join(f"while iptables -w -D {rule} 2>/dev/null; do :; done\n" for rule in _RULES)
    _firewall(target, script)
    shell(target, f"rm -f {DROPPING}")
    claims.release(host, "dropping")


def packets_dropped(host: str) -> AbstractContextManager[None]:
    """Have every packet dropped for a while.

    Args:
        host: Name of the lab host.
    """
    return _for_a_while(host, "dropping", partial(drop_packets, host), restore_packets)


def freeze(host: str) -> None:
    """Stop every process of a host: its kernel still accepts connections, but nobody answers.

    Args:
        host: Name of the lab host.
    """
    claims.claim(host, "frozen")
    if _state(find(host)) != "paused":
        docker("pause", find(host).container)


def thaw(host: str) -> None:
    """Let the processes of a host go on.

    Args:
        host: Name of the lab host.
    """
    if _state(find(host)) == "paused":
        docker("unpause", find(host).container)
    claims.release(host, "frozen")


def frozen(host: str) -> AbstractContextManager[None]:
    """Have every process of a host stopped for a while.

    Args:
        host: Name of the lab host.
    """
    return _for_a_while(host, "frozen", partial(freeze, host), thaw)


def _state(host: Host) -> str:
    return docker("inspect", "--format", "{{.State.Status}}", host.container).stdout.strip()


def kill_container(host: str) -> None:
    """Kill every process of a host; its kernel still says goodbye (for silence `drop_packets` first).

    Args:
        host: Name of the lab host.
    """
    claims.claim(host, "killed")
    if _state(find(host)) != "exited":
        docker("kill", find(host).container)


def start_container(host: str) -> None:
    """Start a host again and wait until it is healthy.

    Args:
        host: Name of the lab host.
    """
    target = find(host)
    docker("start", target.container)
    containers.await_ready(target)
    for fault in ("killed", "stopped", "key", "dropping", "unit"):  # none outlives the power cut
        claims.release(host, fault)


def container_killed(host: str) -> AbstractContextManager[None]:
    """Have a host without power for a while.

    Args:
        host: Name of the lab host.
    """
    return _for_a_while(host, "killed", partial(kill_container, host), start_container)


def fail_unit(host: str) -> None:
    """Make a systemd unit fail on a host, after three lines, one of them at error level.

    Args:
        host: Name of a lab host with systemd.
    """
    claims.claim(host, "unit")
    target = _systemd(host)
    shell(target, f"cat >{_UNIT_FILE} && systemctl daemon-reload", stdin=_UNIT)
    execute(host, ["systemctl", "start", FAILING_UNIT])
    wait(f"{FAILING_UNIT} to fail", lambda: _unit_state(target) == "failed")


def _unit_state(host: Host) -> str:
    return execute(host.name, ["systemctl", "is-failed", FAILING_UNIT]).stdout.strip()


def clear_unit(host: str) -> None:
    """Take the failing unit away, and what it wrote to the journal.

    Args:
        host: Name of a lab host with systemd.
    """
    target = _systemd(host)
    script = f"systemctl reset-failed {FAILING_UNIT} 2>/dev/null; rm -f {_UNIT_FILE}; systemctl daemon-reload"
    shell(target, script)
    forget_journal(host)
    claims.release(host, "unit")


def unit_failing(host: str) -> AbstractContextManager[None]:
    """Have a failed unit for a while.

    Args:
        host: Name of a lab host with systemd.
    """
    return _for_a_while(host, "unit", partial(fail_unit, host), clear_unit)


def forget_journal(host: str) -> None:
    """Empty a host's journal, so that errors of one test are not found by the next.

    Args:
        host: Name of a lab host with systemd.
    """
    shell(_systemd(host), "journalctl --quiet --rotate; rm -f /var/log/journal/*/*@*.journal*")


_PROBE = f"""
cmp -s /etc/opsconsole-lab/{state.HOST_KEY} {KEYS}/{state.HOST_KEY} || echo key
[ ! -e {STOPPED} ] || echo stopped
[ ! -e {DROPPING} ] || echo dropping
[ ! -e {_UNIT_FILE} ] || echo unit
! command -v systemctl >/dev/null || systemctl is-active --quiet ssh || echo stopped
"""


def restore(host: str) -> list[str]:
    """Cure every fault of a host, unless another living process has it broken on purpose.

    Args:
        host: Name of the lab host.

    Returns:
        What was wrong.
    """
    if claims.taken(host):
        return []
    target = find(host)
    cured = []
    word = _state(target)
    if word == "paused":
        thaw(host)
        cured.append("frozen")
    elif word != "running":
        start_container(host)
        cured.append("killed")
    found = set(shell(target, _PROBE).split())
    cures = {"dropping": restore_packets, "stopped": start_sshd, "key": restore_host_key, "unit": clear_unit}
    for fault, cure in cures.items():
        if fault in found:
            cure(host)
            cured.append(fault)
    return cured + altered.mend(target)


def restore_all() -> dict[str, list[str]]:
    """Cure every fault of every host that no other living process has broken on purpose.

    Returns:
        What was wrong, by host; empty when nothing was.
    """
    with ThreadPoolExecutor(max_workers=4) as pool:
        cured = dict(zip(HOSTS, pool.map(restore, HOSTS), strict=True))
    return {name: faults for name, faults in cured.items() if faults}
