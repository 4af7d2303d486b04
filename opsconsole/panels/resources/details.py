"""The tables that are only made when somebody looks: from the raw text of the last two samples."""

from __future__ import annotations

import zlib
from functools import cached_property

from opsconsole.panels.resources import cpu, disks, network
from opsconsole.panels.resources.reading import Core, Disk, Interface

_Parts = tuple[bytes, bytes, bytes]


class Raw:
    """What the tables need of one sample, packed: two of each of a thousand hosts are kept.

    On a host of many cores or containers it is a tenth as large so, and packing it takes 5 to 10 µs.
    """

    __slots__ = ("_lengths", "_packed")

    def __init__(self, stat: bytes, diskstats: bytes, net_dev: bytes) -> None:
        # The `intr` line has a number for each interrupt of the machine: thousands on a large one.
        end = stat.find(b"\nintr")
        cpu = stat if end < 0 else stat[: end + 1]
        self._lengths = len(cpu), len(diskstats)
        self._packed = zlib.compress(cpu + diskstats + net_dev, 1)

    def parts(self) -> tuple[bytes, bytes, bytes]:
        """Return the lines of the CPU in /proc/stat, /proc/diskstats and /proc/net/dev."""
        whole = zlib.decompress(self._packed)
        cpu, disks = self._lengths
        return whole[:cpu], whole[cpu : cpu + disks], whole[cpu + disks :]


class RawDetails:
    """The tables between two samples `seconds` apart; without an earlier one their rates are None."""

    def __init__(self, now: Raw, before: Raw | None, seconds: float) -> None:
        self._raw = now, before
        self._seconds = seconds

    @cached_property
    def _samples(self) -> tuple[_Parts, _Parts]:
        now, before = self._raw
        return now.parts(), before.parts() if before is not None else (b"", b"", b"")

    @cached_property
    def cores(self) -> tuple[Core, ...]:
        """Per core, in the kernel's order."""
        (now, *_), (before, *_) = self._samples
        return cpu.cores(now, before)

    @cached_property
    def disks(self) -> tuple[Disk, ...]:
        """Per whole disk, busiest first."""
        (_, now, _), (_, before, _) = self._samples
        return disks.disks(now, before, self._seconds)

    @cached_property
    def interfaces(self) -> tuple[Interface, ...]:
        """Per interface but lo, busiest first."""
        (*_, now), (*_, before) = self._samples
        return network.interfaces(now, before, self._seconds)
