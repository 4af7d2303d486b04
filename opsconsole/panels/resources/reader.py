"""Puts the sections of one host together into a reading."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from operator import attrgetter
from typing import Any

from opsconsole.panels.panel import SectionOutput
from opsconsole.panels.resources import filesystems
from opsconsole.panels.resources.blocks import split_blocks
from opsconsole.panels.resources.fast import FastReader
from opsconsole.panels.resources.kernel import KernelReader
from opsconsole.panels.resources.processes import ProcessReader
from opsconsole.panels.resources.reading import FileSystem, ResourcesReading, Unread
from opsconsole.panels.resources.trend import Trend

SERIES = (
    "cpu_percent",
    "memory_used_percent",
    "load_1",
    "network_rx_bytes_per_second",
    "network_tx_bytes_per_second",
    "disk_read_bytes_per_second",
    "disk_write_bytes_per_second",
)
USED_BYTES = "filesystem_used_bytes:"
_MOST_FILESYSTEM_SERIES = 20
_FIELDS = tuple(field.name for field in fields(ResourcesReading))
_VALUES = attrgetter(*_FIELDS)


class ResourcesReader:
    """Reads one host's sections into `ResourcesReading`s (see `panel.Reader`).

    What a section does not bring is taken from the last reading: it is kept anyway, and no dictionary beside
    it need be, of a thousand hosts.
    """

    def __init__(self) -> None:
        self._fast = FastReader()
        self._kernel = KernelReader()
        self._processes = ProcessReader()
        self._trends: dict[str, Trend] = {}
        self._reading: ResourcesReading | None = None
        self._unread: dict[str, tuple[Unread, ...]] = {}
        self._told_filesystems_of: datetime | None = None

    def seed(self, name: str, samples: Iterable[tuple[datetime, float]]) -> None:
        """Take earlier values of a series from the history, oldest first, so that trends need not wait.

        Only `filesystem_used_bytes:MOUNT` is of use; others are ignored.
        """
        if name.startswith(USED_BYTES):
            trend = self._trends.setdefault(name.removeprefix(USED_BYTES), Trend())
            for taken_at, used_bytes in samples:
                trend.add(taken_at.timestamp(), used_bytes)

    def read(
        self, sections: Mapping[str, SectionOutput], taken_at: datetime, observed: object | None = None
    ) -> ResourcesReading:
        """Return the reading with these sections in it; the other parts stay as they were."""
        values = {} if self._reading is None else dict(zip(_FIELDS, _VALUES(self._reading), strict=True))
        values["taken_at"] = taken_at
        if "once" in sections:
            self._processes.set_units(sections["once"].text)
        fast = sections.get("fast")
        if fast is not None:
            found, unread = self._fast.read(fast.text, taken_at)
            values.update(found)
            self._tell(values, "fast", unread)
        if "medium" in sections:
            values.update(self._kernel.read(sections["medium"].text, self._processes.page_bytes))
            known = values["tcp_sockets"] is not None or values["oom_kills"] is not None
            self._tell(
                values, "medium", () if known else (Unread("TCP and vmstat", "nothing was understood"),)
            )
        if "focus" in sections:
            table = self._processes.read(sections["focus"].text, taken_at)
            values["processes"] = table
            self._tell(
                values, "focus", () if table else (Unread("processes", "/proc/PID/stat was not understood"),)
            )
        elif (sized := self._processes.sized()) is not None:
            values["processes"] = sized
        if "slow" in sections:
            self._read_filesystems(values, sections["slow"], taken_at)
        self._reading = ResourcesReading(**values)
        return self._reading

    def series(self, reading: ResourcesReading) -> Mapping[str, float]:
        """Return the values worth a history; those of file systems only once after each df."""
        found = {}
        for name in SERIES:
            value = getattr(reading, name)
            if value is not None:
                found[name] = value
        if reading.filesystems_taken_at != self._told_filesystems_of:
            self._told_filesystems_of = reading.filesystems_taken_at
            for filesystem in reading.filesystems[:_MOST_FILESYSTEM_SERIES]:
                found[USED_BYTES + filesystem.mount] = float(filesystem.used_bytes)
        return found

    def _tell(self, values: dict[str, Any], section: str, unread: tuple[Unread, ...]) -> None:
        if unread != self._unread.get(section, ()):
            self._unread[section] = unread
            values["unread"] = tuple(one for part in self._unread.values() for one in part)

    def _read_filesystems(self, values: dict[str, Any], output: SectionOutput, taken_at: datetime) -> None:
        blocks = split_blocks(output.text)
        spaces, silent, lost, more = filesystems.parse(blocks)
        now = taken_at.timestamp()
        found = []
        for space in spaces:
            trend = self._trends.setdefault(space.mount, Trend())
            trend.add(now, space.used_bytes)
            found.append(_filesystem(space, trend.grows_bytes_per_hour(), taken_at))
        if (
            len(self._trends) > 2 * filesystems.MOST
        ):  # Mounts come and go; a df that failed once forgets none.
            kept = {space.mount for space in spaces}
            self._trends = {mount: trend for mount, trend in self._trends.items() if mount in kept}
        values["filesystems"] = tuple(found)
        values["filesystems_taken_at"] = taken_at
        unread = [Unread(mount, "does not answer (df timed out)") for mount in silent]
        if not blocks:
            unread.append(
                Unread("file systems", "df and the table of mounts said nothing that was understood")
            )
        elif not spaces and not silent and blocks.get(b"mounts", b"").strip():
            unread.append(Unread("file systems", "df said nothing that was understood"))
        else:
            unread += [Unread(mount, "df could not read it") for mount in lost]
        if more:
            unread.append(
                Unread("further file systems", f"{more} more than the {filesystems.MOST} that are read")
            )
        self._tell(values, "slow", tuple(unread))


def _filesystem(space: filesystems.Space, growth: float | None, taken_at: datetime) -> FileSystem:
    return FileSystem(
        mount=space.mount,
        device=space.device,
        type=space.type,
        size_bytes=space.size_bytes,
        used_bytes=space.used_bytes,
        available_bytes=space.available_bytes,
        used_percent=space.used_percent,
        inodes=space.inodes,
        inodes_used_percent=space.inodes_used_percent,
        read_only=space.read_only,
        grows_bytes_per_hour=growth,
        full_in_seconds=space.available_bytes * 3600.0 / growth if growth else None,
        taken_at=taken_at,
    )
