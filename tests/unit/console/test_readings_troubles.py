"""What makes one panel stumble is told of that panel, until what made it stumble was read well."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from opsconsole.console import once
from opsconsole.console.inventory import HostEntry
from opsconsole.console.readings import Brought, HostReadings
from opsconsole.console.rounds import read_rare, read_slow
from opsconsole.console.state import HostState
from opsconsole.data.host import Facts, Host, NotConnectedError, Output, ShellError
from opsconsole.panels.panel import Cadence, Finding, Section, SectionOutput

NOW = datetime(2026, 11, 27, 6, tzinfo=UTC)


class One:
    """A panel that stumbles where it is told to.

    Attributes:
        trouble: What `read`, `judge`, `observe` or `follow` raise.
    """

    limits_type = settings_type = SimpleNamespace
    observe_every_seconds = 0.0

    def __init__(self, *sections: Section) -> None:
        self.sections = sections
        self.trouble: dict[str, Exception] = {}

    def stumble(self, where: str) -> None:
        if where in self.trouble:
            raise self.trouble[where]

    def reader(self, host: Host) -> One:
        return self

    def read(self, sections: Mapping[str, SectionOutput], taken_at: datetime, observed: object) -> Any:
        self.stumble("read")
        for name in sections:
            self.stumble(name)
        return SimpleNamespace(taken_at=taken_at)

    def judge(self, reading: Any, limits: Any) -> list[Finding]:
        self.stumble("judge")
        return []

    def series(self, reading: Any) -> Mapping[str, float]:
        return {}

    async def observe(self, *given: Any) -> object | None:
        self.stumble("observe")
        return None


class Heavy(One):
    is_heavy = True

    async def follow(self, *given: Any, **named: Any) -> None:
        self.stumble("follow")


class Shell:
    """A host that answers nothing, and well."""

    host = Host("a", "a")

    async def facts(self) -> Facts:
        return Facts(user_id=0)

    async def run(self, command: Any) -> Output:
        return Output(0, b"", b"", 0.01)


class Room:
    """A host with a light and a heavy panel, both read by two roads."""

    def __init__(self) -> None:
        one, other = Section("slow", "", Cadence.SLOW), Section("rare", "", Cadence.RARE)
        self.light, self.heavy = One(one, other), Heavy(one, other, Section("more", "", Cadence.RARE))
        self.loaded: Any = {"light": self.light, "heavy": self.heavy}
        self.state = HostState(HostEntry(Shell.host))
        self.readings = HostReadings(self.state, self.loaded, tick_seconds=2, slow_seconds=30)

    @property
    def problems(self) -> list[str]:
        return [self.state.panels[name].problem for name in ("light", "heavy")]

    async def slow(self) -> None:
        shell: Any = Shell()
        await read_slow(shell, self.readings, self.loaded, record=None, first=False)

    async def rare(self) -> None:
        shell: Any = Shell()
        await read_rare(shell, self.readings, self.loaded, record=None)


@pytest.fixture
async def room() -> Room:
    return Room()


@pytest.mark.parametrize("stumbling", ["light", "heavy"])
@pytest.mark.parametrize("where", ["read", "judge", "observe"])
async def test_a_panel_that_stumbles_takes_nothing_from_the_others(
    room: Room, stumbling: str, where: str
) -> None:
    panel: One = room.loaded[stumbling]
    panel.trouble = {where: KeyError("hostile")}
    await room.slow()
    assert room.problems == [
        "reading failed: KeyError('hostile')" if name == stumbling else "" for name in ("light", "heavy")
    ]
    assert room.state.panels["heavy" if stumbling == "light" else "light"].reading is not None
    panel.trouble = {}
    await room.slow()
    assert room.problems == ["", ""]


async def test_a_tick_goes_on_with_the_other_panels(room: Room) -> None:
    room.light.trouble = {"read": ValueError("odd")}
    new = {name: {"slow": SectionOutput(b"")} for name in room.loaded}
    room.readings.apply(Brought(new, NOW, 0.1, Cadence.FAST))
    room.readings.worked(Cadence.FAST)
    assert room.problems == ["reading failed: ValueError('odd')", ""]


async def test_who_cannot_look_closer_takes_nothing_from_what_was_read_whole(room: Room) -> None:
    room.heavy.trouble = {"follow": ShellError("a: the files could not be asked for")}
    await room.rare()
    assert room.problems == ["", "a: the files could not be asked for"]
    room.heavy.trouble = {}
    await room.rare()
    assert room.problems == ["", ""]


async def test_a_lost_connection_is_everybody_s(room: Room) -> None:
    room.heavy.trouble = {"follow": NotConnectedError("a: lost")}
    with pytest.raises(NotConnectedError):
        await room.rare()


async def test_trouble_stays_until_that_part_was_read_well(room: Room) -> None:
    room.heavy.trouble = {"rare": KeyError("hostile")}
    await room.rare()  # its other section, after that, is well
    await room.slow()
    room.readings.connected()
    assert room.problems == ["", "reading failed: KeyError('hostile')"]


async def test_a_check_tells_it_of_that_panel_only(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    async def no_ticks(*given: Any) -> None:
        pass

    monkeypatch.setattr(once, "_sample_twice", no_ticks)
    room.heavy.trouble = {"follow": ShellError("a: no"), "observe": ValueError("odd")}
    shell: Any = Shell()
    await once._read(shell, room.readings, room.loaded)
    assert room.problems[0] == ""
    assert room.problems[1] in ("a: no", "reading failed: ValueError('odd')")


async def test_what_is_light_waits_for_no_heavy_panel_of_another_host(room: Room) -> None:
    later: list[Any] = []
    shell: Any = Shell()
    await read_slow(shell, room.readings, room.loaded, record=None, first=False, later=later.append)
    assert room.state.panels["light"].taken_at is not None
    assert room.state.panels["heavy"].taken_at is None
    (rest,) = later
    await asyncio.create_task(rest())
    assert room.state.panels["heavy"].taken_at is not None
