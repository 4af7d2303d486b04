"""What keeps the processor busy for long is read and judged in a thread: the loop goes on meanwhile."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from opsconsole.console.inventory import HostEntry
from opsconsole.console.readings import Brought, HostReadings
from opsconsole.console.state import HostState
from opsconsole.data.host import Host
from opsconsole.panels.certificates import PANEL as CERTIFICATES
from opsconsole.panels.panel import Cadence, Finding, Heavy, Level, Section, SectionOutput

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


@dataclass
class Slow:
    """A panel whose reader waits, as long calculations do, and says in which threads it was called."""

    name: str
    goes_on: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)
    sections = (Section("own", "", Cadence.RARE),)
    limits_type = SimpleNamespace
    observe_every_seconds = 0.0

    def reader(self, host: Host) -> Slow:
        return self

    def read(self, sections: Mapping[str, SectionOutput], taken_at: datetime, observed: object) -> Any:
        self.threads.append(threading.current_thread())
        assert self.goes_on.wait(30), "the loop stood still"
        return SimpleNamespace(taken_at=taken_at, said=sections["own"].text)

    def judge(self, reading: Any, limits: Any) -> list[Finding]:
        self.threads.append(threading.current_thread())
        return [Finding(Level.WARNING, "said", reading.said.decode(), "")]

    def series(self, reading: Any) -> Mapping[str, float]:
        return {self.name: float(len(reading.said))}


class SlowAndHeavy(Slow):
    is_heavy = True


def known(*panels: Slow) -> HostReadings:
    loaded: Any = {one.name: one for one in panels}
    return HostReadings(HostState(HostEntry(Host("a", "a"))), loaded, tick_seconds=2, slow_seconds=30)


def said(*names: str, text: bytes = b"x") -> dict[str, dict[str, SectionOutput]]:
    return {name: {"own": SectionOutput(text)} for name in names}


def test_certificates_are_heavy() -> None:
    assert isinstance(CERTIFICATES, Heavy)


async def test_the_loop_goes_on_while_a_heavy_panel_is_read() -> None:
    heavy = SlowAndHeavy("heavy")
    readings = known(heavy)
    reading = asyncio.create_task(readings.apply_aside(Brought(said("heavy"), NOW, 0.1, Cadence.RARE)))
    while not heavy.threads:
        await asyncio.sleep(0)
    assert readings.state.panels["heavy"].reading is None
    heavy.goes_on.set()  # by the loop, while it is read
    assert await reading == {"heavy": 1.0}
    shown = readings.state.panels["heavy"]
    assert (shown.reading.said, [one.subject for one in shown.findings]) == (b"x", ["x"])
    assert shown.taken_at == NOW
    assert threading.current_thread() not in heavy.threads


@pytest.mark.parametrize("order", [("heavy", "light"), ("light", "heavy")])
async def test_other_panels_are_read_as_before_and_wait_for_none(order: tuple[str, str]) -> None:
    heavy, light = SlowAndHeavy("heavy"), Slow("light")
    light.goes_on.set()
    readings = known(*(heavy if name == "heavy" else light for name in order))
    reading = asyncio.create_task(readings.apply_aside(Brought(said(*order), NOW, 0.1, Cadence.RARE)))
    while not heavy.threads:
        await asyncio.sleep(0)
    assert readings.state.panels["light"].reading is not None
    assert set(light.threads) == {threading.current_thread()}
    heavy.goes_on.set()
    assert set(await reading) == {"heavy", "light"}


async def test_what_came_first_is_shown_first() -> None:
    heavy = SlowAndHeavy("heavy")
    readings = known(heavy)
    first, then = (
        asyncio.create_task(readings.apply_aside(Brought(said("heavy", text=text), NOW, 0.1, Cadence.RARE)))
        for text in (b"1", b"2")
    )
    while not heavy.threads:
        await asyncio.sleep(0)
    assert len(heavy.threads) == 1, "a reader is in one thread at a time"
    heavy.goes_on.set()
    await first
    await then
    assert readings.state.panels["heavy"].reading.said == b"2"


async def test_nothing_is_shown_of_a_reading_that_nobody_waits_for() -> None:
    heavy = SlowAndHeavy("heavy")
    readings = known(heavy)
    reading = asyncio.create_task(readings.apply_aside(Brought(said("heavy"), NOW, 0.1, Cadence.RARE)))
    while not heavy.threads:
        await asyncio.sleep(0)
    reading.cancel()
    heavy.goes_on.set()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert readings.state.panels["heavy"].reading is None
    assert await readings.apply_aside(Brought(said("heavy"), NOW, 0.1, Cadence.RARE)) == {"heavy": 1.0}
