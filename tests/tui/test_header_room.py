"""The Fleet's header at any width: every number is whole, words go first."""

from __future__ import annotations

import re

import pytest
from console_pilot import console, screen_lines, until
from fake_source import FakeSource, host_state

from opsconsole.console.tui.themes import THEMES
from opsconsole.panels.panel import Level

LEVELS = (Level.OK, Level.OK, Level.WARNING, Level.CRITICAL, Level.UNKNOWN)


def many(count: int) -> FakeSource:
    return FakeSource([host_state(f"h{number:04}", LEVELS[number % 5]) for number in range(count)])


@pytest.mark.parametrize("width", [80, 120, 160])
async def test_marks_and_counts_are_never_cut(width: int) -> None:
    async with console(many(100), size=(width, 24)) as (app, pilot):
        await pilot.press(*["space", "j"] * 12)
        await pilot.press("slash", *"h00", "enter")
        await until(pilot, lambda: "◆ 12 marked" in screen_lines(app)[0], "the marks")
        line = screen_lines(app)[0]
        for part in ("100 hosts", "● 20", "▲ 20", "100 shown", "◆ 12 marked", "UTC "):
            assert part in line, line
        assert re.search(r"○ \d+ .*✓ \d+ ", line)
        assert "…" not in line
        assert ("● 20 critical" in line) is (width >= 120)


async def test_words_of_levels_that_are_there_stay_longer() -> None:
    source = FakeSource([host_state(f"h{number}", Level.WARNING) for number in range(30)])
    async with console(source, size=(80, 24)) as (app, pilot):
        await pilot.press(*["space"] * 1)
        await pilot.press("slash", *"h", "enter")
        await until(pilot, lambda: "◆ 1 marked" in screen_lines(app)[0], "the mark")
        assert re.search(r"● 0  ▲ 30 warning  ○ 0  ✓ 0 ", screen_lines(app)[0])


async def test_only_our_themes_are_offered() -> None:
    async with console(many(1)) as (app, _):
        assert list(app.command_names().themes) == [theme.name for theme in THEMES]
