"""Lines of `journalctl -o json`: error groups, logs of units, kills for want of memory."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from opsconsole.data.text import clean_line
from opsconsole.panels.frames import Part
from opsconsole.panels.health.parts import moment, whole
from opsconsole.panels.health.reading import Journal, JournalGroup, OomKill

READ_AT_MOST = 300  # lines; the script asks for one more, which tells that there are more
_LINE_LIMIT_CHARS = 300
_URGENT = 2  # syslog: 0 emerg, 1 alert, 2 crit
# `Out of memory: Killed process 812 (mysqld) total-vm:…`, `Memory cgroup out of memory: Killed process …`
_KILLED = re.compile(r"Killed process (\d{1,10})(?:,? (?:UID \d+,? ?)?\((.{0,64}?)\)(?=[ ,]|$))?")
_UNIT_KILLED = re.compile(r"^(\S{1,256}): A process of this unit has been killed by the OOM killer")


@dataclass(frozen=True, slots=True)
class Entry:
    """One journal entry, cleaned."""

    message: str
    unit: str
    identifier: str
    transport: str
    priority: int | None
    at: datetime | None


def entries(part: Part) -> Iterator[Entry]:
    """Yield the entries of a part; a line that is not a JSON object (a hint, a cut one) is passed over."""
    for line in part.body.split(b"\n"):
        if not line.startswith(b"{"):
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(record, dict):
            yield _entry(record)


def _entry(record: dict[str, object]) -> Entry:
    def text(key: str, limit: int = 256) -> str:
        value = record.get(key)
        if isinstance(value, list):  # a field that is not UTF-8, as numbers; or one given several times
            if all(isinstance(one, int) and 0 <= one < 256 for one in value):
                return clean_line(bytes(value[: limit * 4]), limit)
            value = value[0] if value else ""
        return clean_line(value, limit) if isinstance(value, str) else ""

    sender = text("_SYSTEMD_UNIT")
    micros = whole(text("__REALTIME_TIMESTAMP"))
    message = record.get("MESSAGE")
    return Entry(
        message="(longer than 4 KiB)"
        if "MESSAGE" in record and message is None
        else text("MESSAGE", _LINE_LIMIT_CHARS),
        # PID 1 writes about units; another program may claim any `UNIT`.
        unit=(text("UNIT") if sender in {"", "init.scope"} else "") or sender,
        identifier=text("SYSLOG_IDENTIFIER"),
        transport=text("_TRANSPORT"),
        priority=whole(text("PRIORITY")),
        at=None if micros is None else moment(micros / 1e6),
    )


def log_lines(part: Part) -> tuple[str, ...]:
    """Return the messages of a unit's log, each with its time and program, oldest first."""
    return tuple(
        f"{f'{entry.at:%H:%M:%S} ' if entry.at else ''}{entry.identifier or '?'}: {entry.message}"
        for entry in entries(part)
    )


def journal(part: Part) -> Journal:
    """Group the error-level entries (newest first) by unit."""
    groups: dict[str, list[Entry]] = {}
    count = 0
    cut = part.status is None
    for entry in entries(part):
        if count == READ_AT_MOST:
            cut = True
            break
        count += 1
        groups.setdefault(_owner(entry), []).append(entry)
    made = [_group(unit, members) for unit, members in groups.items()]
    return Journal(tuple(sorted(made, key=lambda one: (-one.count, one.unit))), count, complete=not cut)


def _owner(entry: Entry) -> str:
    """Return whose entry it is; what runs in a login session goes by the program's name."""
    if entry.transport == "kernel":
        return "kernel"
    if not entry.unit or entry.unit.startswith(("session-", "user@", "init.scope")):
        return entry.identifier or entry.unit or "unknown"
    return entry.unit


def _group(unit: str, members: list[Entry]) -> JournalGroup:
    urgent = [entry for entry in members if entry.priority is not None and entry.priority <= _URGENT]
    return JournalGroup(unit, len(members), len(urgent), members[0].at, (urgent or members)[0].message)


def oom_kills(part: Part) -> tuple[OomKill, ...]:
    """Return the kills that the kernel or systemd wrote of; other lines that matched are passed over."""
    found = []
    for entry in entries(part):
        if entry.transport == "kernel" and (killed := _KILLED.search(entry.message)):
            victim = f"{killed[2] or 'process'} (pid {killed[1]})"
            found.append(OomKill(entry.at, victim, entry.message))
        elif entry.transport != "kernel" and (unit := _UNIT_KILLED.search(entry.message)):
            found.append(OomKill(entry.at, unit[1], entry.message, from_kernel=False))
    return tuple(found)


def ring_kills(part: Part, booted_at: datetime | None) -> tuple[OomKill, ...]:
    """Return the kills that `dmesg` tells of, newest first; its times count from boot."""
    found = []
    for line in reversed(part.text_lines):
        text = clean_line(line, _LINE_LIMIT_CHARS)
        if killed := _KILLED.search(text):
            stamp = re.match(r"\[\s*(\d{1,12}\.\d{1,9})\]", text)
            at = (
                None
                if stamp is None or booted_at is None
                else moment(booted_at.timestamp() + float(stamp[1]))
            )
            found.append(OomKill(at, f"{killed[2] or 'process'} (pid {killed[1]})", text))
    return tuple(found)
