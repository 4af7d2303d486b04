"""What a running process has cost so far, from /proc."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cost:
    """CPU of a process and of its children that ended and were waited for, in seconds."""

    own: float
    children: float

    @property
    def total(self) -> float:
        """Both together."""
        return self.own + self.children


def cost(pid: int) -> Cost:
    """Return what a process has cost.

    Raises:
        OSError: There is no such process.
    """
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    user, system, children_user, children_system = (int(field) for field in fields[11:15])
    return Cost((user + system) / TICKS_PER_SECOND, (children_user + children_system) / TICKS_PER_SECOND)


def resident_mib(pid: int) -> float:
    """Return a process's resident memory in MiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def busy_seconds() -> float:
    """Return the CPU seconds that the whole machine has spent since its start."""
    fields = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / TICKS_PER_SECOND  # without idle and iowait


def descendants(pid: int) -> list[int]:
    """Return the process ids below a process, parents first."""
    below: dict[int, list[int]] = {}
    for other in _processes():
        try:
            parent = int(Path(f"/proc/{other}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # it ended meanwhile
        below.setdefault(parent, []).append(other)
    found = [pid]
    for one in found:
        found.extend(below.get(one, []))
    return found[1:]


def name(pid: int) -> str:
    """Return a process's short name, or nothing when it has ended."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def _processes() -> Iterable[int]:
    return (int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdigit())
