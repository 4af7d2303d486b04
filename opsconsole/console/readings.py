"""One host's readers: output of sections in, readings and settled findings in its state out."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from math import inf

from opsconsole.console.aside import aside
from opsconsole.console.roads import roads
from opsconsole.console.sections import Sections
from opsconsole.console.state import Beside, HostState, PanelState
from opsconsole.panels.holds import Holds
from opsconsole.panels.panel import Cadence, Finding, Heavy, Panel, Reading

SPARKLINE_SPAN = timedelta(minutes=10)


class HostReadings:
    """Turns what a host answered into its state.

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
        self._readers = {name: panel.reader(state.host) for name, panel in loaded.items()}
        self._holds = {name: Holds() for name in loaded}
        self._heavy = {name: asyncio.Lock() for name, panel in loaded.items() if isinstance(panel, Heavy)}
        self._roads: dict[str, Cadence] = {}
        self._problems: dict[Cadence, str] = {}
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

    def recall(self, past: Mapping[str, Sequence[tuple[datetime, float]]], now: datetime) -> None:
        """Take what the history remembers, so that sparklines and trends go on after a restart."""
        for name, points in past.items():
            for reader in self._readers.values():
                reader.seed(name, points)
            before: datetime | None = None
            for at, value in points:
                if now - at <= SPARKLINE_SPAN:
                    self.state.remember([(name, value)], missed=self._missed(before, at))
                    before = at
            if before is not None:
                self._ticked_at = max(before, self._ticked_at or before)

    def _missed(self, before: datetime | None, at: datetime) -> int:
        """Return how many ticks are missing between two: a sparkline shows a gap as a gap."""
        if before is None:
            return 0
        return max(0, round((at - before).total_seconds() / self._tick_seconds) - 1)

    def apply(
        self,
        sections: Sections,
        taken_at: datetime,
        took_seconds: float,
        observed: Mapping[str, object] | None = None,
        *,
        road: Cadence,
    ) -> dict[str, float]:
        """Read, judge and settle the panels that have something new; return their values worth a history.

        A panel with a fast cadence gives values at a tick only, so that its points stay evenly spaced.

        Args:
            sections: What the host answered.
            taken_at: When (UTC).
            took_seconds: How long it took to answer.
            observed: What panels saw from outside, by their names.
            road: The road by which this was read: FAST for a tick, SLOW or RARE.
        """
        values: dict[str, float] = {}
        for name in self._new(sections, observed):
            said = self._read(name, sections, taken_at, observed)
            values.update(self._show(name, *said, taken_at, took_seconds, road))
        if road is Cadence.FAST:
            self.state.remember(values.items(), missed=self._missed(self._ticked_at, taken_at))
            self._ticked_at = taken_at
        return values

    async def apply_aside(
        self,
        sections: Sections,
        taken_at: datetime,
        took_seconds: float,
        observed: Mapping[str, object] | None = None,
        *,
        road: Cadence,
    ) -> dict[str, float]:
        """Do as `apply`, off the tick: panels whose reading is heavy are read and judged in a thread."""
        values: dict[str, float] = {}
        light_first = sorted(self._new(sections, observed), key=self._heavy.__contains__)
        for name in light_first:
            read = partial(self._read, name, sections, taken_at, observed)
            if name not in self._heavy:
                values.update(self._show(name, *read(), taken_at, took_seconds, road))
                continue
            async with self._heavy[name]:  # what came first is shown first
                values.update(self._show(name, *await aside(read), taken_at, took_seconds, road))
        return values

    def _new(self, sections: Sections, observed: Mapping[str, object] | None) -> list[str]:
        return [name for name in self.panels if name in sections or name in (observed or ())]

    def _read(
        self, name: str, sections: Sections, taken_at: datetime, observed: Mapping[str, object] | None
    ) -> tuple[Reading, list[Finding]]:
        """Read and judge one panel; of the state nothing is touched."""
        seen = (observed or {}).get(name)
        reading = self._readers[name].read(sections.get(name, {}), taken_at, seen)
        return reading, self.panels[name].judge(reading, self._limits[name])

    def _show(
        self,
        name: str,
        reading: Reading,
        findings: list[Finding],
        taken_at: datetime,
        took_seconds: float,
        road: Cadence,
    ) -> Mapping[str, float]:
        """Put one panel's reading into the state; return its values worth a history."""
        shown = self.state.panels[name]
        shown.reading = reading
        shown.findings = self._holds[name].settle(findings, taken_at, at_once=self._at_once)
        shown.took_seconds = took_seconds
        own = self._roads[name]
        if road is own:
            shown.taken_at = taken_at
        elif road in shown.beside:
            shown.beside[road].taken_at = taken_at
        return self._readers[name].series(reading) if road is own or own is not Cadence.FAST else {}

    def fail(self, problem: str, *, road: Cadence | None = None) -> None:
        """Note why the host could not be read; the last readings stay and grow stale.

        Args:
            problem: Why.
            road: Only for the panels that are read by this road: FAST, SLOW or RARE; None: for all.
        """
        failed = (Cadence.FAST, Cadence.SLOW, Cadence.RARE) if road is None else (road,)
        self._problems.update(dict.fromkeys(failed, problem))
        self._tell_problems()

    def worked(self, road: Cadence) -> None:
        """Note that a road was gone to its end: what stood in its way is told no more."""
        if self._problems.pop(road, None) is not None:
            self._tell_problems()

    def _tell_problems(self) -> None:
        for name, shown in self.state.panels.items():
            ways = (self._roads[name], *shown.beside)
            shown.problem = next((self._problems[road] for road in ways if road in self._problems), "")
