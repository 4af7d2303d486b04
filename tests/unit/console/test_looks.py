"""When panels look from outside: each at its own pace, at once when a person asks."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from opsconsole.console import poller
from opsconsole.console.inventory import HostEntry
from opsconsole.console.looks import Looks
from opsconsole.console.poller import Poller
from opsconsole.console.readings import HostReadings
from opsconsole.console.rounds import read_slow
from opsconsole.console.state import HostState
from opsconsole.data.host import Host
from opsconsole.panels.logs import PANEL

PACES: Any = {
    "health": SimpleNamespace(observe_every_seconds=0.0),
    "certificates": SimpleNamespace(observe_every_seconds=300.0),
}


def looks_of(times: list[float], slow_seconds: float = 30.0) -> list[float]:
    looks = Looks(PACES, slow_seconds)
    due = {now: looks.due(now, asked=False) for now in times}
    assert all("health" in names for names in due.values())
    return [now for now, names in due.items() if "certificates" in names]


def test_all_look_at_first_then_each_at_its_pace() -> None:
    assert looks_of([float(now) for now in range(0, 901, 30)]) == [0, 300, 600, 900]


def test_jitter_does_not_make_a_look_a_whole_period_late() -> None:
    assert looks_of([0, 29, 299, 328, 598]) == [0, 299, 598]


def test_a_person_who_asks_does_not_wait_and_the_pace_counts_from_then() -> None:
    looks = Looks(PACES, 30.0)
    assert looks.due(0.0, asked=False) == {"health", "certificates"}
    assert looks.due(30.0, asked=True) == {"health", "certificates"}
    assert looks.due(300.0, asked=False) == {"health"}
    assert looks.due(330.0, asked=False) == {"health", "certificates"}


@pytest.mark.parametrize(("looked_at", "again"), [(False, {"logs"}), (True, set())])
async def test_the_poller_hands_on_who_looks(
    monkeypatch: pytest.MonkeyPatch, looked_at: bool, again: set[str]
) -> None:
    seen: asyncio.Queue[set[str]] = asyncio.Queue()

    async def read(*args: Any, looking: set[str], **named: Any) -> None:
        seen.put_nowait(set(looking))

    monkeypatch.setattr(poller, "read_slow", read)
    monkeypatch.setattr(PANEL, "observe_every_seconds", 300.0)
    loaded: Any = {"logs": PANEL}
    one = Poller(
        SimpleNamespace(host=Host("a", "a")),  # type: ignore[arg-type]  # read_slow is not the real one
        HostReadings(HostState(HostEntry(Host("a", "a"))), loaded, tick_seconds=2, slow_seconds=30),
        loaded,
        tick_seconds=2,
        slow_seconds=30,
        on_change=lambda name: None,
        record=lambda *args: None,
    )
    task = asyncio.create_task(one._slow_forever())
    try:
        async with asyncio.timeout(60):
            assert await seen.get() == {"logs"}
            one.read_now(looked_at=looked_at)
            assert await seen.get() == again
    finally:
        task.cancel()


async def test_only_those_that_are_named_look() -> None:
    looked = []

    class Looking:
        sections = ()
        observe_every_seconds = 0.0
        settings_type = limits_type = SimpleNamespace

        def __init__(self, name: str) -> None:
            self.name = name

        def reader(self, host: Host) -> None:
            return None

        async def observe(self, *args: Any) -> None:
            looked.append(self.name)

    class Shell:
        host = Host("a", "a")

        async def facts(self) -> Any:
            return SimpleNamespace(user_id=0, has_proc=True)

    loaded: Any = {name: Looking(name) for name in ("one", "two", "three")}
    readings = HostReadings(
        HostState(HostEntry(Shell.host, limits={name: object() for name in loaded})),
        loaded,
        tick_seconds=2,
        slow_seconds=30,
    )
    shell: Any = Shell()
    await read_slow(shell, readings, loaded, record=None, first=False, looking={"two"})
    assert looked == ["two"]
    await read_slow(shell, readings, loaded, record=None, first=False)
    assert looked == ["two", "one", "two", "three"]
