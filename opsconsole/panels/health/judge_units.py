"""Findings about systemd units and the journal."""

from __future__ import annotations

from collections.abc import Iterator

from opsconsole.data.units import format_duration
from opsconsole.panels.health.limits import HealthLimits
from opsconsole.panels.health.reading import FailedUnit, HealthReading, Restarts
from opsconsole.panels.panel import Finding, Level

# Without these there is no root to log in to, or no data: more than one service that is down.
_CRITICAL_KINDS = (".mount", ".swap")
# At the first look there is no earlier counter: a service that restarted often and began its present run
# this lately is flapping.
_FRESH_RUN_SECONDS = 600.0


def findings(reading: HealthReading, limits: HealthLimits) -> Iterator[Finding]:
    """Yield the findings about units and the journal."""
    yield from _state(reading, limits)
    at = f"{reading.taken_at:%H:%M:%S} UTC"
    for unit in reading.failed_units or ():
        yield _failed(unit, at, limits)
    shown = len(reading.failed_units or ())
    if reading.failed_unit_count is not None and reading.failed_unit_count > shown:
        yield Finding(
            Level.WARNING,
            "unit-failed",
            "further units",
            f"{reading.failed_unit_count - shown} further units failed",
            f"systemctl, {at}",
            suggests="unit-failed",
        )
    for restarts in reading.restarts or ():
        yield from _restarting(restarts, limits)
    for state in reading.expected_units:
        if state.active_state not in {"active", "reloading"}:
            missing = " (no such unit)" if state.load_state == "not-found" else ""
            yield Finding(
                Level.CRITICAL,
                "unit-not-active",
                state.name,
                f"{state.name} is {state.active_state or 'in no known state'}{missing}, and must be active",
                f"systemctl, {at}: {state.active_state} ({state.sub_state})",
                suggests="unit-failed",
            )
    yield from _journal(reading, limits)


def _state(reading: HealthReading, limits: HealthLimits) -> Iterator[Finding]:
    """Judge `systemctl is-system-running`; `degraded` only means failed units, which have their own."""
    state, uptime = reading.system_state, reading.uptime_seconds
    level = None
    if state == "maintenance":
        level = Level.CRITICAL
    elif state == "stopping" or (
        state in {"initializing", "starting"} and (uptime is None or uptime > limits.starting_warning_seconds)
    ):
        level = Level.WARNING
    elif state in {"offline", "unknown"}:
        level = Level.UNKNOWN
    if level is not None:
        words = {"maintenance": "in rescue or emergency mode", "stopping": "shutting down"}.get(
            str(state), state
        )
        since = f" {format_duration(uptime)} after boot" if level is Level.WARNING and uptime else ""
        yield Finding(
            level, "systemd-state", "systemd", f"the system is {words}{since}", "systemctl is-system-running"
        )


def _failed(unit: FailedUnit, at: str, limits: HealthLimits) -> Finding:
    status = f", status {unit.exit_status}" if unit.exit_status else ""
    why = f" ({unit.result}{status})" if unit.result and unit.result != "success" else ""
    log = ["its log cannot be read"] if unit.log is None else list(unit.log) or ["its log is empty"]
    return Finding(
        Level.CRITICAL if unit.name.endswith(_CRITICAL_KINDS) else Level.WARNING,
        "unit-failed",
        unit.name,
        f"{unit.name} failed{why}",
        "\n".join([f"systemctl, {at}", *log]),
        suggests="unit-failed",
        for_seconds=limits.failed_unit_for_seconds,
    )


def _restarting(restarts: Restarts, limits: HealthLimits) -> Iterator[Finding]:
    if restarts.recent is not None:
        flapping = restarts.recent >= limits.restarts_warning
        words = f"{restarts.recent} times in {format_duration(restarts.window_seconds)}"
    else:
        running = restarts.running_seconds
        fresh = restarts.waiting or (running is not None and running < _FRESH_RUN_SECONDS)
        flapping = restarts.total >= limits.restarts_warning and fresh
        last = "not up again yet" if restarts.waiting else f"last {format_duration(running or 0)} ago"
        words = f"{restarts.total} times by systemd, {last}"
    if flapping:
        yield Finding(
            Level.WARNING,
            "unit-restarting",
            restarts.unit,
            f"{restarts.unit} restarted {words}",
            f"NRestarts={restarts.total}",
            suggests="unit-failed",
        )


def _journal(reading: HealthReading, limits: HealthLimits) -> Iterator[Finding]:
    if reading.journal is None:
        return
    for group in reading.journal.groups:
        urgent = group.urgent_count >= limits.journal_urgent_warning > 0
        many = group.count >= limits.journal_errors_warning > 0
        if group.unit in limits.journal_not_judged or not (urgent or many):
            continue
        least = "" if reading.journal.complete else "at least "
        kind = (
            f"{group.urgent_count} urgent errors" if urgent and not many else f"{least}{group.count} errors"
        )
        newest = f" {group.newest_at:%H:%M:%S} UTC" if group.newest_at else ""
        yield Finding(
            Level.WARNING,
            "journal-errors",
            group.unit,
            f"{group.unit}: {kind} in 15 min".replace(" 1 urgent errors", " 1 urgent error"),
            f"journalctl -p err, newest{newest}\n{group.sample}",
            suggests="journal-errors",
        )
