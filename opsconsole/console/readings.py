"""One host's readers: output of sections in, readings and settled findings in its state out."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from math import inf, nan

from opsconsole.console.aside import aside, own_time
from opsconsole.console.roads import roads
from opsconsole.console.sections import Sections
from opsconsole.console.sparklines import SPAN, Sparklines
from opsconsole.console.state import Beside, HostState, PanelState
from opsconsole.console.troubles import Troubles, words_of
from opsconsole.data.host import NotConnectedError
from opsconsole.data.record import record
from opsconsole.panels.holds import Holds
from opsconsole.panels.panel import Cadence, Finding, Heavy, Panel, Reader, Reading, Recalling, Sparkling

log = logging.getLogger(__name__)


@record(eq=False)
class Brought:
    """What was read of a host at one moment.

    Attributes:
        sections: What the host answered.
        taken_at: When (UTC).
        took_seconds: How long it took to answer.
        road: By which road: FAST for a tick, SLOW or RARE.
        observed: What panels saw from outside, by their names.
        part: Which part of what the road brings, where it brings it piece by piece.
    """

    sections: Sections
    taken_at: datetime
    took_seconds: float
    road: Cadence
    observed: Mapping[str, object] | None = None
    part: str = ""


class HostReadings:
    """Turns what a host answered into its state. What one panel makes stumble is told of that panel only.

    Args:
        state: The state to keep up to date.
        loaded: The panels to read.
        tick_seconds: Period of the fast cadence.
        slow_seconds: Period of the slow cadence.
        at_once: A one-shot check: take the `for` durations of limits as zero; and no reading grows stale,
            for there is no second one, however long the slowest host of all is waited for.
    """

    def __init__(
        self,
        state: HostState,
        loaded: Mapping[str, Panel],
        *,
        tick_seconds: float,
        slow_seconds: float,
        at_once: bool = False,
    ) -> None:
        self.state = state
        self.panels = loaded
        self._at_once = at_once
        self._tick_seconds = tick_seconds
        self._ticked_at: datetime | None = None
        self._drawn = [
            name for panel in loaded.values() if isinstance(panel, Sparkling) for name in panel.sparklines
        ]
        state.sparklines = Sparklines(tick_seconds)
        self._readers: dict[str, Reader] = {}  # made when first needed: the first paint waits for none
        self._holds = {name: Holds() for name in loaded}
        self._heavy = {name: asyncio.Lock() for name, panel in loaded.items() if isinstance(panel, Heavy)}
        self._roads: dict[str, Cadence] = {}
        self._troubles = Troubles()
        self._rare_read_at = -inf  # monotonic
        self._limits = {
            name: state.entry.limits.get(name) or panel.limits_type() for name, panel in loaded.items()
        }
        for name, panel in loaded.items():
            (own, period), *others = roads(panel, tick_seconds, slow_seconds).items()
            self._roads[name] = own
            state.panels[name] = PanelState(
                inf if at_once else period,
                beside={road: Beside(inf if at_once else every) for road, every in others},
            )

    def _reader(self, name: str) -> Reader:
        reader = self._readers.get(name)
        if reader is None:
            reader = self._readers[name] = self.panels[name].reader(self.state.host)
        return reader

    def recall(self, past: Mapping[str, Sequence[tuple[datetime, float]]], now: datetime) -> None:
        """Take what the history remembers, so that sparklines and trends go on after a restart."""
        for name, points in past.items():
            for panel_name, panel in self.panels.items():
                if isinstance(panel, Recalling):
                    panel.seed(self._reader(panel_name), name, points)
        ticks: dict[datetime, dict[str, float]] = {}
        for name in self._drawn:
            for at, value in past.get(name, ()):
                if now - at <= SPAN:
                    ticks.setdefault(at, {})[name] = value
        for at in sorted(ticks):
            self._remember(ticks[at], at)

    def _remember(self, values: Mapping[str, float], at: datetime) -> None:
        """Add a tick to the sparklines: a gap, where some are missing before it, or a value is not known."""
        before, self._ticked_at = self._ticked_at, at
        ticks = 1 if before is None else round((at - before).total_seconds() / self._tick_seconds)
        told = [(name, values.get(name, nan)) for name in self._drawn]
        self.state.sparklines.add(told, max(1, ticks))

    def apply(self, brought: Brought, *, without: Container[str] = ()) -> dict[str, float]:
        """Read, judge and settle the panels that have something new; return their values worth a history.

        A panel with a fast cadence gives values at a tick only, so that its points stay evenly spaced.

        Args:
            brought: What was read.
            without: Names of panels to leave out.
        """
        values: dict[str, float] = {}
        for name in self._new(brought):
            if name in without:
                continue
            try:
                values.update(self._show(name, *self._read(name, brought), brought))
            except Exception as error:  # noqa: BLE001  # as `reading_of`, which a tick would feel
                self._stumbled(name, brought.part or brought.road, error)
            else:
                self._went_well(name, brought.part or brought.road)
        if brought.road is Cadence.FAST:
            self._remember(values, brought.taken_at)
        return values

    async def apply_aside(self, brought: Brought) -> dict[str, float]:
        """Do as `apply`, off the tick: panels whose reading is heavy are read and judged in a thread."""
        values = self.apply(brought, without=self._heavy)
        return values | await self.apply_heavy(brought)

    async def apply_heavy(self, brought: Brought) -> dict[str, float]:
        """Do as `apply_aside` for the heavy panels only, which wait for those of all other hosts."""
        values: dict[str, float] = {}
        for name in self.new_heavy(brought):
            read = partial(self._read, name, brought)
            with self.reading_of(name, brought.part or brought.road), own_time():
                async with self._heavy[name]:  # what came first is shown first
                    values.update(self._show(name, *await aside(read), brought))
        return values

    def new_heavy(self, brought: Brought) -> list[str]:
        """Return the names of the heavy panels that have something new."""
        return [name for name in self._new(brought) if name in self._heavy]

    def _new(self, brought: Brought) -> list[str]:
        sections, observed = brought.sections, brought.observed or ()
        return [name for name in self.panels if name in sections or name in observed]

    def _read(self, name: str, brought: Brought) -> tuple[Reading, list[Finding]]:
        """Read and judge one panel; of the state nothing is touched."""
        seen = (brought.observed or {}).get(name)
        reading = self._reader(name).read(brought.sections.get(name, {}), brought.taken_at, seen)
        return reading, self.panels[name].judge(reading, self._limits[name])

    def _show(
        self, name: str, reading: Reading, findings: list[Finding], brought: Brought
    ) -> Mapping[str, float]:
        """Put one panel's reading into the state; return its values worth a history."""
        road, taken_at = brought.road, brought.taken_at
        shown = self.state.panels[name]
        shown.reading = reading
        shown.findings = self._holds[name].settle(findings, taken_at, at_once=self._at_once)
        shown.took_seconds = brought.took_seconds
        own = self._roads[name]
        if road is own:
            shown.taken_at = taken_at
        elif road in shown.beside:
            shown.beside[road].taken_at = taken_at
        return self._reader(name).series(reading) if road is own or own is not Cadence.FAST else {}

    def fail(self, problem: str, *, road: Cadence | None = None) -> None:
        """Note why the host could not be read; the last readings stay and grow stale.

        Args:
            problem: Why.
            road: Only for the panels that are read by this road: FAST, SLOW or RARE; None: for all.
        """
        failed = (Cadence.FAST, Cadence.SLOW, Cadence.RARE) if road is None else (road,)
        self._troubles.roads.update(dict.fromkeys(failed, problem))
        self._tell_problems()

    def worked(self, road: Cadence) -> None:
        """Note that a road was gone to its end: what stood in its way is told no more."""
        if self._troubles.roads.pop(road, None) is not None:
            self._tell_problems()

    def read_rarely(self) -> None:
        """Note that a rare reading came to its end."""
        self._rare_read_at = time.monotonic()
        self.worked(Cadence.RARE)

    def rare_age_seconds(self) -> float:
        """Return how long ago a rare reading came to its end; infinite while it brought a panel nothing."""
        for name, shown in self.state.panels.items():
            one = shown if self._roads[name] is Cadence.RARE else shown.beside.get(Cadence.RARE)
            if one is not None and one.taken_at is None:
                return inf
        return time.monotonic() - self._rare_read_at

    def connected(self) -> None:
        """Note that there is a new connection: what stood in the roads of the last one is told no more."""
        self._troubles.roads.clear()
        self._tell_problems()

    @contextmanager
    def reading_of(self, name: str, part: str) -> Iterator[None]:
        """Take what goes wrong within as this panel's, not the others'; a lost connection is everybody's.

        Args:
            name: The panel.
            part: Which part of it is read; its trouble is told until that part was read well.

        Raises:
            NotConnectedError: There is no connection.
        """
        try:
            yield
        except NotConnectedError:
            raise
        except Exception as error:  # noqa: BLE001  # hostile output takes nothing from the other panels
            self._stumbled(name, part, error)
        else:
            self._went_well(name, part)

    def _stumbled(self, name: str, part: str, error: Exception) -> None:
        if (name, part) not in self._troubles.panels:  # once, not at each tick
            log.error("reading %s of %s failed (%s)", name, self.state.host.name, part, exc_info=error)
        self._troubles.panels[name, part] = words_of(error)
        self._tell_problems()

    def _went_well(self, name: str, part: str) -> None:
        if self._troubles.panels and self._troubles.panels.pop((name, part), None) is not None:
            self._tell_problems()

    def _tell_problems(self) -> None:
        for name, shown in self.state.panels.items():
            shown.problem = self._troubles.of(name, (self._roads[name], *shown.beside))
