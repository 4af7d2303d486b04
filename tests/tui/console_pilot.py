"""The console under test: what its terminal shows, and waiting for it to show something."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from fake_source import FakeSource
from rich.style import Style
from textual import events
from textual.pilot import Pilot

from opsconsole.console.tui.app import OpsconsoleApp
from opsconsole.console.tui.fleet_table import FleetTable

_WITHIN_SECONDS = 30.0


def cells(app: OpsconsoleApp) -> list[list[tuple[str, Style]]]:
    """Return each line of the terminal as (text, style) pieces, as it would be written."""
    return [
        [(segment.text, segment.style or Style()) for segment in strip]
        for strip in app.screen._compositor.render_strips()
    ]


def screen_lines(app: OpsconsoleApp) -> list[str]:
    return ["".join(text for text, _ in line) for line in cells(app)]


def screen_text(app: OpsconsoleApp) -> str:
    return "\n".join(screen_lines(app))


def table(app: OpsconsoleApp) -> FleetTable:
    return app.screen.query_one(FleetTable)


def order(app: OpsconsoleApp) -> list[str]:
    return [row.name for row in table(app).rows]


async def until(pilot: Pilot[int], condition: Callable[[], object], what: str = "") -> None:
    """Let the app work until the condition holds; fail when it does not in time."""
    deadline = time.monotonic() + _WITHIN_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            text = screen_text(pilot.app)  # type: ignore[arg-type]  # the pilot of this very app
            pytest.fail(f"not within {_WITHIN_SECONDS:g} s: {what or condition}\n{text}")
        await pilot.pause(0.02)


async def until_shown(pilot: Pilot[int], text: str) -> None:
    await until(pilot, lambda: text in screen_text(pilot.app), f"{text!r} on the screen")  # type: ignore[arg-type]  # as above


def typed_at_once(app: OpsconsoleApp, *keys: str) -> None:
    """Type as a paste or a slow line does: all keys are there before the first has its effect."""
    for key in keys:
        character = {"slash": "/", "space": " ", "colon": ":"}.get(key, key if len(key) == 1 else None)
        app.post_message(events.Key(key, character))


@asynccontextmanager
async def console(
    source: FakeSource, size: tuple[int, int] = (120, 30)
) -> AsyncIterator[tuple[OpsconsoleApp, Pilot[int]]]:
    """Run the console on a source; it is ready when this is entered."""
    app = OpsconsoleApp(source)
    async with app.run_test(size=size, notifications=True) as pilot:
        await until(pilot, lambda: source.started, "the service is started")
        yield app, pilot
