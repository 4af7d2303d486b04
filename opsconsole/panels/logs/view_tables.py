"""The questions of the logs Card and the sections of its Detail. Pure text, never markup."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import zip_longest

from textual.content import Content

from opsconsole.data.text import clean_line
from opsconsole.panels import draw
from opsconsole.panels.logs.reading import DiskUse, Entry, LogsReading
from opsconsole.panels.logs.view_topics import TOPICS, Topic
from opsconsole.panels.panel import Level
from opsconsole.panels.view import (
    LEVEL_STYLE,
    MUTED,
    Answer,
    Showing,
    answered,
    gauge,
    heading,
    mark,
    table,
    text,
)

_SIDE_BY_SIDE = 110
_GAP = 4
_MOST_ENTRIES = 12
_MOST_ROWS = 30


def topic_lines(showing: Showing, names_shown: int = 0) -> list[Content]:
    """Return a line for each question, and below it at most so many of the files that a warning is about."""
    return answered((_answer(topic, showing) for topic in TOPICS), names_shown)


def _answer(topic: Topic, showing: Showing) -> Answer:
    words = topic.words(showing.reading, showing.now)
    level = max(showing.worst(*topic.rules), Level.UNKNOWN if words is None else Level.OK)
    names = tuple(topic.names(showing.reading)) if level >= Level.WARNING else ()
    told = f"{topic.name}: not read yet" if words is None else words
    return Answer(topic.name, told, level if topic.rules or words is None else None, names)


def unread(reading: LogsReading) -> list[Content]:
    """Return what should have been readable and was not."""
    return [Content.assemble(mark(Level.UNKNOWN), text(f"{one.what}: {one.why}")) for one in reading.unread]


def notes(reading: LogsReading) -> list[Content]:
    """Return what does not apply here, and why."""
    if not reading.notes:
        return []
    return [*heading("not known"), *(text(f"{one.what}: {one.why}", MUTED) for one in reading.notes)]


def disks(showing: Showing, width: int) -> list[Content]:
    """Return what fills each file system: directories and files beside each other where there is room."""
    reading: LogsReading = showing.reading
    if reading.disks is None:
        return []
    lines: list[Content] = []
    note = f"read {draw.ago(reading.disks_taken_at, showing.now)}, sizes as they are on the disk"
    for disk in reading.disks:
        lines += [*heading(f"what fills {clean_line(disk.mount)}", note), _usage_line(disk, showing)]
        note = ""
        if disk.why:
            lines.append(text(disk.why, MUTED))
        lines += _beside(
            _entries("directory", disk.directories, _room(width)),
            _entries("file", disk.files, _room(width)),
            width,
        )
    return lines


def _usage_line(disk: DiskUse, showing: Showing) -> Content:
    parts = [f"{draw.size(disk.used_bytes)} used, {draw.size(disk.available_bytes)} free"]
    if disk.file_count is not None:
        parts.append(f"{disk.file_count:,} files")
    parts.append(_full_in(disk, showing))
    return Content.assemble(
        draw.percent(disk.used_percent).rjust(4),
        "  ",
        gauge(disk.used_percent, 20),
        "  ",
        text(", ".join(part for part in parts if part), MUTED),
    )


def _full_in(disk: DiskUse, showing: Showing) -> str:
    """Return when it is full, as the resources panel reckons from its trend; empty when it does not grow."""
    beside = getattr(showing.beside.get("resources"), "filesystems", ())
    known = next((one for one in beside if one.mount == disk.mount), None)
    if known is None:
        return "time to full not known"
    return "" if known.full_in_seconds is None else f"full in about {draw.duration(known.full_in_seconds)}"


def _room(width: int) -> int:
    return (width - _GAP) // 2 if width >= _SIDE_BY_SIDE else width


def _entries(title: str, entries: Sequence[Entry], width: int) -> list[Content]:
    if not entries:
        return []
    rows = [(draw.size(entry.size_bytes).rjust(6), text(entry.path)) for entry in entries[:_MOST_ENTRIES]]
    return table(("size".rjust(6), title), rows, width, flexible=1)


def _beside(left: list[Content], right: list[Content], width: int) -> list[Content]:
    if width < _SIDE_BY_SIDE or not left or not right:
        return [*left, *right]
    pairs = zip_longest(left, right, fillvalue=Content(""))
    room = _room(width)
    return [one.truncate(room, pad=True, ellipsis=True) + Content(" " * _GAP) + other for one, other in pairs]


def rotation(reading: LogsReading, now: datetime) -> list[Content]:
    """Return logrotate: when it ran, and what is wrong in its files."""
    known = reading.rotation
    if known is None:
        return []
    version = f"logrotate {known.version}" if known.version else "logrotate is not installed"
    ran = f"last ran {draw.ago(known.last_run_at, now)}" if known.last_run_at else "has not run yet"
    counts = f"{known.rule_count} rules in {known.file_count} files, read by {known.proved_by}"
    lines = [*heading("rotation"), text(f"{version}, {ran}; {counts}", MUTED)]
    for problem in known.problems:
        sign = mark(Level.OK if problem.rotates else Level.WARNING)
        words = [text(problem.place, "bold"), text(problem.message)]
        if problem.effect:
            words.append(text(f"({problem.effect})", MUTED))
        lines.append(sign + Content("  ").join(word for word in words if word))
    return lines


def uncovered(reading: LogsReading, width: int, now: datetime) -> list[Content]:
    """Return the logs that no rule means."""
    if not reading.uncovered:
        return []
    rows = [
        (
            text(log.path),
            draw.size(log.size_bytes),
            draw.percent(log.share_percent),
            "–" if not log.rotated else f"{log.rotated:,}",
            draw.ago(log.modified_at, now),
        )
        for log in reading.uncovered[:_MOST_ROWS]
    ]
    note = "rotated ones: then another program rotates it"
    titles = ("log", "size", "of disk", "rotated", "written")
    return [*heading("logs without a logrotate rule", note), *table(titles, rows, width)]


def deleted(reading: LogsReading, width: int) -> list[Content]:
    """Return the deleted files that are held open."""
    if not reading.deleted:
        return []
    rows = [
        (
            text(one.path),
            draw.size(one.size_bytes),
            text(one.process),
            _pids(one.pids),
            text(one.unit, MUTED),
        )
        for one in reading.deleted[:_MOST_ROWS]
    ]
    titles = ("deleted, held open", "size", "process", "pid", "unit")
    return [
        *heading("deleted files", "their space comes back when the last holder lets go"),
        *table(titles, rows, width, left=(2, 4)),
    ]


def _pids(pids: Sequence[int]) -> str:
    return str(pids[0]) + (f" (+{len(pids) - 1})" if len(pids) > 1 else "")


def containers(reading: LogsReading, width: int) -> list[Content]:
    """Return the containers' logs."""
    if reading.containers is None:
        return []
    limit = reading.new_containers_limit
    new = {None: "new containers: not known", "": "new containers get no limit either"}
    note = new.get(limit, f"new containers: {limit}")
    rows = [
        (text(log.name), draw.size(log.size_bytes), _limit(log.limit))
        for log in reading.containers[:_MOST_ROWS]
    ]
    return [
        *heading("containers' logs", note),
        *(table(("container", "size", "limit"), rows, width, left=(2,)) if rows else []),
    ]


def _limit(limit: str | None) -> Content:
    if limit is None:
        return Content.styled("not known", MUTED)
    return text(limit) if limit else Content.styled("none", LEVEL_STYLE[Level.WARNING])


def errors(reading: LogsReading, width: int) -> list[Content]:
    """Return the errors by unit."""
    if not reading.errors:
        return []
    rows = [
        (text(one.unit), f"{one.count:,}", draw.UNKNOWN if one.yesterday is None else f"{one.yesterday:,}")
        for one in reading.errors[:_MOST_ROWS]
    ]
    titles = ("unit", "last hour", "same hour yesterday")
    return [*heading("errors in the journal"), *table(titles, rows, width)]
