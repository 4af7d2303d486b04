"""The Fleet's filter: what it finds, what is wrong with it, and that nothing moves while it is typed."""

from __future__ import annotations

import pytest
from console_pilot import console, order, screen_text, table, until, until_shown
from fake_source import FakeSource, host_state
from fleet_pilot import fleet

from opsconsole.console.tui.filter_bar import FilterBar
from opsconsole.console.tui.fleet import FleetScreen
from opsconsole.panels.panel import Finding, Level


async def test_nothing_moves_while_a_filter_is_typed() -> None:
    source = fleet()
    async with console(source) as (app, pilot):
        await pilot.press("slash")
        before = order(app)
        source.hosts["app3"].panels["resources"].findings = [Finding(Level.CRITICAL, "x", "y", "full")]
        source.board.changed("app3")
        screen = app.screen
        assert isinstance(screen, FleetScreen)
        screen._sorted_at = 0.0  # a new order is long due
        await until_shown(pilot, "● 2 critical")
        assert order(app) == before
        await pilot.press("enter")
        await until(pilot, lambda: order(app)[:2] == ["db1", "app3"])


@pytest.mark.parametrize(
    ("typed", "left"),
    [
        ("web", ["web1", "web2", "app3"]),
        ("^WEB", []),
        ("^web", ["web1", "web2"]),
        ("!^web", ["db1", "gone", "localhost", "app3"]),
        ("@web", ["web1", "web2"]),
        ("@we", ["web1", "web2", "app3"]),
        ("!@web", ["db1", "gone", "localhost", "app3"]),
        ("critical|PROD", ["db1"]),
        ("timed out", ["gone"]),
    ],
)
async def test_the_filter(typed: str, left: list[str]) -> None:
    async with console(fleet()) as (app, pilot):
        await pilot.press("slash", *typed)
        await until(pilot, lambda: order(app) == left, f"{typed}: {left}")
        await pilot.press("enter", "escape")
        await until(pilot, lambda: len(order(app)) == 6)


async def test_a_broken_filter_is_told_calmly_and_changes_nothing() -> None:
    async with console(fleet()) as (app, pilot):
        await pilot.press("slash", *"web[")
        await until_shown(pilot, "not a regular expression: unterminated character set")
        assert order(app) == ["web1", "web2", "app3"]
        await pilot.press("1", "]")
        await until(pilot, lambda: order(app) == ["web1"])
        assert "not a regular" not in screen_text(app)
        await pilot.press("escape")
        await until(pilot, lambda: len(order(app)) == 6)
        assert table(app).has_focus


async def test_a_filter_that_would_take_for_ever_is_given_up() -> None:
    source = FakeSource([host_state("a" * 40 + "b")])
    async with console(source) as (app, pilot):
        await pilot.press("slash", *"(a+)+$")
        await until_shown(pilot, "all hosts are shown: too slow")
        assert len(order(app)) == 1


async def test_keys_typed_into_the_filter_do_nothing_else() -> None:
    source = fleet()
    async with console(source) as (app, pilot):
        await pilot.press("slash", "q", "g", "s", "space", "question_mark", "colon")
        await pilot.pause()
        assert app.screen.query_one(FilterBar).text == "qgs ?:"
        assert isinstance(app.screen, FleetScreen)
        assert source.wanted() == []


async def test_no_match_says_how_to_get_out() -> None:
    async with console(fleet()) as (app, pilot):
        await pilot.press("slash", *"zzz")
        await until_shown(pilot, "No host matches the filter (esc clears it).")
        assert "0 shown" in screen_text(app)
        await pilot.press("enter", "enter", "space", "j", "c")
        assert isinstance(app.screen, FleetScreen)
