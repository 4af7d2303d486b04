"""What this console works out, and waits for its turn to, is no time that a host took to answer."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from opsconsole.console.aside import answered_by, own_time
from opsconsole.console.inventory import HostEntry
from opsconsole.console.poller import Poller
from opsconsole.console.readings import HostReadings
from opsconsole.console.state import HostState
from opsconsole.data.host import Host


class Clock:
    """The loop's clock, which a test puts forward."""

    def __init__(self) -> None:
        self.ahead = 0.0
        self._loop = asyncio.get_running_loop()
        now = self._loop.time
        self._loop.time = lambda: now() + self.ahead  # type: ignore[method-assign]

    def time(self) -> float:
        return self._loop.time()

    async def goes_on(self, seconds: float) -> None:
        self.ahead += seconds
        for _ in range(5):  # whatever is due by then has its turn
            await asyncio.sleep(0)


async def answering(clock: Clock, last_seconds: float) -> None:
    async with answered_by(clock.time() + 90):
        await clock.goes_on(60)
        with own_time():
            await clock.goes_on(3600)
        await clock.goes_on(last_seconds)


async def test_own_time_is_not_the_host_s() -> None:
    clock = Clock()
    await answering(clock, 20)
    with pytest.raises(TimeoutError):
        await answering(clock, 40)


async def test_own_time_within_another_stops_the_clock_once() -> None:
    clock = Clock()
    async with answered_by(clock.time() + 90):
        with own_time():
            with own_time():
                await clock.goes_on(3600)
            await clock.goes_on(3600)
        await clock.goes_on(60)


async def test_where_nothing_limits_it_own_time_is_nothing() -> None:
    with own_time():
        await asyncio.sleep(0)


async def test_heavy_readings_of_a_host_do_not_pile_up_and_end_with_its_poller() -> None:
    told: list[str] = []
    host, loaded = Host("a", "a"), dict[str, Any]()
    one = Poller(
        SimpleNamespace(host=host),  # type: ignore[arg-type]  # nothing is asked
        HostReadings(HostState(HostEntry(host)), loaded, tick_seconds=2, slow_seconds=30),
        loaded,
        tick_seconds=2,
        slow_seconds=30,
        on_change=told.append,
        record=lambda *args: None,
    )
    goes_on, began, ended = asyncio.Event(), list[str](), list[str]()

    async def heavy() -> None:
        began.append("x")
        try:
            await goes_on.wait()
        finally:
            ended.append("x")

    async def forever() -> None:
        one._later(heavy)
        one._later(heavy)
        await asyncio.Event().wait()

    async def turns() -> None:
        for _ in range(5):
            await asyncio.sleep(0)

    one._slow_forever = one._rare_forever = one._tick_forever = forever  # type: ignore[method-assign]
    running = asyncio.create_task(one.run())
    await turns()
    assert began == ["x"]
    goes_on.set()
    await turns()
    assert told == ["a"]
    goes_on.clear()
    one._later(heavy)
    await turns()
    assert (began, ended) == (["x", "x"], ["x"])
    running.cancel()
    await turns()
    assert ended == ["x", "x"]
