"""Puts the two sections of one host together into a reading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from opsconsole.data.logrotate import Configuration, TooMuchError
from opsconsole.panels.frames import TIMED_OUT_STATUSES, Part, parts, shown_path
from opsconsole.panels.logs import parse_host, parse_rotation, parse_walk
from opsconsole.panels.logs.reading import (
    DeletedFile,
    DiskUse,
    LogsReading,
    Note,
    Rotation,
    UncoveredLog,
)
from opsconsole.panels.panel import SectionOutput

MOST_SHOWN = 50
_LOG_HOME = "/var/log/"
_NO_LOGS_OF_OURS = ("/var/lib/", "/usr/", "/boot/", "/proc/")  # a database's `000012.log` is its data
_ENDED_BY_US = 124


@dataclass(frozen=True, slots=True)
class _Host:
    """What the `host` section said."""

    files: list[parse_rotation.LogFile] | None = None
    configuration: Configuration | None = None
    values: LogsReading | None = None
    notes: tuple[Note, ...] = ()
    unread: tuple[Note, ...] = ()


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
        self._host = _Host()
        self._walk = _Walk()

    def seed(self, name: str, samples: Sequence[tuple[datetime, float]]) -> None:
        """Take nothing: nothing here depends on earlier values."""

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
            self._host = _read_host(sections["host"], taken_at)
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
        return _Walk(unread=(_unread("what fills the disks", output, usage),))
    disks = parse_walk.disks(usage)
    logs = [
        parse_rotation.LogFile(one.path, one.entry.size_bytes, one.modified_at)
        for _, entries in disks
        for one in entries
        if one.modified_at is not None and not one.path.startswith(_NO_LOGS_OF_OURS)
    ]
    return _Walk(tuple(disk for disk, _ in disks), taken_at, logs)


def _unread(what: str, output: SectionOutput, part: Part | None) -> Note:
    if part is None and not output.text.strip():
        late = output.exit_status == _ENDED_BY_US
        return Note(what, "it did not end in time" if late else "the host sent nothing")
    return Note(what, "the host's answer was cut" if part else "the host's answer lacks it")


def _read_host(output: SectionOutput, taken_at: datetime) -> _Host:
    found = parts(output.text)
    if "who" not in found or found["who"].status is None:
        return _Host(unread=(_unread("logs", output, found.get("who")),))
    notes: list[Note] = []
    unread: list[Note] = [
        Note(name, "the host's answer was cut") for name, part in found.items() if part.status is None
    ]
    is_root = found["who"].body.split()[:1] == [b"0"]
    if not is_root:
        notes.append(Note("deleted files of others, containers' logs", "only root may look at them"))
    logs = _logs(found, unread)
    configuration, rotation = _rotation(found, logs or [], notes)
    return _Host(
        files=logs,
        configuration=configuration,
        values=_values(found, taken_at, rotation, notes, is_root=is_root),
        notes=tuple(notes),
        unread=tuple(unread),
    )


def _logs(found: Mapping[str, Part], unread: list[Note]) -> list[parse_rotation.LogFile] | None:
    part = found.get("logs")
    if part is None or part.status is None:
        return None
    if part.ended in TIMED_OUT_STATUSES:
        unread.append(Note("log files", "to look for them took too long: some may be missing"))
    return parse_rotation.log_files(part)


def _rotation(
    found: Mapping[str, Part], logs: list[parse_rotation.LogFile], notes: list[Note]
) -> tuple[Configuration | None, Rotation | None]:
    part = found.get("configuration")
    if part is None:
        notes.append(Note("logrotate", "it is not on this host"))
        return None, None
    sent = parse_rotation.files(part)
    if sent.unreadable:
        names = ", ".join(shown_path(path) for path in sent.unreadable[:5])
        notes.append(Note("part of logrotate's configuration", f"we may not read {names}"))
    if "nodry" in found:
        why = "the configuration has createolddir, which makes folders even in a dry run"
        notes.append(Note("logrotate's own dry run", why))
    known = parse_rotation.configuration(sent)
    return known, parse_rotation.rotation(found, sent, known, [log.path for log in logs])


def _values(
    found: Mapping[str, Part],
    taken_at: datetime,
    rotation: Rotation | None,
    notes: list[Note],
    *,
    is_root: bool,
) -> LogsReading:
    journal = parse_host.journal_bytes(found["journal"]) if "journal" in found else None
    if journal is None:
        notes.append(Note("journal", "there is none on this host"))
    containers = None
    if "containers" not in found:
        notes.append(Note("containers' logs", "there is no Docker on this host"))
    elif found["containers"].status == 0:
        containers = parse_host.containers(found["containers"])
    elif is_root:
        notes.append(Note("containers' logs", "Docker has none on this host"))
    errors = compared = None
    if "now" in found:
        compared = bool(found["reach"].body.strip()) if "reach" in found else False
        errors = parse_host.errors(found["now"], found.get("yesterday") if compared else None)
        if not compared:
            notes.append(Note("yesterday's errors", "the journal does not reach back so far"))
    elif "nojournal" in found:
        notes.append(Note("errors by unit", "there is no systemd journal on this host"))
    else:
        notes.append(Note("errors by unit", "we may not read the journal"))
    return LogsReading(
        taken_at,
        rotation=rotation,
        deleted=parse_host.deleted(found["deleted"]) if "deleted" in found else None,
        all_processes=is_root,
        journal_bytes=journal,
        containers=containers,
        new_containers_limit=None
        if containers is None
        else parse_host.new_containers_limit(found.get("daemon")),
        errors=errors,
        errors_compared=compared,
    )
