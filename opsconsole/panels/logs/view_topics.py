"""The questions that the logs card answers, one line each. Pure text, never markup."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from opsconsole.data.units import counted
from opsconsole.panels import draw
from opsconsole.panels.logs.reading import ERRORS, JOURNAL, DiskUse, LogsReading


@dataclass(frozen=True, slots=True)
class Topic:
    """A question about a host.

    Attributes:
        name: What it is about.
        rules: The rules of the judge whose findings give it its level.
        words: The answer: None when it is not known, empty when the question does not arise here.
        names: What is concerned, worst first.
    """

    name: str
    rules: tuple[str, ...]
    words: Callable[[LogsReading, datetime], str | None]
    names: Callable[[LogsReading], Iterable[str]] = lambda reading: ()


def fullest(reading: LogsReading) -> DiskUse | None:
    """Return the fullest file system of which it is known what fills it."""
    known = [disk for disk in reading.disks or () if disk.directories or disk.files]
    return max(known, key=lambda disk: disk.used_percent or 0.0, default=None)


def _largest(reading: LogsReading, now: datetime) -> str | None:
    if reading.disks is None:
        return "" if reading.is_noted("what fills the disks") else None
    disk = fullest(reading)
    if disk is None:
        walked = any(one.walk != "none" for one in reading.disks)
        return "nothing large on any disk" if walked else "disks not walked: many files, room enough"
    entry = (disk.directories or disk.files)[0]
    return f"largest {draw.size(entry.size_bytes)} {entry.path}"


def _rotation(reading: LogsReading, now: datetime) -> str | None:
    known = reading.rotation
    if known is None:
        return ""
    broken = sum(not one.rotates for one in known.problems)
    if broken:
        return f"{counted(broken, 'problem')} in logrotate's files"
    ran = "never ran" if known.last_run_at is None else f"ran {draw.ago(known.last_run_at, now)}"
    return f"logrotate {ran}, {counted(known.rule_count, 'rule')}"


def _uncovered(reading: LogsReading, now: datetime) -> str | None:
    if reading.uncovered is None:
        return None
    alone = [log for log in reading.uncovered if not log.rotated]
    if not alone:
        return "every log has its rule" if reading.rotation else "no log files that grow"
    taken = draw.size(sum(log.size_bytes for log in alone))
    return f"{counted(len(alone), 'log')} rotated by nothing, {taken}"


def _deleted(reading: LogsReading, now: datetime) -> str | None:
    if reading.deleted is None:
        return None
    if not reading.deleted:
        return "no deleted file is held open" + ("" if reading.all_processes else " (own processes)")
    taken = draw.size(sum(one.size_bytes for one in reading.deleted))
    return f"{counted(len(reading.deleted), 'deleted file')} held open, {taken}"


def _journal(reading: LogsReading, now: datetime) -> str | None:
    if reading.journal_bytes is None:
        return "" if reading.is_noted(JOURNAL) else None
    return f"journal {draw.size(reading.journal_bytes)}"


def _containers(reading: LogsReading, now: datetime) -> str | None:
    if reading.containers is None:
        return ""
    endless = [log for log in reading.containers if log.limit == ""]
    if not endless:
        return "containers' logs are limited" if reading.containers else "no container logs"
    taken = draw.size(sum(log.size_bytes for log in endless))
    return f"{counted(len(endless), 'container log')} without limit, {taken}"


def _errors(reading: LogsReading, now: datetime) -> str | None:
    if reading.errors is None:
        return "" if reading.is_noted(ERRORS) else None
    count = sum(one.count for one in reading.errors)
    if not reading.errors_compared:
        return f"{counted(count, 'error')} in 1 h (yesterday: –)"
    before = sum(one.yesterday or 0 for one in reading.errors)
    return f"{counted(count, 'error')} in 1 h, {before:,} then yesterday"


def _uncovered_names(reading: LogsReading) -> Iterable[str]:
    alone = (log for log in reading.uncovered or () if not log.rotated)
    return (f"{draw.size(log.size_bytes)} {log.path}" for log in alone)


def _deleted_names(reading: LogsReading) -> Iterable[str]:
    return (
        f"{draw.size(one.size_bytes)} {one.unit or one.process}: {one.path}" for one in reading.deleted or ()
    )


def _problem_names(reading: LogsReading) -> Iterable[str]:
    known = reading.rotation
    return (f"{one.place} {one.message}" for one in (known.problems if known else ()) if not one.rotates)


TOPICS = (
    Topic("largest", (), _largest),
    Topic("logrotate", ("logrotate-broken", "logrotate-stale"), _rotation, _problem_names),
    Topic("logs without a rule", ("log-uncovered",), _uncovered, _uncovered_names),
    Topic("deleted files", ("deleted-open",), _deleted, _deleted_names),
    Topic("containers", ("container-log-unlimited",), _containers),
    Topic("errors", ("errors-unusual",), _errors),
    Topic("journal", (), _journal),
)
