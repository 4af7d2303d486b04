"""The questions that the health card answers, one line each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from opsconsole.data.units import counted, format_duration
from opsconsole.panels.health.reading import HealthReading

_AGE_TOLD_SECONDS = 60.0  # a part of the reading that is older than this says so


@dataclass(frozen=True, slots=True)
class Topic:
    """A question about a host.

    Attributes:
        name: What it is about.
        rules: The rules of the judge whose findings give it its level.
        unread: Beginnings of `Problem.what` that say that its answer may lack something.
        words: The answer: None when it is not known, empty when the question does not arise here.
        names: What is concerned, worst first.
        is_plain: Whether its answer, where no limit is broken, is merely told: no tick beside errors.
        nameless: How many more are concerned whose names were not read.
    """

    name: str
    rules: tuple[str, ...]
    unread: tuple[str, ...]
    words: Callable[[HealthReading], str | None]
    names: Callable[[HealthReading], Iterable[str]] = lambda reading: ()
    is_plain: Callable[[HealthReading], bool] = lambda reading: False
    nameless: Callable[[HealthReading], int] = lambda reading: 0

    def lacks(self, reading: HealthReading) -> bool:
        """Whether something that belongs to the answer could not be read."""
        return any(problem.what.startswith(self.unread) for problem in reading.problems)


def _signed(value: float, digits: int) -> str:
    return f"{round(value, digits) + 0.0:+.{digits}f}"  # + 0.0: a minus before zero means nothing


def _units(reading: HealthReading) -> str | None:
    if reading.has_systemd is False:
        return ""
    if reading.failed_unit_count is None:
        return None
    total = "" if reading.unit_count is None else f"{counted(reading.unit_count, 'unit')}, "
    return f"{total}{reading.failed_unit_count:,} failed"


def _expected(reading: HealthReading) -> str | None:
    wanted = reading.expected_units
    if not wanted:
        return ""
    active = sum(unit.active_state == "active" for unit in wanted)
    return f"{active} of {len(wanted)} expected units active"


def _restarts(reading: HealthReading) -> str | None:
    if reading.has_systemd is False:
        return ""
    if reading.restarts is None:
        return None
    recent = sum(each.recent or 0 for each in reading.restarts)
    return "no automatic restarts" if not recent else f"{counted(recent, 'automatic restart')} lately"


def _journal(reading: HealthReading) -> str | None:
    if reading.has_systemd is False:
        return ""
    if reading.journal is None:
        return None
    at_least = "" if reading.journal.complete else "at least "
    return f"{at_least}{counted(reading.journal.count, 'error')} in 15 min"


def _oom(reading: HealthReading) -> str | None:
    if reading.oom is None or not reading.oom.is_known:
        return "" if reading.cannot_know_kills else None
    recent = max(reading.oom.recent or 0, len(reading.oom.log or ()))
    return (
        "nothing killed for want of memory in the last hour"
        if not recent
        else f"{counted(recent, 'process', 'processes')} killed (memory)"
    )


def clock_words(reading: HealthReading) -> str:
    """Return what is known of the clock; empty where it is not the host's own, as in a container."""
    known, skew = reading.clock, reading.skew
    if known is None and skew is None:
        return ""
    parts = []
    if known is not None:
        word = {True: "synchronised", False: "not synchronised", None: "synchronisation not known"}
        parts.append(f"clock {word[known.synchronised]}" + (f" ({known.daemon})" if known.daemon else ""))
        if known.offset_seconds is not None:
            parts.append(f"{_signed(known.offset_seconds * 1000, 1)} ms off its source")
    if skew is not None:
        clock = "" if parts else "clock "
        age = (reading.taken_at - skew.taken_at).total_seconds()
        then = f", {format_duration(age)} ago" if age >= _AGE_TOLD_SECONDS else ""
        offset, uncertainty = _signed(skew.offset_seconds, 2), skew.uncertainty_seconds
        parts.append(f"{clock}{offset} s ± {uncertainty:.2f} to here{then}")
    return ", ".join(parts)


def _reboot(reading: HealthReading) -> str | None:
    known = reading.reboot
    if known is None:
        return ""
    if known.required is None:
        return None
    return "reboot pending" if known.required else "no reboot pending"


def _mounts(reading: HealthReading) -> str | None:
    known = reading.mounts
    if known is None:
        return None
    bad = sum(not each.by_design for each in known.read_only) + len(known.missing) + len(known.errors)
    return "mounts as they should be" if not bad else f"{counted(bad, 'mount')} in trouble"


def _checks(reading: HealthReading) -> str | None:
    if not reading.checks:
        return ""
    good = sum(check.last.ok for check in reading.checks)
    return f"{good} of {counted(len(reading.checks), 'check')} ok"


def _failed_names(reading: HealthReading) -> Iterable[str]:
    return (unit.name for unit in reading.failed_units or ())


def _failed_nameless(reading: HealthReading) -> int:
    return max(0, (reading.failed_unit_count or 0) - len(reading.failed_units or ()))


def _restart_names(reading: HealthReading) -> Iterable[str]:
    return (f"{each.unit}: {each.recent}" for each in reading.restarts or () if each.recent)


def _journal_names(reading: HealthReading) -> Iterable[str]:
    return (
        () if reading.journal is None else (f"{each.unit}: {each.count}" for each in reading.journal.groups)
    )


def _check_names(reading: HealthReading) -> Iterable[str]:
    return (f"{check.last.name}: {check.last.detail}" for check in reading.checks if not check.last.ok)


TOPICS = (
    Topic(
        "units",
        ("unit-failed", "systemd-state"),
        ("failed units", "units", "systemd"),
        _units,
        _failed_names,
        nameless=_failed_nameless,
    ),
    Topic("expected units", ("unit-not-active",), ("expected units",), _expected),
    Topic("restarts", ("unit-restarting",), ("restart counters",), _restarts, _restart_names),
    Topic(
        "journal",
        ("journal-errors",),
        ("journal", "units and journal"),
        _journal,
        _journal_names,
        is_plain=lambda reading: reading.journal is not None and reading.journal.count > 0,
    ),
    Topic("memory kills", ("oom-kill",), ("kills",), _oom),
    Topic("clock", ("clock-unsynchronised", "clock-offset", "clock-skew"), ("clock",), clock_words),
    Topic("reboot", ("reboot-pending",), ("reboot",), _reboot),
    Topic("mounts", ("mount-missing", "mount-read-only", "filesystem-errors"), ("mounts",), _mounts),
    Topic("checks", ("http-errors", "tcp-errors", "http-slow"), (), _checks, _check_names),
)
