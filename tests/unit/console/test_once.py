"""One reading of several hosts: a silent one, and one that must wait, take nothing from the others."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from opsconsole.console import once
from opsconsole.console.cli.check import document
from opsconsole.console.inventory import HostEntry, Inventory
from opsconsole.console.once import read_once
from opsconsole.console.readings import HostReadings
from opsconsole.console.settings import Settings
from opsconsole.console.ssh import connections
from opsconsole.console.ssh.prompts import NoPrompter
from opsconsole.console.ssh.status import ConnectionState, ConnectionStatus
from opsconsole.console.state import HostState
from opsconsole.data.host import Host, NotConnectedError, Shell, ShellError
from opsconsole.panels.panel import Cadence, Level

QUICK, SILENT = "quick", "silent"
UP = ConnectionStatus(ConnectionState.UP)
LOST = ConnectionStatus(ConnectionState.LOST, "connection lost: Broken pipe")


class World:
    """Hosts whose connections and readings are made up.

    Attributes:
        read: Set when the quick host was read.
        trouble: What a road of the quick host raises.
        hours_until_connected: How long the quick host waits for its turn.
        losses: How many connections of the quick host are lost while its slow road is read.
        connected: How often it was connected to.
    """

    def __init__(self) -> None:
        self.read = asyncio.Event()
        self.trouble: Mapping[Cadence, Exception] = {}
        self.hours_until_connected = 0
        self.losses = self.connected = 0
        self.statuses: dict[str, ConnectionStatus] = {}

    # Connections
    async def connect(self, name: str) -> None:
        if name == SILENT:
            await self.read.wait()
            self.statuses[name] = ConnectionStatus(ConnectionState.TIMED_OUT, "no answer in 10 s")
            raise NotConnectedError("silent: no answer in 10 s")
        if self.hours_until_connected:
            loop, hours = asyncio.get_running_loop(), self.hours_until_connected
            now = loop.time
            loop.time = lambda: now() + 3600.0 * hours  # type: ignore[method-assign]
            for _ in range(5):  # whatever is due by then has its turn
                await asyncio.sleep(0)
        self.statuses[name] = UP
        self.connected += 1

    def status(self, name: str) -> ConnectionStatus:
        return self.statuses[name]

    def shell(self, name: str) -> Any:
        return type("Shell", (), {"host": Host(name, name)})()

    async def close(self) -> None:
        pass

    # Readings
    async def by(self, road: Cadence, readings: HostReadings) -> None:
        await asyncio.sleep(0)
        if road in self.trouble:
            raise self.trouble[road]
        if road is Cadence.SLOW and self.connected <= self.losses:
            self.statuses[QUICK] = LOST
            raise NotConnectedError("quick: connection lost: Broken pipe")
        now = datetime.now(UTC)
        for shown in readings.state.panels.values():
            shown.taken_at = now
            for one in shown.beside.values():
                one.taken_at = now
        if road is Cadence.RARE:
            self.read.set()


@pytest.fixture
async def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()

    async def sample_twice(shell: Shell, readings: HostReadings, loaded: Any) -> None:
        await made.by(Cadence.FAST, readings)

    async def read_slow(shell: Shell, readings: HostReadings, loaded: Any, **_: Any) -> None:
        await made.by(Cadence.SLOW, readings)

    async def read_rare(shell: Shell, readings: HostReadings, loaded: Any, **_: Any) -> None:
        await made.by(Cadence.RARE, readings)

    for name, one in (("_sample_twice", sample_twice), ("read_slow", read_slow), ("read_rare", read_rare)):
        monkeypatch.setattr(once, name, one)
    monkeypatch.setattr(connections, "Connections", lambda *_, **__: made)
    return made


async def check(*names: str, panels: list[str]) -> list[HostState]:
    entries = {name: HostEntry(Host(name, name)) for name in names}
    return await read_once(
        entries.values(), Settings(), Inventory(entries), prompter=NoPrompter(), panel_names=panels
    )


async def test_a_silent_host_does_not_make_the_others_stale(world: World) -> None:
    states = await check(QUICK, SILENT, panels=["resources"])
    quick, silent = document(states, datetime.now(UTC) + timedelta(hours=1))["hosts"]
    assert (quick["level"], quick["panels"]["resources"]["level"]) == ("ok", "ok")
    assert (silent["level"], silent["reason"]) == ("unknown", "no answer in 10 s")


async def test_to_wait_for_a_turn_takes_nothing_of_the_time_to_answer(world: World) -> None:
    world.hours_until_connected = 2
    (state,) = await check(QUICK, panels=["resources"])
    assert state.panels["resources"].problem == ""
    assert state.level(datetime.now(UTC)) is Level.OK


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ShellError("no session"), "no session"),
        (TimeoutError(), "no answer within 90 s"),
        (ValueError("odd"), "reading failed: ValueError('odd')"),
    ],
)
async def test_what_one_road_lacks_is_not_told_of_the_others(
    world: World, error: Exception, words: str
) -> None:
    world.trouble = {Cadence.RARE: error}
    (state,) = await check(QUICK, panels=["resources", "health", "logs"])
    assert {name: panel.problem for name, panel in state.panels.items()} == {
        "resources": "",
        "health": "",
        "logs": words,
    }
    assert state.level(datetime.now(UTC)) is Level.UNKNOWN


async def test_a_host_whose_connection_is_lost_in_the_midst_is_read_once_more(world: World) -> None:
    world.losses = 1
    (state,) = await check(QUICK, panels=["resources", "health"])
    assert world.connected == 2
    assert [panel.problem for panel in state.panels.values()] == ["", ""]
    assert state.level(datetime.now(UTC)) is Level.OK


async def test_one_that_is_lost_each_time_is_unknown_and_not_read_for_ever(world: World) -> None:
    world.losses = 10
    (quick,) = document(await check(QUICK, panels=["resources", "health"]), datetime.now(UTC))["hosts"]
    assert world.connected == 2
    assert (quick["level"], quick["reason"]) == ("unknown", "connection lost: Broken pipe")


async def test_a_host_that_is_away_is_not_tried_again(world: World) -> None:
    world.read.set()
    (silent,) = await check(SILENT, panels=["resources"])
    assert world.connected == 0
    assert silent.status.state is ConnectionState.TIMED_OUT
