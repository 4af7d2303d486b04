"""A thousand hosts, 500 changes a second: only what is seen is drawn, and keys do not wait."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest
from console_pilot import console, order, screen_text, table, until
from fake_source import FakeSource, figures, host_state

from opsconsole.console.tui import fleet, fleet_rows
from opsconsole.console.tui.fleet import FleetScreen
from opsconsole.console.tui.fleet_table import FleetTable
from opsconsole.panels.panel import Finding, Level

HOSTS = 1000


def thousand() -> FakeSource:
    points = [float(index % 100) for index in range(300)]
    return FakeSource(
        [host_state(f"host{index:04}", points=points, groups=("web",)) for index in range(HOSTS)]
    )


def nothing_is_due(screen: FleetScreen) -> None:
    """Let the screen draw nothing but what changes."""
    later = time.monotonic() + 3600
    screen._aged_at = screen._sorted_at = later
    screen._drawn_at.update(dict.fromkeys(screen.source.hosts, later))


def noted(shown: FleetTable) -> list[str]:
    """Return a list that hears of every row that is drawn from now on."""
    drawn: list[str] = []
    real = shown._row

    def noting(row, ground, width):  # type: ignore[no-untyped-def]  # as FleetTable._row
        drawn.append(row.name)
        return real(row, ground, width)

    shown._row = noting  # type: ignore[method-assign]  # to see what is drawn
    return drawn


async def test_only_lines_on_the_screen_are_drawn() -> None:
    source = thousand()
    async with console(source, size=(160, 50)) as (app, pilot):
        drawn = noted(table(app))
        screen = app.screen
        assert isinstance(screen, FleetScreen)
        nothing_is_due(screen)
        await pilot.pause()
        drawn.clear()
        for name in ("host0003", "host0500", "host0999"):
            source.hosts[name].panels["resources"].reading = figures(77)
            source.board.changed(name)
        await until(pilot, lambda: "host0003" in drawn)
        assert set(drawn) == {"host0003"}


async def test_keys_do_not_wait_for_500_changes_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a key can have to wait for: one tick, its own work, and a paint. How long: see tests/bench."""
    source = thousand()
    names = list(source.hosts)
    looked_at: list[str] = []
    drawn: list[str] = []
    refresh, draw = fleet_rows.refresh, FleetTable._row

    def noting_look(row, state, now):  # type: ignore[no-untyped-def]  # as fleet_rows.refresh
        looked_at.append(row.name)
        refresh(row, state, now)

    def noting_row(shown, row, ground, width):  # type: ignore[no-untyped-def]  # as FleetTable._row
        drawn.append(row.name)
        return draw(shown, row, ground, width)

    async with console(source, size=(160, 50)) as (app, pilot):
        screen, shown = app.screen, table(app)
        assert isinstance(screen, FleetScreen)
        await pilot.pause()
        nothing_is_due(screen)
        monkeypatch.setattr(fleet_rows, "refresh", noting_look)
        monkeypatch.setattr(FleetTable, "_row", noting_row)
        app.screen._compositor.render_strips()
        on_screen = set(order(app)[: shown.size.height - 1])  # one line is the header
        ever: set[str] = set()
        for turn in range(8):
            changed = names[turn * 80 : turn * 80 + 125]  # a quarter of a second's worth
            for name in changed:
                state = source.hosts[name]
                state.panels["resources"].reading = figures(turn * 7.0)
                state.sparklines.add([("cpu_percent", 1.0)])
                source.board.changed(name)
            looked_at.clear()
            drawn.clear()
            screen.tick()
            # Those on the screen that changed, and an eighth of all: they become stale by themselves.
            assert on_screen & set(changed) <= set(looked_at)
            assert len(looked_at) <= len(on_screen) + HOSTS // 8
            ever.update(looked_at)
            app.screen._compositor.render_strips()
            assert set(drawn) == on_screen & set(changed)
            looked_at.clear()
            drawn.clear()
            before = shown.cursor_host
            shown.action_move(1)
            app.screen._compositor.render_strips()
            assert looked_at == []
            assert set(drawn) == {before, shown.cursor_host}
            assert len(drawn) == 2
        assert ever == set(names), "all of them within the two seconds after which they are sorted again"


async def test_a_screen_full_of_ages_is_drawn_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    source = thousand()
    async with console(source, size=(160, 50)) as (app, pilot):
        screen, shown = app.screen, table(app)
        assert isinstance(screen, FleetScreen)
        await pilot.pause()
        clock = time.monotonic()
        monkeypatch.setattr(fleet, "time", SimpleNamespace(monotonic=lambda: clock))
        screen.tick(force=True)
        screen._sorted_at = clock + 3600
        drawn = noted(shown)
        app.screen._compositor.render_strips()
        on_screen = shown.seen
        assert drawn == on_screen
        parts: list[list[str]] = []
        for _ in range(8):
            clock += 0.25
            drawn.clear()
            screen.tick()
            app.screen._compositor.render_strips()
            parts.append(list(drawn))
        assert parts[:3] == [[], [], []], "a second has not passed"
        assert max(map(len, parts)) <= len(on_screen) / 4
        assert sorted(name for part in parts for name in part) == sorted(on_screen)


async def test_sorting_again_draws_what_moved() -> None:
    source = thousand()
    async with console(source, size=(160, 50)) as (app, pilot):
        screen, shown = app.screen, table(app)
        assert isinstance(screen, FleetScreen)
        await pilot.pause()
        nothing_is_due(screen)
        drawn = noted(shown)
        app.screen._compositor.render_strips()
        drawn.clear()
        screen._reorder()
        app.screen._compositor.render_strips()
        assert drawn == []
        screen._rows["host0003"].level = Level.CRITICAL
        screen._reorder()
        app.screen._compositor.render_strips()
        assert drawn == ["host0003", "host0000", "host0001", "host0002"]


async def test_a_thousand_can_be_sorted_filtered_and_walked() -> None:
    source = thousand()
    async with console(source, size=(160, 50)) as (app, pilot):
        source.hosts["host0900"].panels["resources"].findings = [
            Finding(Level.CRITICAL, "x", "y", "disk full")
        ]
        source.board.changed("host0900")
        await until(pilot, lambda: order(app)[0] == "host0900")
        assert "● 1 critical" in screen_text(app)
        await pilot.press("G")
        await pilot.pause()
        assert "host0999" in screen_text(app)
        await pilot.press("slash", *"host09[0-4]", "enter")
        await until(pilot, lambda: len(order(app)) == 50)
        assert table(app).cursor_host in order(app)
