"""What the Fleet tells: worst first, figures and reasons, read-only, stale looks, changes."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from console_pilot import cells, console, order, screen_lines, screen_text, until, until_shown
from fake_source import FakeSource, down, figures, host_state
from fleet_pilot import fleet, line_of

from opsconsole.console.ssh.status import ConnectionState
from opsconsole.console.state import Beside, PanelState
from opsconsole.panels.panel import Cadence


async def test_worst_comes_first_and_ties_keep_the_inventory() -> None:
    async with console(fleet()) as (app, _):
        assert order(app) == ["db1", "web1", "web2", "gone", "localhost", "app3"]
        text = screen_text(app)
        assert "6 hosts   ● 1 critical  ▲ 2 warning  ○ 1 unknown  ✓ 2 ok" in text
        assert "PROD 1" in text
        assert "read-only off" in text
        assert re.search(r"UTC \d\d:\d\d:\d\d", text)


async def test_a_row_tells_the_figures_and_the_reason() -> None:
    async with console(fleet(), size=(160, 30)) as (app, _):
        lines = screen_lines(app)
        row = line_of(lines, "web2")
        assert re.search(
            r" 88% .* 40% .* 51% .* 3\.5 +1\.1M/293K +@web @eu +– +1s +CPU 88 % for 16 min \(php-fpm\)", row
        )
        assert "PROD" in line_of(lines, "db1")
        gone = line_of(lines, "gone")
        assert "unreachable: timed out: no answer in 10 s" in gone
        assert gone.count("–") == 7  # cpu, mem, disk, load, net, certs, age: unknown is never 0
        assert "0" not in gone.replace("10 s", "")


async def test_the_next_try_of_a_host_that_is_down_is_told() -> None:
    state = down("gone", ConnectionState.REFUSED, next_try_at=datetime.now(UTC) + timedelta(seconds=20.9))
    async with console(FakeSource([state]), size=(160, 30)) as (app, _):
        assert "unreachable: connection refused (next try 20s)" in screen_text(app)


async def test_a_host_that_needs_a_person_says_what_to_do() -> None:
    async with console(FakeSource([down("a", ConnectionState.AUTHENTICATION_FAILED)]), size=(160, 30)) as (
        app,
        _,
    ):
        assert "authentication failed (ctrl+r: try again)" in screen_text(app)


async def test_the_read_only_badge() -> None:
    async with console(FakeSource([host_state("a")], read_only=True)) as (app, _):
        assert " read-only " in screen_text(app)
        assert "read-only off" not in screen_text(app)


@pytest.mark.parametrize("width", [80, 120, 200])
async def test_a_read_only_host_is_seen_among_others(width: int) -> None:
    source = FakeSource(
        [
            host_state("db1", environment="production", read_only=True),
            host_state("kept", read_only=True),
            host_state("web1", environment="production"),
        ]
    )
    async with console(source, size=(width, 30)) as (app, pilot):
        lines = screen_lines(app)
        assert " PROD ro " in line_of(lines, "db1")
        assert " ro " in line_of(lines, "kept")
        assert " ro " not in line_of(lines, "web1")
        assert " read-only 2 " in screen_text(app)
        assert "read-only off" not in screen_text(app)
        await pilot.press("slash", *"read-only", "enter")
        await until(pilot, lambda: order(app) == ["db1", "kept"])


async def test_when_all_is_read_only_the_header_says_it_once() -> None:
    async with console(FakeSource([host_state("a", read_only=True)], read_only=True)) as (app, _):
        assert " ro " not in line_of(screen_lines(app), "a")


async def test_stale_values_look_stale_and_are_not_ok() -> None:
    source = FakeSource([host_state("fresh"), host_state("old", age_seconds=400)])
    async with console(source) as (app, _):
        lines = screen_lines(app)
        assert " 6m " in line_of(lines, "old")
        assert "○ old" in line_of(lines, "old")
        assert "no fresh reading" in line_of(lines, "old")
        looks = {}
        for line in cells(app):
            text = "".join(piece for piece, _ in line)
            for name in ("fresh", "old"):
                if re.match(rf"[ ] [○✓] {name} ", text):
                    looks[name] = next(style for piece, style in line if "12%" in piece)
        assert looks["old"].color != looks["fresh"].color
        assert looks["old"].italic


async def test_old_file_systems_look_stale_beside_fresh_figures() -> None:
    state, now = host_state("a"), datetime.now(UTC)
    state.panels["resources"].beside[Cadence.SLOW] = Beside(30.0, now - timedelta(hours=1))
    async with console(FakeSource([host_state("b"), state])) as (app, _):
        assert "○ a" in screen_text(app)
        assert "resources: no fresh reading of a part of it" in line_of(screen_lines(app), "a")
        looks = {
            (name, figure): next(style for piece, style in line if figure in piece)
            for line in cells(app)
            for name in ("a", "b")
            if re.match(rf"[ ◆] [○✓] {name} ", "".join(piece for piece, _ in line))
            for figure in ("12%", "61%", "50%")  # cpu, mem, disk
        }
        assert looks["a", "50%"].italic
        assert not any(looks[key].italic for key in looks if key != ("a", "50%"))
        assert len(looks) == 6


async def test_the_age_is_that_of_the_figures() -> None:
    state = host_state("a", age_seconds=400)
    state.panels["health"] = PanelState(30.0, reading=object(), taken_at=datetime.now(UTC))
    async with console(FakeSource([state])) as (app, _):
        assert " 6m " in line_of(screen_lines(app), "a")


async def test_a_reading_becomes_stale_by_itself() -> None:
    state = host_state("a", age_seconds=5.0)  # stale at 6 s; nobody reports a change
    async with console(FakeSource([state])) as (app, pilot):
        assert "✓ a" in screen_text(app)
        await until_shown(pilot, "○ a")


async def test_a_change_is_seen_without_a_key() -> None:
    source = fleet()
    async with console(source) as (app, pilot):
        assert " 77% " not in screen_text(app)
        source.hosts["web1"].panels["resources"].reading = figures(77, 38, 50)
        source.board.changed("web1")
        await until(pilot, lambda: " 77% " in line_of(screen_lines(app), "web1"))


async def test_the_first_run_tells_how_to_add_hosts() -> None:
    async with console(FakeSource([host_state("localhost")])) as (app, _):
        assert "opsconsole init" in screen_text(app)
    async with console(fleet()) as (app, _):
        assert "opsconsole init" not in screen_text(app)


async def test_notices_are_shown_as_they_are() -> None:
    source = fleet()
    async with console(source) as (_, pilot):
        source.notices.append("history.db [/b] is corrupt\x1b[31m")
        await until_shown(pilot, "history.db [/b] is corrupt")


async def test_an_empty_inventory_is_no_crash() -> None:
    async with console(FakeSource([])) as (app, pilot):
        await pilot.press("enter", "space", "j", "G", "l", "s", "ctrl+r", "C", "escape")
        assert "No hosts." in screen_text(app)
