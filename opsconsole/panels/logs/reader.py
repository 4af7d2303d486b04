"""Puts the two sections of one host together into a reading."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from opsconsole.data.logrotate import Configuration, TooMuchError
from opsconsole.panels.frames import parts
from opsconsole.panels.logs import parse_rotation, parse_walk
from opsconsole.panels.logs.reader_host import HostSaid, read_host, unanswered
from opsconsole.panels.logs.reading import DeletedFile, DiskUse, LogsReading, Note, UncoveredLog
from opsconsole.panels.panel import SectionOutput

MOST_SHOWN = 50
_LOG_HOME = "/var/log/"
_NO_LOGS_OF_OURS = ("/var/lib/", "/usr/", "/boot/", "/proc/")  # a database's `000012.log` is its data


@dataclass(frozen=True, slots=True)
class _Walk:
    """What the `walk` section said."""

    disks: tuple[DiskUse, ...] | None = None
    taken_at: datetime | None = None
    logs: list[parse_rotation.LogFile] = field(default_factory=list)
    notes: tuple[Note, ...] = ()
    unread: tuple[Note, ...] = ()


class LogsReader:
    """One host's reader; see `panel.Reader`."""

    def __init__(self) -> None:
        self._host = HostSaid()
        self._walk = _Walk()

    def series(self, reading: LogsReading) -> Mapping[str, float]:
        """Return the values worth a history; only known ones."""
        values: dict[str, float] = {}
        if reading.journal_bytes is not None:
            values["journal_bytes"] = float(reading.journal_bytes)
        if reading.deleted is not None:
            values["deleted_open_bytes"] = float(sum(one.size_bytes for one in reading.deleted))
        return values

    def read(
        self, sections: Mapping[str, SectionOutput], taken_at: datetime, observed: object | None = None
    ) -> LogsReading:
        """Return the reading with these new sections in it. A new one replaces the old one wholly."""
        if "host" in sections:
            self._host = read_host(sections["host"], taken_at)
        if "walk" in sections:
            self._walk = _read_walk(sections["walk"], taken_at)
        host, walk = self._host, self._walk
        reading = replace(
            host.values or LogsReading(taken_at),
            taken_at=taken_at,
            disks=walk.disks,
            disks_taken_at=walk.taken_at,
            notes=host.notes + walk.notes,
            unread=host.unread + walk.unread,
        )
        if host.files is None:
            return reading
        # The walk finds logs outside /var/log too, where they are large.
        elsewhere = [one for one in walk.logs if not one.path.startswith(_LOG_HOME)]
        deleted = reading.deleted
        reading = replace(
            reading,
            log_count=len(host.files) + len(elsewhere),
            deleted=None if deleted is None else tuple(_placed_deleted(one, reading) for one in deleted),
        )
        try:
            found = parse_rotation.uncovered([*host.files, *elsewhere], host.configuration or Configuration())
        except TooMuchError:
            too_much = Note("logs without a rule", "there are too many logs and logrotate rules to compare")
            return replace(reading, unread=(*reading.unread, too_much))
        return replace(reading, uncovered=tuple(_placed(one, reading) for one in found[:MOST_SHOWN]))


def _placed(log: UncoveredLog, reading: LogsReading) -> UncoveredLog:
    mount, share = _share(log.path, log.size_bytes, reading)
    return replace(log, mount=mount, share_percent=share)


def _placed_deleted(file: DeletedFile, reading: LogsReading) -> DeletedFile:
    mount, share = _share(file.path, file.size_bytes, reading)
    return replace(file, mount=mount, share_percent=share)


def _share(path: str, size_bytes: int, reading: LogsReading) -> tuple[str, float | None]:
    disk = reading.disk_of(path)
    if disk is None:
        return "", None
    return disk.mount, 100.0 * size_bytes / disk.size_bytes if disk.size_bytes else None


def _read_walk(output: SectionOutput, taken_at: datetime) -> _Walk:
    found = parts(output.text)
    if "absent" in found:
        return _Walk(notes=(Note("what fills the disks", "this host has no awk or no du"),))
    usage = found.get("usage")
    if usage is None or usage.status is None:
        return _Walk(unread=(unanswered("what fills the disks", output, usage),))
    disks = parse_walk.disks(usage)
    logs = [
        parse_rotation.LogFile(one.path, one.entry.size_bytes, one.modified_at)
        for _, entries in disks
        for one in entries
        if one.modified_at is not None and not one.path.startswith(_NO_LOGS_OF_OURS)
    ]
    return _Walk(tuple(disk for disk, _ in disks), taken_at, logs)
