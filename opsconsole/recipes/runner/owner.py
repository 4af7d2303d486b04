"""Which console drives a run, and whether it still does.

A console that was killed says nothing more. On its own machine that can be told for certain: its process is
gone, or another has its number. From another machine only the silence of the lock on the host tells
(`lock.SILENCE_SECONDS`).
"""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self

_DRIVEN_HERE: set[str] = set()
_DEAD = frozenset({b"Z", b"X"})


@dataclass(frozen=True, slots=True)
class Owner:
    """The process of a console.

    Attributes:
        machine: Name of its machine.
        boot: That machine's boot, where it says so.
        pid: Its process id.
        started: When it began, as its system counts: tells it from a later one of that id.
    """

    machine: str
    boot: str
    pid: int
    started: int

    @classmethod
    def here(cls) -> Self:
        """Return this process."""
        return cls(platform.node(), _boot_id(), os.getpid(), _started(os.getpid()) or 0)

    @classmethod
    def read(cls, body: Any) -> Self | None:
        """Return what `body` made; None: it is none."""
        if not isinstance(body, dict):
            return None
        machine, boot, pid, started = (body.get(name) for name in ("machine", "boot", "pid", "started"))
        if isinstance(machine, str) and isinstance(pid, int) and isinstance(started, int):
            return cls(machine, str(boot or ""), pid, started)
        return None

    def body(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {"machine": self.machine, "boot": self.boot, "pid": self.pid, "started": self.started}

    def is_alive(self, run_id: str) -> bool | None:
        """Return whether it still drives the run; None: it is on another machine, nobody knows."""
        here = Owner.here()
        if self.machine != here.machine:
            return None
        if self.boot != here.boot:
            return False
        if (self.pid, self.started) == (here.pid, here.started):
            return run_id in _DRIVEN_HERE
        return _started(self.pid) == self.started


def drive(run_id: str) -> None:
    """Note that this process drives a run."""
    _DRIVEN_HERE.add(run_id)


def leave(run_id: str) -> None:
    """Note that it does not any more."""
    _DRIVEN_HERE.discard(run_id)


def driven_here(run_id: str) -> bool:
    """Whether this process drives a run."""
    return run_id in _DRIVEN_HERE


def _started(pid: int) -> int | None:
    """Return when a process began, in the system's own count; None: there is none of that id, or it is dead.

    A dead one stays listed until its parent asks for it, and in many a container nobody ever does.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
        fields = stat.rpartition(b")")[2].split()  # from field 3 on; the name before may hold anything
        return None if fields[0] in _DEAD else int(fields[19])
    except (OSError, IndexError, ValueError):
        if Path("/proc/self/stat").exists():
            return None
    import psutil

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else round(process.create_time() * 100)
    except psutil.Error:
        return None


@cache
def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""
