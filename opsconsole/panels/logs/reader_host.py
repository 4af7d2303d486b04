"""Reads the `host` section: logrotate, log files, deleted files, containers, the journal and its errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from opsconsole.data.logrotate import Configuration
from opsconsole.panels.frames import TIMED_OUT_STATUSES, Part, parts, shown_path
from opsconsole.panels.logs import parse_host, parse_rotation
from opsconsole.panels.logs.reading import (
    ERRORS,
    JOURNAL,
    DeletedFile,
    LogsReading,
    Note,
    Rotation,
    UnitErrors,
)
from opsconsole.panels.panel import SectionOutput

_ENDED_BY_US = 124
NO_AWK = "this host has no awk"
_ABSENT = 3  # what a part of the section returns where there is nothing to look at


@dataclass(frozen=True, slots=True)
class HostSaid:
    """What the `host` section said."""

    files: list[parse_rotation.LogFile] | None = None
    configuration: Configuration | None = None
    values: LogsReading | None = None
    notes: tuple[Note, ...] = ()
    unread: tuple[Note, ...] = ()


def read_host(output: SectionOutput, taken_at: datetime) -> HostSaid:
    """Return what the `host` section said; what it should have said and did not is in `unread`."""
    found = parts(output.text)
    if "who" not in found or found["who"].status is None:
        return HostSaid(unread=(unanswered("logs", output, found.get("who")),))
    notes: list[Note] = []
    unread: list[Note] = [
        Note(name, "the host's answer was cut") for name, part in found.items() if part.status is None
    ]
    is_root = found["who"].body.split()[:1] == [b"0"]
    if not is_root:
        notes.append(Note("deleted files of others, containers' logs", "only root may look at them"))
    if "noawk" in found:
        notes.append(Note("log files", NO_AWK))
    logs = _logs(found, unread)
    configuration, rotation = _rotation(found, logs or [], notes)
    return HostSaid(
        files=logs,
        configuration=configuration,
        values=_values(found, taken_at, rotation, notes, unread, is_root=is_root),
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
    unread: list[Note],
    *,
    is_root: bool,
) -> LogsReading:
    containers = None
    if "containers" not in found:
        notes.append(Note("containers' logs", "there is no Docker on this host"))
    elif found["containers"].status == 0:
        containers = parse_host.containers(found["containers"])
    elif is_root:
        notes.append(Note("containers' logs", "Docker has none on this host"))
    errors, compared = _errors(found, notes, unread)
    return LogsReading(
        taken_at,
        rotation=rotation,
        deleted=_deleted(found, unread),
        all_processes=is_root,
        journal_bytes=_journal_bytes(found, notes, unread),
        containers=containers,
        new_containers_limit=None
        if containers is None
        else parse_host.new_containers_limit(found.get("daemon")),
        errors=errors,
        errors_compared=compared,
    )


def _deleted(found: Mapping[str, Part], unread: list[Note]) -> tuple[DeletedFile, ...] | None:
    part = found.get("deleted")
    if part is None:
        return None
    files = parse_host.deleted(part)
    if part.ended not in TIMED_OUT_STATUSES:
        return files
    unread.append(Note("deleted files", "to look for them took too long: some may be missing"))
    return files or None


def _journal_bytes(found: Mapping[str, Part], notes: list[Note], unread: list[Note]) -> int | None:
    part = found.get("journal")
    if part is None or part.status == _ABSENT:
        notes.append(Note(JOURNAL, "there is none on this host"))
        return None
    taken = parse_host.journal_bytes(part)
    if part.status in TIMED_OUT_STATUSES or (taken is None and part.status is not None):
        unread.append(Note("size of the journal", Part(b"", part.status).reason("du")))
        return None
    return taken


def _errors(
    found: Mapping[str, Part], notes: list[Note], unread: list[Note]
) -> tuple[tuple[UnitErrors, ...] | None, bool | None]:
    """Return the errors by unit, and whether they are compared with yesterday's."""
    if "now" not in found:
        whys = {"nojournal": "there is no systemd journal on this host", "nocount": NO_AWK}
        why = next((why for name, why in whys.items() if name in found), "we may not read the journal")
        notes.append(Note(ERRORS, why))
        return None, None
    if why := _not_counted(found["now"]):
        unread.append(Note(ERRORS, why))
        return None, None
    before = found.get("yesterday")
    if why := _not_counted(found.get("reach")) or _not_counted(before):
        unread.append(Note("yesterday's errors", why))
    elif not parse_host.reaches(found.get("reach")):
        notes.append(Note("yesterday's errors", "the journal does not reach back so far"))
    else:
        return parse_host.errors(found["now"], before), True
    return parse_host.errors(found["now"], None), False


def _not_counted(part: Part | None) -> str:
    """Return why journalctl did not answer whole; empty when it did."""
    status = None if part is None else part.ended
    return Part(b"", status).reason("journalctl") if status else ""


def unanswered(what: str, output: SectionOutput, part: Part | None) -> Note:
    """Return why a part is not there whole."""
    if part is None and not output.text.strip():
        late = output.exit_status == _ENDED_BY_US
        return Note(what, "it did not end in time" if late else "the host sent nothing")
    return Note(what, "the host's answer was cut" if part else "the host's answer lacks it")
