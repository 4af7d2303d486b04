"""The questions of the health Card and the sections of its Detail. Pure text, never markup."""

from __future__ import annotations

from datetime import datetime

from textual.content import Content

from opsconsole.panels import draw
from opsconsole.panels.health.reading import HealthReading
from opsconsole.panels.health.view_topics import TOPICS, Topic, clock_words
from opsconsole.panels.panel import Level
from opsconsole.panels.view import MUTED, Answer, Showing, answered, heading, mark, table, text

_PARTS = {
    "services": "units and journal",
    "system": "kills, mounts, reboot",
    "clock": "clock",
    "observed": "checks, skew",
}


def topic_lines(showing: Showing, names_shown: int = 0) -> list[Content]:
    """Return a line for each question, and below it at most so many of the units, services or checks."""
    return answered((_answer(topic, showing) for topic in TOPICS), names_shown)


def _answer(topic: Topic, showing: Showing) -> Answer:
    reading: HealthReading = showing.reading
    words, lacks = topic.words(reading), topic.lacks(reading)
    unknown = words is None or (lacks and not words)
    level = max(showing.worst(*topic.rules), Level.UNKNOWN if lacks or unknown else Level.OK)
    if unknown:
        words = f"{topic.name}: not known"
    elif lacks:
        words = f"{words}, not all could be read"
    plain = not unknown and level is Level.OK and topic.is_plain(reading)
    names = tuple(topic.names(reading))
    return Answer(topic.name, words or "", None if plain else level, names, topic.nameless(reading))


def ages(reading: HealthReading, now: datetime) -> list[Content]:
    """Return how old each part of the reading is: they come by different roads."""
    parts = {
        name: draw.age(max(0.0, (now - reading.read_at[section]).total_seconds()))
        for section, name in _PARTS.items()
        if section in reading.read_at
    }
    if len(set(parts.values())) == 1:
        words = f"all read {next(iter(parts.values()))} ago"
    else:
        words = "read: " + ", ".join(f"{name} {age} ago" for name, age in parts.items())
    return [Content.styled(f"· {words}", MUTED)] if parts else []


def problems(reading: HealthReading) -> list[Content]:
    """Return what should have been readable and was not."""
    return [
        Content.assemble(mark(Level.UNKNOWN), text(f"{each.what}: {each.why}")) for each in reading.problems
    ]


def system(reading: HealthReading) -> list[Content]:
    """Return what kind of machine it is."""
    parts = [f"up {draw.duration(reading.uptime_seconds)}"]
    if reading.kernel:
        parts.append(f"kernel {reading.kernel}")
    if reading.container:
        parts.append(f"container ({reading.container})")
    if reading.has_systemd is False:
        parts.append("no systemd")
    elif reading.system_state:
        parts.append(f"systemd: {reading.system_state}")
    return [text(", ".join(parts), MUTED), Content("")]


def units(reading: HealthReading) -> list[Content]:
    """Return failed units with their last words, and the units that should be active."""
    lines: list[Content] = []
    if reading.failed_units:
        lines += heading("failed units")
    for unit in reading.failed_units or ():
        reason = ", ".join(
            part
            for part in (
                unit.result,
                "" if unit.exit_status is None else f"status {unit.exit_status}",
                "its file is gone" if unit.load_state == "not-found" else "",
            )
            if part
        )
        lines.append(Content.assemble(text(unit.name, "bold"), "  ", text(reason, MUTED)))
        if unit.log is None:
            lines.append(Content.styled("    its log could not be read", MUTED))
        lines += [Content("    ") + text(line, MUTED) for line in unit.log or ()]
    hidden = (reading.failed_unit_count or 0) - len(reading.failed_units or ())
    if hidden > 0:
        lines.append(Content.styled(f"and {hidden:,} more", MUTED))
    if reading.expected_units:
        lines += heading("expected to be active")
        lines += [
            Content.assemble(text(unit.name), "  ", text(f"{unit.active_state} ({unit.sub_state})", MUTED))
            for unit in reading.expected_units
        ]
    return lines


def restarts(reading: HealthReading, width: int) -> list[Content]:
    """Return the services that systemd started again by itself."""
    if not reading.restarts:
        return []
    rows = [
        (
            text(each.unit),
            f"{each.total:,}",
            draw.UNKNOWN if each.recent is None else f"{each.recent:,}",
            draw.duration(each.window_seconds),
            "between two tries" if each.waiting else draw.duration(each.running_seconds),
        )
        for each in reading.restarts
    ]
    return [
        *heading("automatic restarts"),
        *table(("service", "in all", "seen", "watched for", "runs for"), rows, width),
    ]


def journal(reading: HealthReading, width: int) -> list[Content]:
    """Return the error lines of the last 15 minutes by unit, with the newest of each."""
    known = reading.journal
    if known is None or not known.groups:
        return []
    at_least = "" if known.complete else "at least "
    rows = [
        (
            text(group.sample),
            text(group.unit, "bold"),
            f"{at_least}{group.count:,}",
            f"{group.urgent_count:,}" if group.urgent_count else "",
            _clock(group.newest_at),
        )
        for group in known.groups
    ]
    return [
        *heading("errors in the journal", "last 15 minutes, newest line of each unit"),
        *table(("line", "unit", "lines", "urgent", "newest"), rows, width, left=(1,)),
    ]


def memory_kills(reading: HealthReading) -> list[Content]:
    """Return the kills for want of memory."""
    known = reading.oom
    if reading.cannot_know_kills:
        why = "n/a: a container whose control group has no counter, and no journal: nothing here can tell"
        return [*heading("killed for want of memory"), Content.styled(why, MUTED)]
    if known is None or not (known.log or known.cgroups):
        return []
    lines = heading("killed for want of memory", "last hour")
    lines += [Content.assemble(text(name), f"  {count:,}") for name, count in known.cgroups]
    lines += [Content.assemble(_clock(kill.at), "  ", text(kill.line)) for kill in known.log or ()]
    return lines


def clock(reading: HealthReading) -> list[Content]:
    """Return the clock and what a reboot is pending for."""
    lines: list[Content] = []
    if reading.clock is not None or reading.skew is not None:
        lines += [*heading("clock"), text(clock_words(reading))]
    if reading.reboot is not None and reading.reboot.required:
        lines += heading("reboot pending")
        lines += [text(reason) for reason in reading.reboot.reasons]
    return lines


def mounts(reading: HealthReading, width: int) -> list[Content]:
    """Return mounts that are read-only, missing or have recorded errors."""
    known = reading.mounts
    if known is None:
        return []
    rows: list[tuple[Content | str, ...]] = [
        (
            text(each.mount),
            text(each.device),
            "read-only",
            text(("by design: " if each.by_design else "") + each.why),
        )
        for each in known.read_only
    ]
    rows += [
        (
            text(each.mount),
            text(each.device),
            "missing",
            "may be absent" if each.nofail else "wanted by fstab",
        )
        for each in known.missing
    ]
    rows += [
        (text(each.mount), text(each.device), "errors", f"{each.count:,}, last {_clock(each.last_at)}")
        for each in known.errors
    ]
    if not rows:
        return []
    return [*heading("mounts"), *table(("mount", "device", "state", "why"), rows, width, left=(1, 2, 3))]


def checks(reading: HealthReading, width: int, now: datetime) -> list[Content]:
    """Return the HTTP and TCP checks."""
    if not reading.checks:
        return []
    rows = [
        (
            Content.assemble(
                ("✓ " if each.last.ok else "✗ "),
                text(each.last.name, "bold"),
                "  ",
                text(each.last.target, MUTED),
            ),
            text(each.last.via, MUTED),
            "" if each.last.status is None else str(each.last.status),
            _latency(each.last.latency_seconds),
            _latency(each.p50_seconds),
            _latency(each.p95_seconds),
            draw.percent(each.error_percent),
            draw.age(max(0.0, (now - each.last_at).total_seconds())),
        )
        for each in reading.checks
    ]
    titles = ("check", "from", "status", "last", "P50", "P95", "errors", "age")
    failing = [
        Content.assemble(
            "✗ ", text(each.last.name, "bold"), "  ", text(f"{each.last.error}: {each.last.detail}")
        )
        for each in reading.checks
        if not each.last.ok
    ]
    return [*heading("checks", "last 15 minutes"), *table(titles, rows, width, left=(1,)), *failing]


def _latency(seconds: float | None) -> str:
    return draw.UNKNOWN if seconds is None else f"{seconds * 1000:,.0f} ms"


def _clock(at: datetime | None) -> str:
    return draw.UNKNOWN if at is None else f"{at:%H:%M:%S}"
