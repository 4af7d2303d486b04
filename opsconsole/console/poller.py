"""Keeps one connected host's readings fresh: ticks through its sampler, slow and rare ones beside them."""

from __future__ import annotations

import asyncio
import itertools
import logging
import math
import random
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from datetime import UTC, datetime
from typing import Any

from opsconsole.console import sections
from opsconsole.console.alarm import Alarm
from opsconsole.console.looks import Looks
from opsconsole.console.readings import Brought, HostReadings
from opsconsole.console.rounds import Record, read_rare, read_slow
from opsconsole.console.ssh.root_reader import RootReader
from opsconsole.console.state import RARE_FOCUSED_SECONDS, RARE_SECONDS
from opsconsole.console.ticks import Ticker, open_ticker
from opsconsole.console.troubles import words_of
from opsconsole.data.host import Shell, ShellError
from opsconsole.panels.panel import Cadence, Panel, SectionOutput

MEDIUM_EVERY_TICKS = 5
TICK_DEADLINE_SECONDS = 30.0
FIRST_TICK_SECONDS = 2.0
"""How long the slow and rare roads wait for the first tick, which is what the engineer waits for."""
PAINT_SECONDS = 0.1
"""And how long for its being painted: what they load, and the commands they start, would delay it."""
RESTART_SECONDS = (1.0, 30.0)  # first and longest wait before a broken sampler is started again

log = logging.getLogger(__name__)


class Poller:
    """Reads one host for as long as its connection is up.

    Args:
        shell: The host's shell.
        readings: Where the output goes.
        loaded: The panels.
        tick_seconds: Period of the fast cadence.
        slow_seconds: Period of the slow cadence.
        on_change: Called after each new reading or problem.
        record: Called with the values worth a history.
    """

    def __init__(
        self,
        shell: Shell,
        readings: HostReadings,
        loaded: Mapping[str, Panel],
        *,
        tick_seconds: float,
        slow_seconds: float,
        on_change: Callable[[str], None],
        record: Record,
    ) -> None:
        self.shell = shell
        self.readings = readings
        self.focused = False
        self._panels = loaded
        self._groups = [(name, Cadence(name)) for name in sections.sampler_groups(loaded)]
        self._tick_seconds = tick_seconds
        self._slow_seconds = slow_seconds
        self._on_change = on_change
        self._record = record
        self._now, self._slow_now, self._rare_now = Alarm(), Alarm(), Alarm()
        self._rare_at = -math.inf
        self._looks = Looks(loaded, slow_seconds)
        self._asked = False
        self._ticked: asyncio.Future[None] | None = None
        self._heavy: asyncio.Task[None] | None = None
        self._rooted = RootReader(
            shell,
            deadline_seconds=sections.SLOW_DEADLINE_SECONDS,
            limit_bytes=sections.SLOW_OUTPUT_LIMIT_BYTES,
        )

    @property
    def _name(self) -> str:
        return self.shell.host.name

    def read_now(self, *, looked_at: bool = False) -> None:
        """Read everything now instead of at the next turn.

        Args:
            looked_at: Nobody asked; somebody began to look. What costs the host more is read only when due.
        """
        self._asked = self._asked or not looked_at
        self._now.ring()
        self._slow_now.ring()
        if not looked_at or time.monotonic() - self._rare_at >= RARE_FOCUSED_SECONDS:
            self._rare_now.ring()

    async def run(self) -> None:
        """Read until cancelled. Trouble with the host is shown in its state, and tried again."""
        self.readings.state.root_problem = ""  # it is a new connection
        self.readings.connected()
        self._ticked = ticked = asyncio.get_running_loop().create_future()
        # No TaskGroup: a thousand hosts would keep a megabyte in them, and no road ends by itself.
        beside = [
            asyncio.create_task(self._guarded(self._slow_forever, Cadence.SLOW, after=ticked)),
            asyncio.create_task(self._guarded(self._rare_forever, Cadence.RARE, after=ticked)),
        ]
        try:
            await self._guarded(self._tick_forever, Cadence.FAST)
        finally:
            for task in beside:
                task.cancel()
            try:
                await asyncio.gather(*beside, return_exceptions=True)
            finally:
                if self._heavy is not None:
                    self._heavy.cancel()
                self._rooted.close()

    async def _first_tick(self, ticked: asyncio.Future[None]) -> None:
        """Let the first tick be read and painted; a host that is slow to tick is not waited for."""
        done, _ = await asyncio.wait([ticked], timeout=FIRST_TICK_SECONDS)
        self._ticked = None
        if done:
            await asyncio.sleep(PAINT_SECONDS)

    def _first_over(self) -> None:
        if self._ticked is not None and not self._ticked.done():
            self._ticked.set_result(None)

    async def _guarded(
        self, work: Callable[[], Awaitable[None]], road: Cadence, *, after: asyncio.Future[None] | None = None
    ) -> None:
        """Run one of the loops; start it again, later each time, when the host breaks it."""
        if after is not None:
            await self._first_tick(after)
        first, longest = wait_seconds, _ = RESTART_SECONDS
        if road is Cadence.RARE:  # what costs the host seconds is not begun again every half a minute
            longest = RARE_FOCUSED_SECONDS
        while True:
            began = time.monotonic()
            try:
                await work()
            except Exception as error:  # trouble with a host must never end its polling
                if not isinstance(error, (ShellError, TimeoutError, OSError)):
                    log.exception("reading %s failed", self._name)
                problem = words_of(error)
            if time.monotonic() - began > longest:
                wait_seconds = first
            self._first_over()
            self.readings.fail(problem, road=road)
            self._on_change(self._name)
            await asyncio.sleep(wait_seconds * random.uniform(0.5, 1.0))  # noqa: S311  # jitter, not a secret
            wait_seconds = min(wait_seconds * 2, longest)

    async def _tick_forever(self) -> None:
        ticker = await open_ticker(self.shell, self._panels)
        try:
            await self._tick(ticker, self._groups_due(0))
            self._first_over()
            # Rates need a second sample, so it comes early; when exactly is by chance, so that a thousand
            # hosts do not answer in the same instant from then on.
            due = time.monotonic() + self._tick_seconds * random.uniform(0.25, 1.0)  # noqa: S311  # jitter
            for count in itertools.count(1):
                await self._now.sleep_until(due)
                await self._tick(ticker, self._groups_due(count))
                due = next_due(due, time.monotonic(), self._tick_seconds)
        finally:
            await ticker.close()

    def _groups_due(self, count: int) -> list[str]:
        """Return this tick's groups; focus sections come along while somebody looks or something is wrong."""
        return [name for name, cadence in self._groups if self._is_due(cadence, count)]

    def _is_due(self, cadence: Cadence, count: int) -> bool:
        if cadence is Cadence.FAST:
            return True
        if cadence is Cadence.MEDIUM:
            return count % MEDIUM_EVERY_TICKS == 0
        slow_every = max(1, round(self._slow_seconds / self._tick_seconds))
        return self.focused or (count % slow_every == 1 % slow_every and self._finds_something())

    def _finds_something(self) -> bool:
        return any(panel.findings for panel in self.readings.state.panels.values())

    async def _tick(self, ticker: Ticker, groups: list[str]) -> None:
        began = time.monotonic()
        answer = await ticker.tick(groups, TICK_DEADLINE_SECONDS)
        took = time.monotonic() - began
        taken_at = datetime.now(UTC)
        flat = {key: SectionOutput(*output) for key, output in answer.items()}
        values = self.readings.apply(Brought(sections.by_panel(flat), taken_at, took, Cadence.FAST))
        self.readings.worked(Cadence.FAST)
        if values:
            self._record(self._name, taken_at, values)
        self._on_change(self._name)

    async def _slow_forever(self) -> None:
        first = True
        while True:
            began = time.monotonic()
            looking = self._looks.due(began, asked=self._asked)
            self._asked = False
            await read_slow(
                self.shell,
                self.readings,
                self._panels,
                record=self._record,
                first=first,
                looking=looking,
                later=self._later,
                rooted=self._rooted,
            )
            first = False
            self._on_change(self._name)
            await self._slow_now.sleep_until(began + self._slow_seconds * random.uniform(0.9, 1.0))  # noqa: S311  # jitter

    def _later(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do heavy work beside the road; while some is under way, more is left out: it must not pile up."""
        if self._heavy is None or self._heavy.done():
            self._heavy = asyncio.create_task(work())
            self._heavy.add_done_callback(lambda _: self._told())

    async def _rare_forever(self) -> None:
        if self._rare_at == -math.inf:
            # A host whose connection comes and goes is not made to pay at each reconnection.
            await self._rare_now.sleep_until(
                time.monotonic() + RARE_FOCUSED_SECONDS - self.readings.rare_age_seconds()
            )
        while True:
            self._rare_now.silence()
            self._rare_at = began = time.monotonic()
            await read_rare(
                self.shell,
                self.readings,
                self._panels,
                record=self._record,
                told=self._told,
                rooted=self._rooted,
            )
            jitter = random.uniform(0.9, 1.0)  # noqa: S311  # jitter
            woken = await self._rare_now.sleep_until(began + RARE_FOCUSED_SECONDS * jitter)
            if not woken and not self.focused:
                await self._rare_now.sleep_until(began + RARE_SECONDS * jitter)

    def _told(self) -> None:
        self._on_change(self._name)


def next_due(due: float, now: float, tick_seconds: float) -> float:
    """Return when the tick after the one due at `due` is due.

    Who has missed that moment gets another by chance. Were it due at once, all hosts that one busy second
    made late would tick in the same instant, and from then on each time.
    """
    due += tick_seconds
    return due if due >= now else now + tick_seconds * random.uniform(0.0, 1.0)  # noqa: S311  # jitter
