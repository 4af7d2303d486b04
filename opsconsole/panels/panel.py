"""The contract of a panel: sections of script that a host runs, a reader of their output, a judge.

A panel says what to run (`sections`), how to read it (`Reader`), and what it means (`judge`). It runs
nothing by itself: the service sends the sections to the hosts, hands the output to the reader, and the
reading to the judge.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable

from opsconsole.data.host import Host, Shell
from opsconsole.data.record import record


class Level(IntEnum):
    """How bad it is; greater is worse. Unknown is never ok, and never hides a known problem."""

    OK = 0
    UNKNOWN = 1
    WARNING = 2
    CRITICAL = 3

    @property
    def exit_status(self) -> int:
        """The exit status of monitoring plugins: 0 ok, 1 warning, 2 critical, 3 unknown."""
        return {Level.OK: 0, Level.WARNING: 1, Level.CRITICAL: 2, Level.UNKNOWN: 3}[self]

    @property
    def symbol(self) -> str:
        """A sign that tells the level without colour."""
        return {Level.OK: "✓", Level.UNKNOWN: "○", Level.WARNING: "▲", Level.CRITICAL: "●"}[self]

    @property
    def word(self) -> str:
        """The lower-case word of screens and JSON documents."""
        return self.name.lower()


class Cadence(StrEnum):
    """How often, and by which road, a section is read."""

    FAST = "fast"
    """Every tick (2 s), by the host's one long-lived sampler. Must cost the host about a millisecond."""
    MEDIUM = "medium"
    """Every fifth tick, by the sampler."""
    FOCUS = "focus"
    """Every tick while somebody looks at this host, every 30 s while it has findings; by the sampler."""
    SLOW = "slow"
    """Every 30 s, as a command of its own with a deadline: it may hang without delaying a tick."""
    RARE = "rare"
    """For what costs a host seconds: at first, then every 15 min (every 5 min while somebody looks at this
    host) and when a person asks. Each section is a command of its own, one after the other; it must give way
    to everything else on the host (nice, ionice) and bound its own time."""
    ONCE = "once"
    """Once per connection, as a command of its own."""


@dataclass(frozen=True, slots=True)
class Section:
    """One piece of output that a panel wants from each host.

    Attributes:
        name: Unique within its panel; lower-case letters and underscores.
        script: POSIX sh, constant text: nothing from a configuration or a host is ever put into it. It
            must run under dash and BusyBox ash, write to stdout only, and bound its own size and time.
        cadence: When it runs.
        wants_root: Run with sudo where the host gives it without a password, else as the login user.
    """

    name: str
    script: str
    cadence: Cadence
    wants_root: bool = False


class SectionOutput(NamedTuple):
    """What a section wrote: raw, bounded, hostile."""

    text: bytes
    exit_status: int = 0
    truncated: bool = False


@record()
class Finding:
    """Something an engineer should know, with the proof and the way on.

    Attributes:
        level: How bad.
        rule: Which rule found it, such as `memory-used`; with `subject` it names the finding over time.
        subject: What it is about, such as `/var` or `nginx.service`; cleaned text.
        summary: One line in words with the figure, such as `/var 94 % used, full in about 3 h`.
        evidence: Where the figure is from, such as `df, 14:05:11`; may be several lines.
        since: When it began, where that is known (the service fills in when it saw it first).
        suggests: Name of the recipe or triage that helps, or empty.
        for_seconds: It must hold this long before it is shown; a one-shot check takes it as 0.
    """

    level: Level
    rule: str
    subject: str
    summary: str
    evidence: str = ""
    since: datetime | None = None
    suggests: str = ""
    for_seconds: float = 0.0


class Reading(Protocol):
    """A frozen dataclass of one panel's values with their units in the field names.

    None in a field means it is not known, and is shown as `–` or `n/a`, never as zero.
    """

    @property
    def taken_at(self) -> datetime:
        """When the newest part was read (UTC)."""
        ...

    @property
    def source(self) -> str:
        """From where, for a person, such as `/proc`."""
        ...


class Reader(Protocol):
    """Reads one host's sections; keeps what it needs of earlier ones (rates need two samples)."""

    def read(
        self, sections: Mapping[str, SectionOutput], taken_at: datetime, observed: object | None = None
    ) -> Reading:
        """Return the reading with these new sections in it; parts not in `sections` stay as they were.

        Never raises on bad output: what cannot be read becomes None and is named in the reading.
        """
        ...

    def series(self, reading: Any) -> Mapping[str, float]:
        """Return the values worth a history, by a stable name such as `cpu_percent`; only known ones."""
        ...


class Panel(Protocol):
    """One panel. A `Panel` keeps no state of a host; its readers do."""

    name: str
    title: str
    order: int
    sections: tuple[Section, ...]
    limits_type: type[Any]
    """A frozen dataclass of limits with defaults; `*_seconds` fields also take `15m` in configuration."""
    settings_type: type[Any]
    """A frozen dataclass of what a host's configuration may say to this panel, all with defaults."""
    observe_every_seconds: float
    """Least time between two calls of `observe`; 0: at each slow reading. A person who asks does not wait.

    A panel that has a pace of its own always sees something: without a look it is not known.
    """

    def reader(self, host: Host) -> Reader:
        """Return a new reader for a host."""
        ...

    def judge(self, reading: Any, limits: Any) -> list[Finding]:
        """Return what the reading means under the limits; pure, and empty when all is well."""
        ...

    async def observe(self, shell: Shell, host: Host, settings: Any) -> object | None:
        """Look from outside beside a slow reading (HTTP checks); the result goes to the reader.

        `settings` is this host's `settings_type`. Bounded in time, and never raises for a bad target:
        that is a result. None where there is nothing to look at.
        """
        ...

    def local_sections(self, cadences: Collection[Cadence]) -> dict[str, SectionOutput]:
        """Return this panel's sections by name from a library, for this very machine without /proc (macOS).

        May block for some milliseconds: it is called in a thread. Empty where there is no such library.
        """
        ...

    def to_json(self, reading: Any) -> dict[str, Any]:
        """Return the reading as JSON values, for `opsconsole check --json`."""
        ...


@runtime_checkable
class Heavy(Protocol):
    """A panel whose reading may keep the processor busy for long, as certificates and their signatures do.

    Its readers and its judge are called in a thread, one at a time; none of its sections is read with ticks.
    """

    is_heavy: Literal[True]


@runtime_checkable
class Sparkling(Protocol):
    """A panel that draws the last ten minutes of some of its values; its own road is the fast one.

    Attributes:
        sparklines: Which, by their names in `Reader.series`.
    """

    sparklines: tuple[str, ...]


@runtime_checkable
class Recalling(Protocol):
    """A panel whose readers go on from what the history remembers of an earlier console."""

    def seed(self, reader: Any, name: str, samples: Sequence[tuple[datetime, float]]) -> None:
        """Give one of its readers the values of a series, oldest first; once, before it reads.

        The names are those of `Reader.series`, of all panels: what is of no use is left.
        """
        ...


@runtime_checkable
class Follower(Protocol):
    """A panel that looks closer at what its rare sections found, each time after they were read."""

    async def follow(
        self,
        shell: Shell,
        host: Host,
        settings: Any,
        reading: Any,
        show: Callable[[object], Awaitable[Any]],
        *,
        root: bool,
    ) -> None:
        """Look, with the reading in hand; bounded in time.

        Args:
            shell: The host's.
            host: The host.
            settings: This host's `settings_type`.
            reading: The panel's last one.
            show: Hands what was seen to the reader, as the result of `observe`, and returns the new reading.
            root: Whether root can be had without asking anybody: what wants it then takes it.

        Raises:
            ShellError: The host could not be asked at all.
        """
        ...
