"""Disk throughput, utilisation and latency from /proc/diskstats (kernel: admin-guide/iostats).

Totals count whole physical disks by name: a partition, a device-mapper or a RAID device carries the bytes
of a disk that counts already. Where no such name exists (an old Xen guest has only `xvda1`), every device
that is no loop, ram, device-mapper or RAID device counts.
"""

from __future__ import annotations

import re

from opsconsole.data.text import clean_line
from opsconsole.panels.resources.blocks import rate
from opsconsole.panels.resources.network import Counters
from opsconsole.panels.resources.reading import Disk

_SECTOR_BYTES = 512  # Of /proc/diskstats, whatever the device's own sector is.
_PHYSICAL = rb"(?:sd|vd|xvd|hd|dasd|ubd)[a-z]{1,4}|nvme\d+n\d+|(?:mmcblk|pmem|nbd|rbd|disk)\d+|cciss/c\d+d\d+"
# major minor name, reads merged sectors ms, writes merged sectors ms, …
_SECTORS = rb" \d{1,20} \d{1,20} (\d{1,20}) \d{1,20} \d{1,20} \d{1,20} (\d{1,20})"
# Each begins with the newline before its line: `^` is tried at every byte, which takes twice as long.
_COUNTED = re.compile(rb"\n *\d{1,6} +\d{1,8} (" + _PHYSICAL + rb")" + _SECTORS)
_FALLBACK = re.compile(
    rb"\n *\d{1,6} +\d{1,8} (?!loop|ram|zram|dm-|md|sr|fd)(\S{1,64})" + _SECTORS, re.MULTILINE
)
_FULL = re.compile(rb"^ *\d{1,6} +\d{1,8} (?!loop|ram|sr|fd)(\S{1,64})((?: \d{1,20}){8,11})", re.MULTILINE)


def counters(diskstats: bytes) -> Counters:
    """Return name, read and written sectors of each counted disk."""
    lines = b"\n" + diskstats
    found = _COUNTED.findall(lines) or _FALLBACK.findall(lines)
    return tuple((name, int(read), int(written)) for name, read, written in found)


def disks(now: bytes, before: bytes, seconds: float) -> tuple[Disk, ...]:
    """Return the whole devices that ever did anything, busiest first; rates are None without two samples."""
    earlier = dict(_FULL.findall(before))
    current = dict(_FULL.findall(now))
    found = [
        _disk(name, [int(field) for field in fields.split()], _earlier(earlier.get(name)), seconds)
        for name, fields in current.items()
        if not _is_partition(name, current) and fields.strip(b" 0")
    ]
    return tuple(sorted(found, key=lambda one: (-(one.utilisation_percent or 0.0), one.name)))


def _earlier(fields: bytes | None) -> list[int] | None:
    return [int(field) for field in fields.split()] if fields else None


def _is_partition(name: bytes, current: dict[bytes, bytes]) -> bool:
    """Whether the name is that of another device of the table with a number after it: sda1, nvme0n1p2."""
    stem = name.rstrip(b"0123456789")
    return stem != name and (stem in current or (stem.endswith(b"p") and stem[:-1] in current))


def _disk(name: bytes, now: list[int], before: list[int] | None, seconds: float) -> Disk:
    shown = clean_line(name, 64)
    if before is None or len(before) != len(now):
        return Disk(shown, None, None, None, None, None)
    read, written = rate(now[2], before[2], seconds), rate(now[6], before[6], seconds)
    # Fields 10 and 11 (ms with a request under way, the same weighted by their number) may be missing.
    busy_ms = rate(now[9], before[9], seconds) if len(now) > 9 else None
    queue_ms = rate(now[10], before[10], seconds) if len(now) > 10 else None
    requests = now[0] - before[0] + now[4] - before[4]
    waited_ms = now[3] - before[3] + now[7] - before[7]
    return Disk(
        name=shown,
        read_bytes_per_second=None if read is None else read * _SECTOR_BYTES,
        write_bytes_per_second=None if written is None else written * _SECTOR_BYTES,
        utilisation_percent=None if busy_ms is None else min(100.0, busy_ms / 10.0),
        await_ms=waited_ms / requests if requests > 0 and waited_ms >= 0 else None,
        queue=None if queue_ms is None else queue_ms / 1000.0,
    )
