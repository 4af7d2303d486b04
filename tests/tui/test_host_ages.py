"""Every value carries its age: the title's, each card's, and that of each part of the health panel."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from console_pilot import console, screen_lines, screen_text, until, until_shown
from fake_source import FakeSource, host_state
from readings import full_health, full_resources

from opsconsole.console.state import Beside, HostState, PanelState
from opsconsole.console.tui.host_detail import DetailScreen
from opsconsole.panels.panel import Cadence


def aged() -> HostState:
    """Return a host whose resources are 1 s old, its health 42 s, one part of that 3 min."""
    now = datetime.now(UTC)
    before = now - timedelta(seconds=42)
    resources = replace(full_resources(), filesystems_taken_at=now - timedelta(minutes=2))
    health = replace(
        full_health(), read_at={"system": before, "services": before, "clock": now - timedelta(minutes=3)}
    )
    state = host_state("db1", reading=resources)
    state.panels["health"] = PanelState(30.0, reading=health, taken_at=before)
    return state


async def test_every_card_and_the_title_of_a_panel_have_their_own_age() -> None:
    async with console(FakeSource([aged()]), size=(140, 50)) as (app, pilot):
        await pilot.press("enter")
        await until_shown(pilot, "84 units")
        assert re.search(r"read [12]s ago", screen_lines(app)[0])  # the newest of all
        frames = "".join(line for line in screen_lines(app) if "╰" in line)
        assert re.search("─ [12]s ago ─", frames)
        assert re.search("─ 4[2-9]s ago ─", frames)
        assert "file systems read 2m ago" in screen_text(app)
        await pilot.press("tab", "tab", "enter")
        await until(pilot, lambda: isinstance(app.screen, DetailScreen))
        await until_shown(pilot, "orders.service")
        assert re.search(r"› health .* read 4[2-9]s ago", screen_lines(app)[0])
        assert re.search(
            r"· read: units and journal 4\ds ago, kills, mounts, reboot 4\ds ago, clock 3m ago",
            screen_text(app),
        )


@pytest.mark.parametrize(
    ("cpu_seconds", "df_seconds", "words"),
    [
        (1, 30, r"─ [12]s ago ─"),
        (1, 125, r"─ file systems 2m old ─"),
        (1, None, r"─ file systems not read yet ─"),
        (40, 30, r"─ 4[01]s old ─"),
        (40, 125, r"─ file systems 2m old ─"),
        (300, 125, r"─ 5m old ─"),
    ],
)
async def test_a_card_of_which_a_part_is_old_says_which_and_how_old(
    cpu_seconds: float, df_seconds: float | None, words: str
) -> None:
    state = host_state("db1", reading=full_resources(), age_seconds=cpu_seconds)
    read_at = None if df_seconds is None else datetime.now(UTC) - timedelta(seconds=df_seconds)
    state.panels["resources"].beside = {Cadence.SLOW: Beside(30.0, read_at)}
    async with console(FakeSource([state]), size=(140, 50)) as (app, pilot):
        await pilot.press("enter")
        await until(pilot, lambda: any("╰" in line for line in screen_lines(app)))
        frames = "".join(line for line in screen_lines(app) if "╰" in line)
        assert re.search(words, frames), frames
