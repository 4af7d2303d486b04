"""What is waited for comes first: slow and rare readings begin when the first tick is on the screen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from opsconsole.console import poller, sections
from opsconsole.console.inventory import HostEntry
from opsconsole.console.poller import Poller
from opsconsole.console.readings import HostReadings
from opsconsole.console.state import HostState
from opsconsole.data.host import Host, Output


class Ticker:
    """Its first answer comes when it is let go."""

    def __init__(self) -> None:
        self.asked, self.go = asyncio.Event(), asyncio.Event()
        self.trouble: Exception | None = None

    async def tick(self, groups: list[str], deadline_seconds: float) -> dict[str, Output]:
        self.asked.set()
        await self.go.wait()
        if self.trouble is not None:
            raise self.trouble
        return {}

    async def close(self) -> None:
        return


class Road:
    """Stands for a reading by the slow or the rare road."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()

    async def read(self, *args: Any, **named: Any) -> None:
        self.begun.set()


@asynccontextmanager
async def polled(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Ticker, Road, Road]]:
    ticker, slow, rare = Ticker(), Road(), Road()

    async def open_ticker(*_: Any) -> Ticker:
        return ticker

    class Shell:
        host = Host("a", "a")

    monkeypatch.setattr(poller, "open_ticker", open_ticker)
    monkeypatch.setattr(poller, "read_slow", slow.read)
    monkeypatch.setattr(poller, "read_rare", rare.read)
    loaded = sections.load_panels(["resources"])
    readings = HostReadings(HostState(HostEntry(Shell.host)), loaded, tick_seconds=2, slow_seconds=30)
    one = Poller(
        Shell(),  # type: ignore[arg-type]  # nothing is run
        readings,
        loaded,
        tick_seconds=2,
        slow_seconds=30,
        on_change=lambda name: None,
        record=lambda *args: None,
    )
    task = asyncio.create_task(one.run())
    try:
        async with asyncio.timeout(60):
            await ticker.asked.wait()
            yield ticker, slow, rare
    finally:
        task.cancel()


async def test_nothing_else_is_read_before_the_first_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poller, "FIRST_TICK_SECONDS", 1000.0)
    monkeypatch.setattr(poller, "PAINT_SECONDS", 0.0)
    async with polled(monkeypatch) as (ticker, slow, rare):
        for _ in range(100):
            await asyncio.sleep(0)
        assert not slow.begun.is_set()
        assert not rare.begun.is_set()
        ticker.go.set()
        await slow.begun.wait()
        await rare.begun.wait()


async def test_a_host_that_does_not_tick_is_read_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poller, "FIRST_TICK_SECONDS", 0.01)
    async with polled(monkeypatch) as (_, slow, rare):
        await slow.begun.wait()
        await rare.begun.wait()


async def test_a_tick_that_fails_is_waited_for_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poller, "FIRST_TICK_SECONDS", 1000.0)
    monkeypatch.setattr(poller, "PAINT_SECONDS", 0.0)
    async with polled(monkeypatch) as (ticker, slow, rare):
        ticker.trouble = OSError("not today")
        ticker.go.set()
        await slow.begun.wait()
        await rare.begun.wait()
