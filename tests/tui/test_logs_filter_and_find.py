"""The log screen's filter and its search: what is left, what is marked, what is wrong or too slow."""

from __future__ import annotations

from typing import Any

import pytest
from log_pilot import FakeShell, Logs, numbered, saying
from textual.widgets import Input


async def test_the_filter_shows_a_part_says_so_and_is_cleared_by_escape(eventually: Any) -> None:
    app = Logs(FakeShell(saying(numbered(30))))
    async with app.run_test(size=(80, 24)) as pilot:
        await eventually(lambda: len(app.texts) == 30)
        await pilot.press("slash", *"!line 1")
        await eventually(lambda: app.texts == [f"line {n}" for n in range(30) if not str(n).startswith("1")])
        assert "19 of 30 lines" in app.status
        await pilot.press("enter")
        assert app.focused is app.logs.view
        await pilot.press("escape")
        await eventually(lambda: len(app.texts) == 30)
        assert app.screen is app.logs


@pytest.mark.parametrize("wrong", ["(", "a{2,1}"])
async def test_a_wrong_filter_shows_everything_and_says_why(eventually: Any, wrong: str) -> None:
    app = Logs(FakeShell(saying(numbered(5))))
    async with app.run_test(size=(80, 24)) as pilot:
        await eventually(lambda: len(app.texts) == 5)
        await pilot.press("slash")
        app.logs.query_one(Input).value = wrong
        await eventually(lambda: "filter not applied" in app.status)
        assert len(app.texts) == 5


async def test_a_filter_that_would_take_for_ever_is_dropped(eventually: Any) -> None:
    app = Logs(FakeShell(saying(b"a" * 40 + b"b\n")))
    async with app.run_test(size=(80, 24)) as pilot:
        await eventually(lambda: len(app.texts) == 1)
        await pilot.press("slash")
        app.logs.query_one(Input).value = "(a+)+$"
        await eventually(lambda: "too slow" in app.status)
        assert len(app.texts) == 1


async def test_matches_are_marked(eventually: Any) -> None:
    app = Logs(FakeShell(saying(b"one two three\n")))
    async with app.run_test(size=(80, 24)) as pilot:
        await eventually(lambda: len(app.texts) == 1)
        await pilot.press("slash", *"tw.", "enter", "f", *"three", "enter")
        await pilot.pause()
        segments = list(app.logs.view.render_line(0))
        marked = {segment.text.strip() for segment in segments if segment.style and segment.style.underline}
        found = {segment.text.strip() for segment in segments if segment.style and segment.style.reverse}
        assert marked == {"two"}
        assert found == {"three"}


async def test_find_goes_round_and_says_when_there_is_none(eventually: Any) -> None:
    app = Logs(FakeShell(saying(numbered(300))))
    async with app.run_test(size=(80, 24)) as pilot:
        await eventually(lambda: len(app.texts) == 300)

        def current() -> str:
            line = app.logs.view.current
            return line.text if line is not None else ""

        await pilot.press("f", *"LINE 10", "enter")
        assert current() == "line 10"
        await pilot.press("n")
        assert current() == "line 100"
        await pilot.press("N", "N")
        assert current() == "line 109"
        assert any("line 109" in row for row in app.drawn)
        await pilot.press("f")
        app.logs.query_one(Input).value = "nowhere[/]"
        await pilot.press("enter")
        assert "not found: nowhere[/]" in app.status
        assert current() == "line 109"
