"""The section `services`: systemd's state, failed and restarting units, journal, kills in the log."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from opsconsole.data.text import clean_line
from opsconsole.panels.frames import Part, parts
from opsconsole.panels.health.parse_journal import journal, log_lines, oom_kills, ring_kills
from opsconsole.panels.health.parts import properties, real, whole
from opsconsole.panels.health.reading import FailedUnit, Journal, OomKill, Problem

_UNIT = re.compile(r"^[A-Za-z0-9:_.\\@-]{1,255}\.[a-z]{4,9}$")
_NO_ACCESS = {
    "forbidden": "this user may not read the system journal (needs group systemd-journal or adm, or sudo)",
    "none": "no system journal is kept, or this user may not see it",
}


@dataclass(frozen=True, slots=True)
class RestartCount:
    """`NRestarts` of one service, and its present run."""

    unit: str
    total: int
    waiting: bool
    running_seconds: float | None


@dataclass(frozen=True, slots=True)
class Services:
    """What the section told; fields as in `HealthReading`."""

    has_systemd: bool | None = None
    system_state: str | None = None
    unit_count: int | None = None
    failed_units: tuple[FailedUnit, ...] | None = None
    failed_unit_count: int | None = None
    restarts: tuple[RestartCount, ...] | None = None
    journal: Journal | None = None
    kills: tuple[OomKill, ...] | None = None
    problems: tuple[Problem, ...] = ()


def services(text: bytes, taken_at: datetime) -> Services:
    """Read the section's output; any bytes give a `Services`."""
    found = parts(text)
    if "absent" in found:
        return _without_systemd(found, taken_at)
    if "manager" not in found:
        return Services(problems=(Problem("units and journal", "the host's answer cannot be read"),))
    problems: list[Problem] = []
    manager = next(properties(found["manager"]), {})
    state = clean_line(manager.get("SystemState", ""), 32) or None
    if state is None:
        problems.append(Problem("systemd state", found["manager"].reason("systemctl")))
    access = found["access"].text if "access" in found else "unsaid"
    if access != "readable":
        problems.append(Problem("journal", _NO_ACCESS.get(access, "the host's answer is cut")))
    readable = access == "readable"
    stopped = _journald_stopped(found)
    if stopped and readable:
        why = f"systemd-journald is {stopped}: what happens now is not written"
        problems.append(Problem("journal", why))
        problems.append(Problem("kills in the kernel log", why))
    failed, count = _failed(found, problems, readable=readable)
    journal_read = _journal(found, problems) if readable else None
    kills = _kills(found, problems) if readable else None
    if stopped:  # what was written before counts; that there is nothing says nothing
        journal_read = replace(journal_read, complete=False) if journal_read and journal_read.count else None
        kills = kills or None
    return Services(
        has_systemd=True,
        system_state=state,
        unit_count=whole(manager.get("NNames")),
        failed_units=failed,
        failed_unit_count=count,
        restarts=_restarts(found, problems),
        journal=journal_read,
        kills=kills,
        problems=tuple(problems),
    )


def _without_systemd(found: Mapping[str, Part], taken_at: datetime) -> Services:
    bare = Services(has_systemd=False)
    ring = found.get("dmesg")
    if ring is None:
        return bare
    if ring.status != 0:
        return replace(bare, problems=(Problem("kills in the kernel log", ring.reason("dmesg")),))
    uptime = real(found["uptime"].text.split(" ")[0]) if "uptime" in found else None
    booted_at = None
    if uptime is not None and 0 <= uptime < 1e10:
        booted_at = taken_at - timedelta(seconds=uptime)
    return replace(bare, kills=ring_kills(ring, booted_at))


def _failed(
    found: Mapping[str, Part], problems: list[Problem], *, readable: bool
) -> tuple[tuple[FailedUnit, ...] | None, int | None]:
    part = found.get("failed")
    if part is None or part.status != 0:
        why = part.reason("systemctl") if part is not None else "the host's answer is cut"
        problems.append(Problem("failed units", why))
        return None, None
    names = [name for line in part.text_lines if _UNIT.match(name := line.split()[0])]
    if len(names) < len(part.text_lines):
        problems.append(Problem("failed units", f"{len(part.text_lines) - len(names)} lines cannot be read"))
    details = (
        {block.get("Id", ""): block for block in properties(found["details"])} if "details" in found else {}
    )
    units = []
    for name in names[:20]:
        block = details.get(name, {})
        log = found.get(f"log {name}")
        units.append(
            FailedUnit(
                name,
                clean_line(block.get("Result", ""), 32),
                whole(block.get("ExecMainStatus")),
                clean_line(block.get("LoadState", ""), 32),
                log_lines(log) if readable and log is not None and log.status == 0 else None,
            )
        )
    return tuple(units), len(names)


def _journald_stopped(found: Mapping[str, Part]) -> str:
    """Return the state of systemd-journald when it does not run; empty when it does, or is not told of."""
    for block in properties(found["restarts"]) if "restarts" in found else ():
        if block.get("Id") == "systemd-journald.service":
            state = block.get("ActiveState", "")
            return state if state in {"inactive", "failed"} else ""
    return ""


def _restarts(found: Mapping[str, Part], problems: list[Problem]) -> tuple[RestartCount, ...] | None:
    part = found.get("restarts")
    blocks = [] if part is None else list(properties(part))
    status = next((block["Status"] for block in blocks if "Status" in block), None)
    if part is None or status != "0":
        why = (
            "the host's answer is cut"
            if part is None or status is None
            else f"systemctl ended with {status[:8]}"
        )
        problems.append(Problem("restart counters", clean_line(why)))
        return None
    uptime = real(found["uptime"].text.split(" ")[0]) if "uptime" in found else None
    counts: dict[str, RestartCount] = {}
    for block in blocks:
        name, total = block.get("Id", ""), whole(block.get("NRestarts"))
        again = block.get("SubState") == "auto-restart"
        if not _UNIT.match(name) or total is None or (total <= 0 and not again):
            continue
        entered = real(block.get("ActiveEnterTimestampMonotonic"))
        running = None
        if block.get("ActiveState") == "active" and entered and uptime is not None:
            running = max(0.0, uptime - entered / 1e6)
        # One that tells when it is ready (Type=notify, forking) may loop without ever being up.
        waiting = again or block.get("ActiveState") == "activating"
        counts[name] = RestartCount(name, max(0, total), waiting, running)
    return tuple(counts.values())[:200]


def _journal(found: Mapping[str, Part], problems: list[Problem]) -> Journal | None:
    part = found.get("journal")
    if part is None:
        problems.append(Problem("journal", "the host's answer is cut"))
        return None
    read = journal(part)
    # Killed by its deadline or cut for size: what came counts, as "at least".
    if part.status not in {0, 1, None} or (part.status == 1 and part.body.strip()):
        if not read.count:
            problems.append(Problem("journal", part.reason("journalctl")))
            return None
        return replace(read, complete=False)
    return read


def _kills(found: Mapping[str, Part], problems: list[Problem]) -> tuple[OomKill, ...] | None:
    part = found.get("oom")
    if part is None:
        problems.append(Problem("kills in the kernel log", "the host's answer is cut"))
        return None
    kills = oom_kills(part)
    # Status 1 without a word is how journalctl says that nothing matched.
    quiet = part.status in {0, 1} and not any(not line.startswith("{") for line in part.text_lines)
    if not quiet and not kills:
        problems.append(Problem("kills in the kernel log", part.reason("journalctl")))
        return None
    return kills
