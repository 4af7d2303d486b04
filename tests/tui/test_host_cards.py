"""The Host screen's cards: figures, ages, what is not known, and cards that cannot draw."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from console_pilot import console, screen_lines, screen_text, until_shown
from fake_source import FakeSource, figures, host_state
from host_pilot import full, opened
from readings import full_health

from opsconsole.console.state import PanelState


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60), (300, 80)])
async def test_the_cards_tell_the_figures(size: tuple[int, int]) -> None:
    async with console(FakeSource([full()]), size=size) as (app, pilot):
        screen = await opened(pilot)
        await pilot.pause()
        assert [card.id for card in screen.query("Card")] == [
            "card-resources",
            "card-health",
            "card-certificates",
            "card-logs",
        ]
        text = screen_text(app)
        for part in (
            "cpu",
            "42%",
            "mem",
            "61%",
            "9.8G of 16.0G",
            "/var",
            "94%",
            "84 units, 3 failed",
            "orders.service",
        ):
            assert part in text
        if size[1] >= 40:
            for part in ("top", "php-fpm 88%", "reboot pending", "login: 500, expected 2xx"):
                assert part in text
        assert "could not draw" not in text
        assert "? help" in screen_lines(app)[-1]


async def test_the_busiest_of_some_are_not_told_as_the_busiest_of_all() -> None:
    source = FakeSource([full()])
    panel = source.hosts["db1"].panels["resources"]
    table = panel.reading.processes
    panel.reading = replace(panel.reading, processes=replace(table, count=3258, read_count=1600))
    async with console(source, size=(120, 40)) as (_, pilot):
        await opened(pilot)
        await until_shown(pilot, "of 49% read: php-fpm 88%")


async def test_cards_follow_the_readings() -> None:
    source = FakeSource([full()])
    async with console(source) as (app, pilot):
        await opened(pilot)
        source.hosts["db1"].panels["resources"].reading = figures(cpu=77)
        source.board.changed("db1")
        await until_shown(pilot, "cpu    77%")
        assert "42%" not in screen_text(app)


async def test_a_stale_card_says_how_old_it_is() -> None:
    async with console(FakeSource([host_state("db1", age_seconds=400)])) as (app, pilot):
        await opened(pilot)
        assert "○ resources" in screen_text(app)
        assert "6m old" in screen_text(app)
        assert app.screen.query_one("#card-resources").has_class("-stale")


async def test_what_was_never_read_is_not_called_ok() -> None:
    state = host_state("db1")
    state.panels.clear()
    async with console(FakeSource([state])) as (app, pilot):
        await opened(pilot)
        text = screen_text(app)
        assert text.count("not read yet") == 4
        assert "no reading yet  ○ unknown" in text
        assert "✓ resources" not in text


async def test_what_cannot_be_read_says_why() -> None:
    state = host_state("db1")
    state.panels["resources"].problem = "df was killed after 5 s"
    async with console(FakeSource([state]), size=(200, 40)) as (app, pilot):
        await opened(pilot)
        assert "could not be read: df was killed after 5 s" in screen_text(app)
        assert "○ resources" in screen_text(app)


async def test_a_card_that_cannot_draw_harms_no_other() -> None:
    state = full()
    state.panels["resources"].reading = "not a reading [/b]"
    async with console(FakeSource([state]), size=(300, 60)) as (app, pilot):
        await opened(pilot)
        text = screen_text(app)
        assert "could not draw: AttributeError: 'str' object has no" in text
        assert "84 units, 3 failed" in text


async def test_a_panel_whose_view_cannot_be_loaded_harms_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    from opsconsole.console.tui import host_base

    def broken(panel: str) -> Any:
        if panel == "resources":
            raise ImportError("no such view")
        return loaded(panel)

    loaded = host_base._view
    monkeypatch.setattr(host_base, "_view", broken)
    async with console(FakeSource([full()]), size=(200, 40)) as (app, pilot):
        await opened(pilot)
        assert "could not draw: NotImplementedError" in screen_text(app)
        assert "84 units, 3 failed" in screen_text(app)
        await pilot.press("tab", "enter")
        await until_shown(pilot, "could not draw: NotImplementedError")


async def test_na_is_no_fault_and_unknown_is_not_ok() -> None:
    from dataclasses import replace

    bare = replace(
        full_health(), has_systemd=False, failed_units=None, failed_unit_count=None, restarts=None,
        journal=None, clock=None, skew=None, reboot=None, mounts=None, checks=(), expected_units=(),
        problems=(),
    )  # fmt: skip
    state = host_state("db1")
    state.panels["health"] = PanelState(30.0, reading=bare, taken_at=datetime.now(UTC))
    async with console(FakeSource([state]), size=(300, 60)) as (app, pilot):
        await opened(pilot)
        text = screen_text(app)
        assert "· n/a: units, expected units, restarts, journal" in text
        assert "○ mounts: not known" in text
