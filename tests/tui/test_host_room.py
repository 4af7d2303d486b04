"""The Host screen uses the room that there is: columns, wider graphs, more lines; nothing is cut unseen."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from console_pilot import console, screen_lines, screen_text, until, until_shown
from fake_source import FakeSource, figures, filesystem, host_state
from host_pilot import full, opened

from opsconsole.console.state import Beside, HostState, PanelState
from opsconsole.console.tui.host_columns import CardColumns, column_of, columns_for, rows_for
from opsconsole.console.tui.host_detail import DetailScreen
from opsconsole.console.tui.host_items import nothing_found
from opsconsole.console.tui.host_title import address_words
from opsconsole.data.host import Host
from opsconsole.panels.panel import Cadence, Level
from opsconsole.panels.view import Card


def calm(**reading: Any) -> HostState:
    """Return a host without findings, whose cards have much to show."""
    state = full()
    for panel in state.panels.values():
        panel.findings = []
    known = state.panels["resources"].reading
    mounts = tuple(filesystem(f"/s{number}", 50.0 - number) for number in range(8))
    state.panels["resources"].reading = replace(known, filesystems=mounts, **reading)
    for point in range(290):
        state.sparklines.add([("network_rx_bytes_per_second", 1000.0 * point), ("cpu_percent", point % 100)])
    return state


def test_cards_go_to_and_fro_so_that_the_tall_first_one_stands_alone() -> None:
    assert [column_of(index, 3) for index in range(7)] == [0, 1, 2, 2, 1, 0, 0]
    assert [column_of(index, 2) for index in range(4)] == [0, 1, 1, 0]
    assert [rows_for(index, 4, 3, 40) for index in range(4)] == [40, 40, 20, 20]
    assert [columns_for(width, 4) for width in (20, 77, 117, 197, 297)] == [1, 2, 3, 3, 3]
    assert columns_for(297, 2) == 2


@pytest.mark.parametrize(("size", "columns"), [((70, 24), 1), ((80, 24), 2), ((120, 30), 3), ((300, 80), 3)])
async def test_as_many_columns_as_have_room(size: tuple[int, int], columns: int) -> None:
    async with console(FakeSource([calm()]), size=size) as (app, pilot):
        screen = await opened(pilot)
        assert screen.query_one(CardColumns).columns == columns
        cards = list(screen.query(Card))
        assert len({card.region.x for card in cards}) == columns
        for index, card in enumerate(cards):
            assert not [other for other in cards[:index] if card.region.overlaps(other.region)]
            assert card.region.right <= app.size.width


@pytest.mark.parametrize("size", [(200, 60), (300, 80)])
async def test_large_terminals_show_more(size: tuple[int, int]) -> None:
    async with console(FakeSource([calm()]), size=size) as (app, pilot):
        screen = await opened(pilot)
        text = screen_text(app)
        for part in ("/s7", "net ↓", "by cpu", "php-fpm9", "by memory", "panic: no such table"):
            assert part in text, part
        if size[0] == 300:
            assert "orders API  https://db1/health" in text
        resources = screen.query_one("#card-resources")
        cpu = str(resources.render()).splitlines()[0]
        assert sum(cell in "▁▂▃▄▅▆▇█" for cell in cpu) > resources.size.width // 2 - 4
        assert all(
            card.region.bottom <= screen.query_one("#cards").region.bottom for card in screen.query(Card)
        )


async def test_a_small_terminal_keeps_to_what_matters() -> None:
    async with console(FakeSource([calm()]), size=(80, 24)) as (app, pilot):
        screen = await opened(pilot)
        lines = str(screen.query_one("#card-resources").render()).splitlines()
        assert [line.split()[0] for line in lines] == [
            *("cpu", "mem", "swap", "psi", "/s0", "/s1", "/s2", "net", "disks", "top"),
        ]
        assert app.size.width == 80


@pytest.mark.parametrize("size", [(80, 24), (120, 30), (200, 60), (300, 80)])
async def test_no_line_of_a_card_is_cut_unseen(size: tuple[int, int]) -> None:
    """Every line as long as its card allows ends in what it has, or in an ellipsis."""
    async with console(FakeSource([full("-a-name-that-is-long" * 3)]), size=size) as (app, pilot):
        screen = await opened(pilot)
        wide = {}
        for card in screen.query(Card):
            lines = str(card.render()).splitlines()
            assert all(len(line) <= card.content_size.width for line in lines)
            wide[card.panel] = [line for line in lines if len(line) == card.content_size.width]
        assert any(line.endswith("…") for lines in wide.values() for line in lines)
        assert app.size.width == size[0]


async def test_a_terminal_that_grows_is_filled() -> None:
    async with console(FakeSource([calm()]), size=(80, 24)) as (app, pilot):
        screen = await opened(pilot)
        assert "by memory" not in screen_text(app)
        await pilot.resize_terminal(200, 60)
        await until_shown(pilot, "by memory")
        assert screen.query_one(CardColumns).columns == 3


async def test_a_level_has_its_sign_on_its_own_line() -> None:
    async with console(FakeSource([full()]), size=(120, 40)) as (app, pilot):
        await opened(pilot)
        assert any("94%● " in line and "/var" in line for line in screen_lines(app))


# The findings where there are none, and the title ------------------------------------------------


async def test_nothing_found_says_where_and_offers_no_key() -> None:
    source = FakeSource([host_state("db1")])
    async with console(source, size=(140, 40)) as (app, pilot):
        await opened(pilot)
        assert "✓ nothing found" in screen_text(app)
        assert "in resources" in screen_text(app)
        assert "enter open" not in screen_lines(app)[-1]
        source.hosts["db1"].panels["resources"].findings = full().panels["resources"].findings
        source.board.changed("db1")
        await until(pilot, lambda: "enter open" in screen_lines(app)[-1], "the key comes with the finding")


def test_what_was_not_read_is_not_found_to_be_well() -> None:
    now = datetime.now(UTC)
    state = host_state("db1")
    assert nothing_found(state, now).level is Level.OK
    state.panels["health"] = PanelState(30.0)
    told = nothing_found(state, now)
    assert (told.level, told.summary) == (Level.UNKNOWN, "nothing found so far; not read yet: health")
    told = nothing_found(state, now + timedelta(minutes=5))
    assert told.summary == "nothing found so far; not read yet: health; stale: resources"
    state.panels = {"health": PanelState(30.0)}
    assert nothing_found(state, now).summary == "nothing read yet"
    state.panels = {"resources": PanelState(2.0, reading=figures(), taken_at=now, problem="")}
    assert nothing_found(state, now).evidence == "in resources"
    state.panels["resources"].problem = "no session"
    assert nothing_found(state, now).summary == "nothing found so far; could not be read: resources"
    state.panels["resources"].beside[Cadence.SLOW] = Beside(30.0)
    assert nothing_found(state, now).summary == "nothing found so far; not read yet: resources"


@pytest.mark.parametrize(
    ("host", "words"),
    [
        (Host("db1", "10.0.0.7", port=2301, user="ops"), "ops@10.0.0.7:2301"),
        (Host("db1", "10.0.0.7"), "10.0.0.7:22"),
        (Host("db1", "::1", user="ops"), "ops@[::1]:22"),
        (Host("db1", "db1"), ""),
        (Host("db1", "db1", user="ops"), "ops@db1:22"),
        (Host("localhost", "localhost"), ""),
    ],
)
def test_the_address_says_who_where_and_which_port(host: Host, words: str) -> None:
    assert address_words(host) == words


@pytest.mark.parametrize(
    ("width", "dropped"), [(80, {"Debian"}), (60, {"Debian", "up 41d", "via bastion"}), (120, set())]
)
async def test_the_title_drops_what_says_least_and_cuts_nothing(width: int, dropped: set[str]) -> None:
    state = full(port=2301, user="ops")
    async with console(FakeSource([state]), size=(width, 24)) as (app, pilot):
        await opened(pilot)
        title = screen_lines(app)[0]
        for part in ("ops@10.0.0.7:2301", "up 41d", "via bastion", "Debian"):
            assert (part in title) is (part not in dropped), (part, title)
        assert "…" not in title
        await pilot.press("tab", "enter")
        await until(pilot, lambda: isinstance(app.screen, DetailScreen))
        await until_shown(pilot, "db1 › resources   PROD ")


async def test_the_health_card_names_as_many_units_as_have_room() -> None:
    state = full()
    units = tuple(
        replace(unit, name=f"unit{number}.service")
        for number, unit in enumerate([state.panels["health"].reading.failed_units[0]] * 9)
    )
    known = replace(state.panels["health"].reading, failed_units=units, failed_unit_count=9)
    for size, named in (((80, 24), 3), ((200, 60), 9)):
        state.panels = {"health": PanelState(30.0, reading=known, taken_at=datetime.now(UTC))}
        async with console(FakeSource([state]), size=size) as (_, pilot):
            screen = await opened(pilot)
            lines = [line.strip() for line in str(screen.query_one("#card-health").render()).splitlines()]
            assert [line for line in lines if line.startswith("unit") and line.endswith(".service")] == [
                f"unit{number}.service" for number in range(named)
            ]
            assert ("and 6 more" in lines) is (named == 3)
