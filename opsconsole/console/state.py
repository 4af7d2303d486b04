"""What is known of each host at this moment. The service writes it, the screens read it."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from math import inf
from typing import Any

from opsconsole.console.inventory import HostEntry
from opsconsole.console.sparklines import Sparklines
from opsconsole.console.ssh.status import ConnectionState, ConnectionStatus
from opsconsole.data.host import Facts, Host
from opsconsole.panels.panel import Cadence, Finding, Level

MISSED_UNTIL_STALE = 3
FIRST_READING_SECONDS = 60.0  # so long the first reading of a host may take without a word
RARE_SECONDS = 900.0
RARE_FOCUSED_SECONDS = 300.0


class Root(Enum):
    """How the sections that want root are read."""

    NOT_NEEDED = "as it is"
    """The login user is root, or the policy does not give more: nobody can do anything about it here."""
    YES = "as root"
    PASSWORD_WANTED = "without root"  # noqa: S105  # not one
    """As the login user, until somebody gives the sudo password."""


def is_overdue(taken_at: datetime | None, period_seconds: float, now: datetime) -> bool:
    """Whether what is due so often is missing, or three of its times were missed."""
    return taken_at is None or (now - taken_at).total_seconds() > period_seconds * MISSED_UNTIL_STALE


@dataclass(slots=True)
class Beside:
    """What a panel reads by another road than its own, such as file systems beside the CPU.

    Attributes:
        period_seconds: How often it is due.
        taken_at: When it was read (UTC).
    """

    period_seconds: float
    taken_at: datetime | None = None


@dataclass(slots=True)
class PanelState:
    """One panel of one host.

    Attributes:
        period_seconds: How often it is due by its own road, the quickest; infinite: it never grows stale.
        reading: The last reading, or None before the first.
        findings: What it meant, settled, worst first.
        taken_at: When it was read by its own road (UTC).
        took_seconds: How long the host took to answer.
        problem: Why a road by which it is read does not work now, cleaned; empty when all do.
        beside: The other roads by which parts of it are read. Each has its own age: fresh figures of the CPU
            do not make the file systems fresh.
    """

    period_seconds: float
    reading: Any = None
    findings: list[Finding] = field(default_factory=list)
    taken_at: datetime | None = None
    took_seconds: float | None = None
    problem: str = ""
    beside: dict[Cadence, Beside] = field(default_factory=dict)

    @property
    def is_unread(self) -> bool:
        """Whether any part of it was never read."""
        return self.taken_at is None or any(one.taken_at is None for one in self.beside.values())

    def age_seconds(self, now: datetime) -> float | None:
        """Return the age of the reading, or None when there is none."""
        return None if self.taken_at is None else max(0.0, (now - self.taken_at).total_seconds())

    def is_stale(self, now: datetime) -> bool:
        """Whether any part of it is missing, or three of its times were missed."""
        if is_overdue(self.taken_at, self.period_seconds, now):
            return True
        for one in self.beside.values():  # noqa: SIM110  # `any` costs a generator, 500 times a second
            if is_overdue(one.taken_at, one.period_seconds, now):
                return True
        return False

    def overdue(self, now: datetime) -> tuple[Cadence | None, float | None] | None:
        """Return which part of it is overdue, the oldest if there are several, and its age in seconds.

        The part is its road, or None for what is read by the panel's own; the age is None where it was never
        read. None: nothing is overdue.
        """
        parts: list[tuple[Cadence | None, PanelState | Beside]] = [(None, self), *self.beside.items()]
        late = [
            (road, None if one.taken_at is None else max(0.0, (now - one.taken_at).total_seconds()))
            for road, one in parts
            if is_overdue(one.taken_at, one.period_seconds, now)
        ]
        return max(late, key=lambda one: inf if one[1] is None else one[1], default=None)

    def is_stale_by(self, road: Cadence, now: datetime) -> bool:
        """Whether what is read by that road is stale: the panel's own when it has no such road beside it."""
        one = self.beside.get(road, self)
        return is_overdue(one.taken_at, one.period_seconds, now)

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
    """

    entry: HostEntry
    status: ConnectionStatus = field(default_factory=lambda: ConnectionStatus(ConnectionState.IDLE))
    facts: Facts | None = None
    root: Root = Root.NOT_NEEDED
    root_problem: str = ""
    panels: dict[str, PanelState] = field(default_factory=dict)
    sparklines: Sparklines = field(default_factory=Sparklines)

    @property
    def host(self) -> Host:
        """The host."""
        return self.entry.host

    @property
    def series(self) -> Mapping[str, array[float]]:
        """The last ten minutes of its values by name, oldest first."""
        return self.sparklines.series

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

    @property
    def taken_at(self) -> datetime | None:
        """When the newest reading was taken (UTC), or None before the first."""
        return max((one.taken_at for one in self.panels.values() if one.taken_at is not None), default=None)

    def age_seconds(self, now: datetime) -> float | None:
        """Return the age of the newest reading, or None before the first."""
        taken_at = self.taken_at
        return None if taken_at is None else max(0.0, (now - taken_at).total_seconds())

    def why(self, now: datetime) -> str:
        """Return the reason for the level, in words for the Fleet row; empty when all is well."""
        if self.status.state is not ConnectionState.UP:
            return self.status.reason or self.status.state.value
        findings = self.findings()
        if findings:
            more = f" (+{len(findings) - 1})" if len(findings) > 1 else ""
            return findings[0][1].summary + more
        for name, panel in self.panels.items():
            if panel.problem:
                return f"{name}: {panel.problem}"
        stale = {name: panel for name, panel in self.panels.items() if panel.is_stale(now)}
        if not stale:
            return ""
        for name, panel in stale.items():
            if not panel.is_unread:
                own = is_overdue(panel.taken_at, panel.period_seconds, now)
                return f"{name}: no fresh reading" if own else f"{name}: no fresh reading of a part of it"
        waited = (now - self.status.since).total_seconds()
        names = ", ".join(stale)
        return f"reading {names}…" if waited < FIRST_READING_SECONDS else f"{names}: not read yet"


def connection_level(status: ConnectionStatus) -> Level:
    """Return the level of a connection that is not up; a changed host key may be somebody in between."""
    return Level.CRITICAL if status.state is ConnectionState.HOST_KEY_CHANGED else Level.UNKNOWN
