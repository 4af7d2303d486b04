"""Writers that hold deleted logs open, and the signal by which each opens its logs anew."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from opsconsole.recipes.log_rotation.names import show
from opsconsole.recipes.log_rotation.opened import Opened, OpenFile, Process
from opsconsole.recipes.log_rotation.options import Options
from opsconsole.recipes.paths import escape, unescape

# Program -> signal upon which it opens its logs anew, to its first process: nginx(8) and
# nginx.org/en/docs/control.html; httpd.apache.org/docs/2.4/stopping.html (graceful); rsyslogd(8);
# syslog-ng(8); lighttpd's init script; php-fpm(8); dnsmasq(8); doveadm-log-reopen(1); unbound(8) reload;
# supervisord's signals; chronyd has none.
KNOWN: Mapping[str, str] = {
    "nginx": "USR1",
    "apache2": "USR1",
    "httpd": "USR1",
    "rsyslogd": "HUP",
    "syslog-ng": "HUP",
    "lighttpd": "HUP",
    "dnsmasq": "USR2",
    "dovecot": "USR1",
}
_PLACES = (b"/usr/", b"/opt/", b"/sbin/", b"/bin/")


@dataclass(frozen=True, slots=True)
class Reopen:
    """A signal that a plan sends.

    Attributes:
        signal: Its name without SIG.
        pid: The process.
        start: When it began, in ticks since boot.
        program: What it runs.
        who: For a person.
    """

    signal: str
    pid: int
    start: int
    program: bytes
    who: str

    @property
    def line(self) -> str:
        """As `release.sh` reads it."""
        return f"{self.signal} {self.pid} {self.start} {escape(self.program)}"


def of_line(line: str, who: str) -> Reopen:
    """Return what a `Reopen.line` says."""
    signal, pid, start, program = line.split(" ")
    return Reopen(signal, int(pid), int(start), unescape(program), who)


@dataclass(frozen=True, slots=True)
class Deleted:
    """A file without a name that takes space because processes hold it.

    Attributes:
        device: st_dev.
        inode: st_ino.
        allocated_bytes: What comes back when all let go.
        path: Its last name.
        holders: For a person.
        reopen: The signals that make all of them let go; empty: not every one is known to.
        advice: What a person can do where there is no signal.
    """

    device: int
    inode: int
    allocated_bytes: int
    path: bytes
    holders: tuple[str, ...]
    reopen: tuple[Reopen, ...]
    advice: str

    @property
    def shown(self) -> str:
        """Its last path, for a person."""
        return show(self.path)


def signal_of(process: Process, options: Options) -> str | None:
    """Return the signal upon which a process opens its logs anew, or None."""
    program = os.fsdecode(process.program)
    wanted = options.reopen.get(process.unit) or options.reopen.get(program)
    if wanted:
        return wanted
    # Only what the system installed is believed to be what its name says.
    return KNOWN.get(os.path.basename(program)) if process.program.startswith(_PLACES) else None


def main_process(process: Process, opened: Opened) -> Process:
    """Return the first process of its program: workers let go when their master tells them."""
    parent = opened.processes.get(process.parent)
    return parent if parent is not None and parent.program == process.program else process


def deleted(opened: Opened, options: Options) -> list[Deleted]:
    """Return the deleted files that lay below the options' paths, largest first."""
    found = []
    for (device, inode), holders in opened.holders().items():
        one = holders[0]
        if one.links or not any(one.path.startswith(root + b"/") for root in options.paths):
            continue
        found.append(_deleted(device, inode, holders, opened, options))
    return sorted(found, key=lambda one: (-one.allocated_bytes, one.device, one.inode))


def _deleted(device: int, inode: int, holders: list[OpenFile], opened: Opened, options: Options) -> Deleted:
    processes = {one.pid: opened.processes.get(one.pid) for one in holders}
    signals: dict[int, Reopen] = {}
    stuck = ""
    for pid, process in processes.items():
        if process is None:
            stuck = f"process {pid}"
            continue
        signal = signal_of(process, options)
        if signal is None:
            stuck = f"restart {process.unit}" if process.unit else f"restart {process.shown}"
            continue
        main = main_process(process, opened)
        signals[main.pid] = Reopen(signal, main.pid, main.start, main.program, process.shown)
    shown = tuple(process.shown if process else f"process {pid}" for pid, process in processes.items())
    size = max(one.allocated_bytes for one in holders)
    reopen = () if stuck else tuple(signals[pid] for pid in sorted(signals))
    return Deleted(device, inode, size, holders[0].path, shown, reopen, stuck)
