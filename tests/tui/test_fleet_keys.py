"""The Fleet's keys and clicks: the cursor stays on its host, order, marks, reading now."""

from __future__ import annotations

import pytest
from console_pilot import console, order, screen_lines, table, until, until_shown
from fake_source import FakeSource, down, host_state
from fleet_pilot import fleet, line_of

from opsconsole.console.ssh.status import ConnectionState
from opsconsole.console.tui.host import HostScreen
from opsconsole.panels.panel import Finding, Level


async def test_the_cursor_follows_its_host_and_stays_on_its_line() -> None:
    source = FakeSource([host_state(f"h{index:02}") for index in range(60)])
    async with console(source, size=(100, 24)) as (app, pilot):
        await pilot.press(*["j"] * 24, *["k"] * 4)  # in the middle of a page that is scrolled
        assert table(app).cursor_host == "h20"
        lines = screen_lines(app)
        at = next(index for index, line in enumerate(lines) if " h20 " in line)
        for name in ("h50", "h51", "h52"):
            source.hosts[name].panels["resources"].findings = [Finding(Level.CRITICAL, "x", "y", "full")]
            source.board.changed(name)
        await until(pilot, lambda: order(app)[:3] == ["h50", "h51", "h52"])
        await pilot.pause()
        assert table(app).cursor_host == "h20"
        assert " h20 " in screen_lines(app)[at]


async def test_until_the_cursor_is_moved_it_rests_on_the_worst() -> None:
    source = FakeSource([host_state(f"h{index:02}") for index in range(40)])
    async with console(source, size=(100, 24)) as (app, pilot):
        source.hosts["h30"].panels["resources"].findings = [Finding(Level.CRITICAL, "x", "y", "full")]
        source.board.changed("h30")
        await until(pilot, lambda: order(app)[0] == "h30")
        assert table(app).cursor_host == "h30"
        assert "● h30" in screen_lines(app)[4]


async def test_keys_move_the_cursor() -> None:
    source = FakeSource([host_state(f"h{index:03}") for index in range(100)])
    async with console(source, size=(100, 24)) as (app, pilot):
        for key, host in (
            ("j", "h001"), ("down", "h002"), ("k", "h001"), ("G", "h099"), ("up", "h098"), ("g", "h000"),
            ("k", "h000"), ("pagedown", "h019"), ("ctrl+f", "h038"), ("pageup", "h019"), ("end", "h099"),
            ("j", "h099"), ("home", "h000"),
        ):  # fmt: skip
            await pilot.press(key)
            await pilot.pause()
            assert table(app).cursor_host == host, key
            assert any(f" {host} " in line for line in screen_lines(app)), key


@pytest.mark.parametrize(
    ("key", "ascending_or_not", "first", "last"),
    [
        ("C", "cpu ↓", "web2", "gone"),
        ("M", "mem ↓", "app3", "gone"),
        ("H", "host ↑", "app3", "web2"),
        ("E", "env ↑", "db1", "app3"),
        ("R", "groups ↑", "db1", "gone"),
        ("L", "load ↓", "web2", "gone"),
        ("D", "disk ↓", "web2", "gone"),
        ("N", "net ↓/↑ ↓", "localhost", "gone"),
        ("A", "age ↓", "localhost", "gone"),
    ],
)
async def test_each_column_sorts_and_turns_round(
    key: str, ascending_or_not: str, first: str, last: str
) -> None:
    async with console(fleet(), size=(160, 30)) as (app, pilot):
        await pilot.press(key)
        await until_shown(pilot, ascending_or_not)
        there = order(app)
        if key != "A":  # all ages are equal but that of the host that was never read
            assert there[0] == first
        assert there[-1] == last
        await pilot.press(key)
        await pilot.pause()
        back = order(app)
        assert back[-1] == "gone" or key in "HE"  # what is not known stays last
        if key in "CMLDH":
            known = [name for name in there if name != "gone" or key == "H"]
            assert [name for name in back if name in known] != known


async def test_a_click_on_a_title_sorts_and_on_a_row_selects_and_opens() -> None:
    async with console(fleet(), size=(160, 30)) as (app, pilot):
        header = screen_lines(app)[3]
        await pilot.click(offset=(header.index("cpu"), 3))
        await pilot.pause()
        assert order(app)[0] == "web2"
        at = next(index for index, line in enumerate(screen_lines(app)) if " app3 " in line)
        await pilot.click(offset=(20, at))
        await pilot.pause()
        assert table(app).cursor_host == "app3"
        await pilot.click(offset=(20, at), times=2)
        await until(pilot, lambda: isinstance(app.screen, HostScreen))
        assert app.screen.host_name == "app3"  # type: ignore[attr-defined]  # a HostScreen, see above


async def test_marks_are_kept_by_name_and_shown() -> None:
    source = fleet()
    async with console(source) as (app, pilot):
        await pilot.press("space", "space")
        await until_shown(pilot, "◆ 2 marked")
        assert table(app).marks == {"db1", "web1"}
        assert table(app).cursor_host == "web2"
        await pilot.press("H")
        await pilot.pause()
        lines = screen_lines(app)
        assert line_of(lines, "db1").startswith("◆")
        assert line_of(lines, "web1").startswith("◆")
        assert line_of(lines, "web2").startswith(" ")
        await pilot.press("ctrl+r")
        assert source.wanted() == [("read_now", "db1"), ("read_now", "web1")]
        await pilot.press("escape")
        await pilot.pause()
        assert table(app).marks == set()


async def test_read_now_of_a_host_that_is_down_tries_again() -> None:
    source = FakeSource([down("gone", ConnectionState.AUTHENTICATION_FAILED)])
    async with console(source) as (_, pilot):
        await pilot.press("ctrl+r")
        assert source.wanted() == [("retry", "gone")]
