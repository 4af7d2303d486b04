"""When a host is read rarely: at first, when asked, sooner while looked at, not at each reconnection."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from opsconsole.console import poller, sections
from opsconsole.console.inventory import HostEntry
from opsconsole.console.poller import Poller
from opsconsole.console.readings import HostReadings
from opsconsole.console.state import RARE_SECONDS, HostState
from opsconsole.data.host import Host, ShellError
from opsconsole.panels.logs import PANEL
from opsconsole.panels.panel import Cadence

LOADED = {"logs": PANEL}
LONG, SOON = 1000.0, 0.01


class Rare:
    """A poller's rare loop whose readings are counted."""

    def __init__(self) -> None:
        self.state = HostState(HostEntry(Host("a", "a")))
        self.readings = HostReadings(self.state, LOADED, tick_seconds=2, slow_seconds=30)
        self.counted = asyncio.Semaphore(0)
        self.trouble: Exception | None = None
        self.poller = Poller(
            SimpleNamespace(host=self.state.host),  # type: ignore[arg-type]  # read_rare is not the real one
            self.readings,
            LOADED,
            tick_seconds=2,
            slow_seconds=30,
            on_change=lambda name: None,
            record=lambda *args: None,
        )

    async def read(self, *args: Any, **named: Any) -> None:
        self.counted.release()
        if self.trouble is not None:
            raise self.trouble
        self.was_read()

    def was_read(self) -> None:
        self.state.panels["logs"].taken_at = datetime.now(UTC)
        self.readings.read_rarely()

    async def next(self) -> None:
        async with asyncio.timeout(60):
            await self.counted.acquire()

    async def none_comes(self) -> bool:
        for _ in range(20):
            await asyncio.sleep(0)
        return self.counted.locked()


@contextlib.asynccontextmanager
async def rare(
    monkeypatch: pytest.MonkeyPatch, *, focused_seconds: float = LONG, known: bool = False
) -> AsyncIterator[Rare]:
    made = Rare()
    if known:
        made.was_read()
    monkeypatch.setattr(poller, "read_rare", made.read)
    monkeypatch.setattr(poller, "RARE_FOCUSED_SECONDS", focused_seconds)
    monkeypatch.setattr(poller, "RARE_SECONDS", LONG)
    monkeypatch.setattr(poller, "RESTART_SECONDS", (SOON, SOON))
    task = asyncio.create_task(made.poller._guarded(made.poller._rare_forever, Cadence.RARE))
    try:
        yield made
    finally:
        task.cancel()


async def test_it_is_read_at_first_and_when_a_person_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    async with rare(monkeypatch) as one:
        await one.next()
        assert await one.none_comes()
        one.poller.read_now()
        await one.next()
        assert await one.none_comes()


async def test_to_look_at_a_host_does_not_read_what_is_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    async with rare(monkeypatch) as one:
        await one.next()
        one.poller.read_now(looked_at=True)
        assert await one.none_comes()


async def test_to_look_at_a_host_reads_what_is_due_for_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    async with rare(monkeypatch, focused_seconds=SOON) as one:
        await one.next()
        await asyncio.sleep(2 * SOON)  # its age is what is tested
        one.poller.read_now(looked_at=True)
        await one.next()


async def test_while_looked_at_it_is_read_more_often(monkeypatch: pytest.MonkeyPatch) -> None:
    async with rare(monkeypatch, focused_seconds=SOON) as one:
        one.poller.focused = True
        for _ in range(3):
            await one.next()


async def test_a_connection_that_comes_back_does_not_read_again_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with rare(monkeypatch, known=True) as one:
        assert await one.none_comes()
        one.poller.read_now()
        await one.next()


async def test_a_rare_reading_that_broke_off_is_begun_again_and_not_taken_for_fresh(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with rare(monkeypatch) as one:
        one.state.panels["logs"].taken_at = datetime.now(UTC)  # by its first section
        one.trouble = ShellError("no session")
        for _ in range(3):
            await one.next()
        one.trouble = None
        await one.next()
        assert await one.none_comes()
        assert one.state.panels["logs"].problem == ""


async def test_a_panel_that_was_never_read_is_read_at_once_by_a_new_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = Rare()
    made.was_read()
    assert made.readings.rare_age_seconds() < LONG
    made.state.panels["logs"].taken_at = None
    assert made.readings.rare_age_seconds() == math.inf


async def test_a_new_connection_tells_nothing_of_what_stood_in_the_way_of_the_last() -> None:
    made = Rare()
    made.was_read()
    made.readings.fail("a: connection lost", road=Cadence.RARE)

    async def wait() -> None:
        await asyncio.Event().wait()

    for loop in ("_tick_forever", "_slow_forever", "_rare_forever"):
        setattr(made.poller, loop, wait)
    running = asyncio.create_task(made.poller.run())
    try:
        await made.none_comes()
        assert made.state.panels["logs"].problem == ""
    finally:
        running.cancel()


def test_each_rare_section_is_a_command_of_its_own_and_none_comes_with_the_others() -> None:
    batches = sections.rare_batches(LOADED, root=True)
    assert [(one.keys, one.command.sudo) for one in batches] == [
        (("logs.host",), True),
        (("logs.walk",), True),
    ]
    assert not any(one.command.sudo for one in sections.rare_batches(LOADED, root=False))
    assert sections.slow_batches(LOADED, root=True, first=True) == []
    assert sections.sampler_groups(LOADED) == {}


def test_a_rare_panel_grows_stale_by_its_own_period_and_fails_by_its_own_road() -> None:
    one = HostReadings(HostState(HostEntry(Host("a", "a"))), LOADED, tick_seconds=2, slow_seconds=30)
    assert one.state.panels["logs"].period_seconds == RARE_SECONDS
    one.fail("no tick", road=Cadence.FAST)
    one.fail("nothing slow", road=Cadence.SLOW)
    assert one.state.panels["logs"].problem == ""
    one.fail("nothing rare", road=Cadence.RARE)
    assert one.state.panels["logs"].problem == "nothing rare"
