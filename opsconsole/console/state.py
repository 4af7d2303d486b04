"""What is known of each host at this moment. The service writes it, the screens read it."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from math import nan
from typing import Any

from opsconsole.console.inventory import HostEntry
from opsconsole.console.ssh.status import ConnectionState, ConnectionStatus
from opsconsole.data.host import Facts, Host
from opsconsole.panels.panel import Cadence, Finding, Level

MISSED_TICKS_UNTIL_STALE = 3
FIRST_READING_SECONDS = 60.0  # so long the first reading of a host may take without a word
RARE_SECONDS = 900.0
RARE_FOCUSED_SECONDS = 300.0
SPARKLINE_POINTS = 300  # ten minutes of two-second ticks


class Root(Enum):
    """How the sections that want root are read."""

    NOT_NEEDED = "as it is"
    """The login user is root, or the policy does not give more: nobody can do anything about it here."""
    YES = "as root"
    PASSWORD_WANTED = "without root"  # noqa: S105  # not one
    """As the login user, until somebody gives the sudo password."""


@dataclass(slots=True)
class PanelState:
    """One panel of one host.

    Attributes:
        reading: The last reading, or None before the first.
        findings: What it meant, settled, worst first.
        taken_at: When it was read (UTC).
        took_seconds: How long the host took to answer.
        period_seconds: How often it is due; three times this without a new one makes it stale.
        problem: Why it could not be read now, cleaned; empty when it could.
    """

    period_seconds: float
    reading: Any = None
    findings: list[Finding] = field(default_factory=list)
    taken_at: datetime | None = None
    took_seconds: float | None = None
    problem: str = ""

    def age_seconds(self, now: datetime) -> float | None:
        """Return the age of the reading, or None when there is none."""
        return None if self.taken_at is None else max(0.0, (now - self.taken_at).total_seconds())

    def is_stale(self, now: datetime) -> bool:
        """Whether the reading is missing or three of its ticks were missed."""
        return self.taken_at is None or now - self.taken_at > timedelta(
            seconds=self.period_seconds * MISSED_TICKS_UNTIL_STALE
        )

    def level(self, now: datetime) -> Level:
        """Return the worst level of the findings; a stale or missing reading is never ok."""
        worst = max((finding.level for finding in self.findings), default=Level.OK)
        return max(worst, Level.UNKNOWN) if self.problem or self.is_stale(now) else worst


@dataclass(slots=True)
class HostState:
    """One host: its connection, its panels, and the last ten minutes of its values.

    Attributes:
        root: How what wants root is read.
        root_problem: Why a host that was asked for root refuses it: it is not tried again by itself.

    The series are 32-bit floats: a thousand hosts with ten values each are 12 MB so, and 100 MB as objects.
    """

    entry: HostEntry
    status: ConnectionStatus = field(default_factory=lambda: ConnectionStatus(ConnectionState.IDLE))
    facts: Facts | None = None
    root: Root = Root.NOT_NEEDED
    root_problem: str = ""
    panels: dict[str, PanelState] = field(default_factory=dict)
    series: dict[str, array[float]] = field(default_factory=dict)

    @property
    def host(self) -> Host:
        """The host."""
        return self.entry.host

    def remember(self, values: Iterable[tuple[str, float]], missed: int = 0) -> None:
        """Append the newest values to the sparklines' series, after a gap of `missed` ticks (NaN)."""
        gap = [nan] * min(missed, SPARKLINE_POINTS)
        for name, value in values:
            points = self.series.get(name)
            if points is None:
                points = self.series[name] = array("f")
            elif gap:
                points.extend(gap)
            points.append(value)
            if len(points) > SPARKLINE_POINTS:
                del points[:-SPARKLINE_POINTS]

    def findings(self) -> list[tuple[str, Finding]]:
        """Return (panel name, finding) of all panels, worst first."""
        found = [(name, finding) for name, panel in self.panels.items() for finding in panel.findings]
        return sorted(found, key=lambda pair: -pair[1].level)

    def level(self, now: datetime) -> Level:
        """Return the host's level: the worst of its panels, and at least unknown while it cannot be read."""
        worst = max((panel.level(now) for panel in self.panels.values()), default=Level.UNKNOWN)
        if self.status.state is ConnectionState.UP:
            return worst
        return max(worst, connection_level(self.status))

    def age_seconds(self, now: datetime) -> float | None:
        """Return the age of the newest reading, or None before the first."""
        ages = [age for panel in self.panels.values() if (age := panel.age_seconds(now)) is not None]
        return min(ages, default=None)

    def why(self, now: datetime) -> str:
        """Return the reason for the level, in words for the Fleet row; empty when all is well."""
        if self.status.state is not ConnectionState.UP:
            return self.status.reason or self.status.state.value
        findings = self.findings()
        if findings:
            more = f" (+{len(findings) - 1})" if len(findings) > 1 else ""
            return findings[0][1].summary + more
        problems = [f"{name}: {panel.problem}" for name, panel in self.panels.items() if panel.problem]
        stale = [
            f"{name}: no fresh reading"
            for name, panel in self.panels.items()
            if panel.taken_at is not None and panel.is_stale(now)
        ]
        return next(iter([*problems, *stale]), "") or self._first_reading(now)

    def _first_reading(self, now: datetime) -> str:
        """Return which panels were never read: nothing is wrong with a host that was only just reached."""
        names = ", ".join(name for name, panel in self.panels.items() if panel.taken_at is None)
        if not names:
            return ""
        waited = (now - self.status.since).total_seconds()
        return f"reading {names}…" if waited < FIRST_READING_SECONDS else f"{names}: not read yet"


def connection_level(status: ConnectionStatus) -> Level:
    """Return the level of a connection that is not up; a changed host key may be somebody in between."""
    return Level.CRITICAL if status.state is ConnectionState.HOST_KEY_CHANGED else Level.UNKNOWN


def panel_period_seconds(cadences: Iterable[Cadence], tick_seconds: float, slow_seconds: float) -> float:
    """Return how often a panel with sections of these cadences gets a new reading."""
    known = set(cadences)
    if known == {Cadence.RARE}:
        return RARE_SECONDS
    return tick_seconds if Cadence.FAST in known else slow_seconds
