"""Typing faster than the Fleet can follow: each key goes where the engineer meant it to go."""

from __future__ import annotations

from console_pilot import console, order, screen_text, table, typed_at_once, until
from fake_source import FakeSource, host_state


async def test_what_follows_the_slash_is_the_filter_and_what_follows_enter_is_for_the_table() -> None:
    source = FakeSource([host_state(name) for name in ("web1", "sql1", "sql2", "app3")])
    async with console(source) as (app, pilot):
        # s, l and q are keys of the Fleet, too: open a session, follow the logs, quit.
        for _ in range(2):  # the field is made the first time, and only shown the second
            typed_at_once(app, "slash", "s", "q", "l", "enter", "j", "space")
            await until(pilot, lambda: table(app).marks == {"sql2"}, "the second one marked")
            assert order(app) == ["sql1", "sql2"]
            assert "/sql" in screen_text(app)
            await pilot.press("escape", "escape")
            await until(pilot, lambda: len(order(app)) == 4 and not table(app).marks)
            await pilot.press("g")
        assert source.wanted() == []


async def test_the_ways_out_of_the_field_are_in_the_key_bar() -> None:
    async with console(FakeSource([host_state("web1")])) as (app, pilot):
        await pilot.press("slash")
        await until(pilot, lambda: "enter keep the filter  esc clear it" in screen_text(app))


async def test_letters_right_behind_an_editing_key_come_after_it() -> None:
    source = FakeSource([host_state(name) for name in ("web1", "sql1", "app3")])
    async with console(source) as (app, pilot):
        typed_at_once(app, "slash", "w", "e", "b")
        await until(pilot, lambda: order(app) == ["web1"], "filtered")
        typed_at_once(app, "ctrl+u", "s", "q", "x", "backspace", "l")
        await until(pilot, lambda: order(app) == ["sql1"], "filtered anew")
        typed_at_once(app, "escape")
        await until(pilot, lambda: len(order(app)) == 3, "all again")
