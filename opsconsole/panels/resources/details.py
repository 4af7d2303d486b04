"""The tables that are only made when somebody looks: from the raw text of the last two samples."""

from __future__ import annotations

from functools import cached_property

from opsconsole.panels.resources import cpu, disks, network
from opsconsole.panels.resources.reading import Core, Disk, Interface


class Raw:
    """What the tables need of one sample, as bytes: small, and cheap to keep for a thousand hosts."""

    __slots__ = ("cpu", "disks", "network")

    def __init__(self, stat: bytes, diskstats: bytes, net_dev: bytes) -> None:
        # The `intr` line has a number for each interrupt of the machine: thousands on a large one.
        end = stat.find(b"\nintr")
        self.cpu = stat if end < 0 else stat[: end + 1]
        self.disks = diskstats
        self.network = net_dev


class RawDetails:
    """The tables between two samples `seconds` apart; without an earlier one their rates are None."""

    def __init__(self, now: Raw, before: Raw | None, seconds: float) -> None:
        self._now = now
        self._before = before or Raw(b"", b"", b"")
        self._seconds = seconds

    @cached_property
    def cores(self) -> tuple[Core, ...]:
        """Per core, in the kernel's order."""
        return cpu.cores(self._now.cpu, self._before.cpu)

    @cached_property
    def disks(self) -> tuple[Disk, ...]:
        """Per whole disk, busiest first."""
        return disks.disks(self._now.disks, self._before.disks, self._seconds)

    @cached_property
    def interfaces(self) -> tuple[Interface, ...]:
        """Per interface but lo, busiest first."""
        return network.interfaces(self._now.network, self._before.network, self._seconds)
