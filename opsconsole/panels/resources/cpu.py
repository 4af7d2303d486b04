"""Processor shares from two samples of /proc/stat (proc_pid_stat(5), and node_exporter's cpu_linux.go)."""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from typing import NamedTuple

from opsconsole.panels.resources.blocks import LARGEST
from opsconsole.panels.resources.reading import Core

# user, nice, system, idle, iowait, irq, softirq, steal: guest and guest_nice are already within user, nice.
Ticks = Sequence[int]
_FIELDS = 8
_LINE_BYTES = 300
_CORE = re.compile(rb"^cpu(\d{1,6}) ([\d ]{7,300})$", re.MULTILINE)
# Idle may step back by a little on its own; by over 3 s a core came or went (node_exporter's jump seconds).
_IDLE_JUMP_TICKS = 300


class Shares(NamedTuple):
    """Shares of the time between two samples, in percent."""

    busy: float
    user: float
    system: float
    iowait: float
    steal: float


def total_ticks(stat: bytes) -> Ticks | None:
    """Return the ticks of all cores together, from the first line of /proc/stat; packed to be kept."""
    end = stat.find(b"\n", 0, _LINE_BYTES)
    found = _ticks(stat[4:end]) if stat[:4] == b"cpu " and end > 0 else None
    return None if found is None else array("Q", found)


def _ticks(fields: bytes) -> Ticks | None:
    try:
        found = tuple(map(int, fields.split(None, _FIELDS)[:_FIELDS]))
    except ValueError:
        return None
    if len(found) < 4 or min(found) < 0 or max(found) >= LARGEST:
        return None
    return found if len(found) == _FIELDS else (*found, *(0,) * (_FIELDS - len(found)))


def shares(now: Ticks, before: Sequence[float]) -> Shares | None:
    """Return where the time went. A counter that stepped back counts as still; None after a reset."""
    if now[3] < before[3] - _IDLE_JUMP_TICKS:
        return None
    spent = [new - old if new > old else 0 for new, old in zip(now, before, strict=True)]
    total = sum(spent)
    if total <= 0:
        return None
    user, nice, system, idle, iowait, irq, softirq, steal = spent
    scale = 100.0 / total
    return Shares(
        (total - idle - iowait) * scale,
        (user + nice) * scale,
        (system + irq + softirq) * scale,
        iowait * scale,
        steal * scale,
    )


def core_count(stat: bytes) -> int | None:
    """Return how many cores are on line."""
    return stat.count(b"\ncpu", 0, 1 << 17) or None


def cores(now: bytes, before: bytes) -> tuple[Core, ...]:
    """Return the shares per core; None in each where there is no earlier sample of it."""
    earlier = dict(_CORE.findall(before))
    return tuple(_core(number, fields, earlier.get(number)) for number, fields in _CORE.findall(now))


def _core(number: bytes, fields: bytes, earlier: bytes | None) -> Core:
    now, before = _ticks(fields), _ticks(earlier) if earlier else None
    found = shares(now, before) if now and before else None
    return Core(f"cpu{number.decode()}", *(found or (None,) * 5))
