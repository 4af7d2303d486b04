"""Keeps one host's health: newest sections, and the little history that rates and percentiles need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from opsconsole.panels.frames import parts
from opsconsole.panels.health.check_history import CheckHistory
from opsconsole.panels.health.observed import Observed
from opsconsole.panels.health.parse_clock import clock
from opsconsole.panels.health.parse_services import Services, services
from opsconsole.panels.health.parse_system import System, system
from opsconsole.panels.health.reading import Clock, HealthReading, Oom, Problem, Reboot
from opsconsole.panels.health.rises import KillHistory, RestartHistory
from opsconsole.panels.panel import SectionOutput


class HealthReader:
    """One host's reader; see `panel.Reader`."""

    def __init__(self) -> None:
        self._read_at: dict[str, datetime] = {}
        self._problems: dict[str, tuple[Problem, ...]] = {}
        self._system = System()
        self._services = Services()
        self._clock: Clock | None = None
        self._packages: Reboot | None = None
        self._observed = Observed()
        self._checks = CheckHistory()
        self._kills = KillHistory()
        self._restarts = RestartHistory()

    def read(
        self, sections: Mapping[str, SectionOutput], taken_at: datetime, observed: object | None = None
    ) -> HealthReading:
        """Return the reading with these new sections and what was seen from outside in it."""
        for name, output in sections.items():
            self._take(name, output, taken_at)
        if isinstance(observed, Observed):
            self._observed = observed
            self._read_at["observed"] = taken_at
            self._problems["observed"] = observed.problems
            self._checks.add(observed.http, observed.tcp, taken_at)
        return self._reading(taken_at)

    def series(self, reading: HealthReading) -> Mapping[str, float]:
        """Return the values worth a history; only known ones."""
        values: dict[str, float] = {}
        if reading.failed_unit_count is not None:
            values["failed_units"] = reading.failed_unit_count
        if reading.journal is not None:
            values["journal_errors"] = reading.journal.count
        if reading.skew is not None:
            values["skew_seconds"] = reading.skew.offset_seconds
        for check in reading.checks:
            if check.last.latency_seconds is not None:
                values[f"check.{check.last.name}.seconds"] = check.last.latency_seconds
        return values

    def _take(self, name: str, output: SectionOutput, taken_at: datetime) -> None:
        """Read one section. A new one replaces the old wholly: what it lacks is unknown, not as before."""
        problems: tuple[Problem, ...] = ()
        if name == "system":
            self._system = system(output.text)
            problems = self._system.problems
            self._kills.add(self._system.counters, taken_at)
        elif name == "services":
            self._services = services(output.text, taken_at)
            problems = self._services.problems
            if self._services.restarts is not None:
                self._restarts.add(self._services.restarts, taken_at)
        elif name == "clock":
            self._clock, found = clock(parts(output.text))
            problems = tuple(found)
        elif name == "packages":
            self._packages = _needs_restarting(output.text)
        if problems and not output.text.strip():
            why = "it did not end in time" if output.exit_status == 124 else "the host sent nothing"
            problems = tuple(replace(problem, why=why) for problem in problems)
        self._read_at[name] = taken_at
        self._problems[name] = problems

    def _reading(self, taken_at: datetime) -> HealthReading:
        last, told = self._system, self._services
        return HealthReading(
            taken_at=taken_at,
            source="systemd, journal, /proc" if told.has_systemd else "/proc",
            read_at=dict(self._read_at),
            problems=tuple(problem for found in self._problems.values() for problem in found),
            has_systemd=told.has_systemd,
            container=last.container,
            uptime_seconds=last.uptime_seconds,
            kernel=last.kernel,
            system_state=told.system_state,
            unit_count=told.unit_count,
            failed_units=told.failed_units,
            failed_unit_count=told.failed_unit_count,
            restarts=None if told.restarts is None else self._restarts.reading(told.restarts),
            oom=_proved(self._kills.reading(told.kills), in_container=bool(last.container)),
            journal=told.journal,
            clock=self._clock,
            skew=self._observed.skew,
            reboot=_joined(last.reboot, self._packages),
            mounts=last.mounts,
            expected_units=self._observed.units,
            checks=self._checks.statuses(),
        )


def _proved(oom: Oom | None, *, in_container: bool) -> Oom | None:
    """Return what is known of kills: a container has no kernel log, so its silent journal is no proof."""
    if oom is None or not in_container or oom.total is not None or oom.log:
        return oom
    return replace(oom, log=None)


def _needs_restarting(text: bytes) -> Reboot | None:
    """`needs-restarting -r` (dnf-utils) ends with 1, and says so, when a reboot is due."""
    part = parts(text).get("needs_restarting")
    if part is None or part.status not in {0, 1} or (part.status == 1 and b"eboot" not in part.body):
        return None
    if part.status == 0:
        return Reboot(required=False)
    return Reboot(True, ("needs-restarting: core packages are newer than the last boot",))


def _joined(first: Reboot | None, second: Reboot | None) -> Reboot | None:
    if first is None or second is None:
        return first or second
    known = [one for one in (first.required, second.required) if one is not None]
    since = [one for one in (first.since, second.since) if one is not None]
    return Reboot(any(known) if known else None, first.reasons + second.reasons, min(since, default=None))
