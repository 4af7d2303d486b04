"""What the Fleet shows of a host's certificates: when the first in use ends, and how bad they are."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from opsconsole.console.ssh.status import ConnectionState
from opsconsole.console.state import HostState
from opsconsole.panels import draw
from opsconsole.panels.panel import Finding, Level

PANEL = "certificates"
_DAY_SECONDS = 86_400.0
_YEARS_FROM_DAYS = 1000
_HOURS_BELOW_DAYS = 2
NONE = "none"


@dataclass(slots=True)
class Ends:
    """The certificates of one host, ready to sort and to draw.

    A reading and its findings are never changed, but replaced: as long as they are the same nothing is looked
    at again, for a host may have a thousand certificates, and there are a thousand hosts.

    Attributes:
        at: When the first of those in use ends (UTC); None: there is none, or it is not known.
        level: The worst of the findings.
        known: Whether files or endpoints were looked at.
        stale: Whether the reading is old, or the host cannot be read.
    """

    at: datetime | None = None
    level: Level = Level.OK
    known: bool = False
    stale: bool = True
    _reading: object = field(default=None, repr=False)
    _findings: list[Finding] | None = field(default=None, repr=False)

    def refresh(self, state: HostState, now: datetime) -> None:
        """Bring it up to what is known of the host now."""
        panel = state.panels.get(PANEL)
        self.stale = panel is None or panel.is_stale(now) or state.status.state is not ConnectionState.UP
        if panel is None:
            return
        if panel.findings is not self._findings:
            self._findings = panel.findings
            self.level = max((finding.level for finding in panel.findings), default=Level.OK)
        if panel.reading is not self._reading:
            self._reading = panel.reading
            self._read(panel.reading)

    def _read(self, reading: object) -> None:
        # Only now: the first screen is painted before the panels are loaded.
        from opsconsole.panels.certificates.reading import CertificatesReading

        if isinstance(reading, CertificatesReading):
            self.at = reading.soonest_end
            self.known = reading.files is not None or reading.endpoints is not None

    def words(self, now: datetime) -> str:
        """Return what is left, in at most five cells: `41d`, `31h`, `-3d` when it ended, `none`, `–`."""
        if self.at is None:
            return NONE if self.known and self.level is Level.OK else draw.UNKNOWN
        return left((self.at - now).total_seconds())


def left(seconds: float) -> str:
    """Return a time that is left, rounded towards now; negative: it is over.

    >>> [left(days * 86400) for days in (41.9, 1.5, 0.01, -3.2, 3650, 2912000)]
    ['41d', '36h', '14m', '-3d', '10y', '7978y']
    """
    sign, span = "-" if seconds < 0 else "", abs(seconds)
    days = span / _DAY_SECONDS
    if days >= _YEARS_FROM_DAYS:
        return f"{sign}{int(days / 365)}y"
    if days >= _HOURS_BELOW_DAYS:
        return f"{sign}{int(days)}d"
    hours = span / 3600
    return f"{sign}{int(hours)}h" if hours >= _HOURS_BELOW_DAYS else f"{sign}{int(span / 60)}m"
