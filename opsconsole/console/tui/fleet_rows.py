"""One line of the Fleet: the few values of a host that it shows, ready to sort and to draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from opsconsole.console.ssh.status import ConnectionState
from opsconsole.console.state import HostState
from opsconsole.console.tui.fleet_certificates import Ends
from opsconsole.console.tui.host_items import connection_words, next_try_words
from opsconsole.data.text import clean_line
from opsconsole.panels.panel import Cadence, Level

_WHY_LIMIT_CHARS = 240


@dataclass(slots=True)
class Row:
    """What the Fleet shows of one host at one moment. All text is cleaned; None is not known.

    Attributes:
        index: Its place in the inventory; breaks ties when sorting.
        name: The host's name.
        shown_name: The name, safe to show.
        environment: Short word of its environment.
        production: Whether that is production.
        read_only: Whether this host may not be changed, while others may.
        groups: Its groups, as `@a @b`.
        level: Its level.
        stale: Whether the figures are old, or the host cannot be read: they are drawn dim.
        disk_stale: The same of the file systems, which are not read with the other figures.
        cpu_percent: Busy share of all its processors.
        cpu_points: Its last ten minutes.
        memory_percent: Used memory (total - available).
        memory_points: Its last ten minutes.
        disk_percent: The fullest file system.
        load: Load average of one minute.
        receive_rate: Bytes a second.
        send_rate: Bytes a second.
        certificates: When the first certificate in use ends, and the worst of what was found.
        taken_at: When the figures were read; where there are none, when the newest reading was taken.
        why: The reason for the level in words.
    """

    index: int
    name: str
    shown_name: str
    environment: str
    production: bool
    groups: str
    read_only: bool = False
    level: Level = Level.UNKNOWN
    stale: bool = True
    disk_stale: bool = True
    cpu_percent: float | None = None
    cpu_points: Sequence[float] = ()
    memory_percent: float | None = None
    memory_points: Sequence[float] = ()
    disk_percent: float | None = None
    load: float | None = None
    receive_rate: float | None = None
    send_rate: float | None = None
    certificates: Ends = field(default_factory=Ends)
    taken_at: datetime | None = None
    why: str = ""

    @property
    def searched(self) -> str:
        """The text that a filter looks at."""
        read_only = " read-only" if self.read_only else ""
        return f"{self.shown_name} {self.environment}{read_only} {self.groups} {self.level.word} {self.why}"

    @property
    def network_rate(self) -> float | None:
        """Both directions together."""
        if self.receive_rate is None and self.send_rate is None:
            return None
        return (self.receive_rate or 0.0) + (self.send_rate or 0.0)

    def age_seconds(self, now: datetime) -> float | None:
        """Return the age of the figures."""
        return None if self.taken_at is None else max(0.0, (now - self.taken_at).total_seconds())


def new_row(index: int, state: HostState, *, read_only: bool = False) -> Row:
    """Return the row of a host with what its inventory entry says; `refresh` fills in the rest.

    Args:
        index: Its place in the inventory.
        state: The host.
        read_only: Whether the whole console is; then the header says it, and not each row.
    """
    host = state.host
    word = "PROD" if host.is_production else clean_line(host.environment, 32)
    return Row(
        index=index,
        name=host.name,
        shown_name=clean_line(host.name, 128),
        environment=word,
        production=host.is_production,
        read_only=host.read_only and not read_only,
        groups=" ".join(f"@{clean_line(group, 64)}" for group in host.groups),
    )


def refresh(row: Row, state: HostState, now: datetime) -> None:
    """Bring the row up to what is known of the host now."""
    row.level = state.level(now)
    row.why = clean_line(_why(state, now), _WHY_LIMIT_CHARS)
    resources = state.panels.get("resources")
    row.stale = row.disk_stale = True
    if resources is not None and state.status.state is ConnectionState.UP:
        row.stale = resources.is_stale_by(Cadence.FAST, now)
        row.disk_stale = resources.is_stale_by(Cadence.SLOW, now)
    row.taken_at = state.taken_at if resources is None else resources.taken_at or state.taken_at
    row.cpu_points = state.series.get("cpu_percent", ())
    row.memory_points = state.series.get("memory_used_percent", ())
    row.certificates.refresh(state, now)
    _read(row, resources.reading if resources is not None else None)


def _read(row: Row, reading: object) -> None:
    if reading is None:
        return  # as the row was made
    # Only now: the first screen is painted before the panels are loaded.
    from opsconsole.panels.resources.reading import ResourcesReading

    if not isinstance(reading, ResourcesReading):
        return
    row.cpu_percent = reading.cpu_percent
    row.memory_percent = reading.memory_used_percent
    row.disk_percent = max((known.used_percent for known in reading.filesystems), default=None)
    row.load = reading.load_1
    row.receive_rate = reading.network_rx_bytes_per_second
    row.send_rate = reading.network_tx_bytes_per_second


def _why(state: HostState, now: datetime) -> str:
    status = state.status
    if status.state is ConnectionState.UP:
        return state.why(now)
    then = next_try_words(status, now)
    if not then and status.state.needs_person:
        then = "enter: decide" if status.offer is not None else "ctrl+r: try again"
    return connection_words(status, then)
