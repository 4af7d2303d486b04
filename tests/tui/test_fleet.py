"""The Fleet: order, cursor, filter, marks, sizes, stale looks, hostile text."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from console_pilot import cells, console, order, screen_lines, screen_text, table, until, until_shown
from fake_source import FakeSource, down, figures, host_state

from opsconsole.console.ssh.status import ConnectionState
from opsconsole.console.tui.fleet import FleetScreen
from opsconsole.console.tui.fleet_filter import FilterBar
from opsconsole.console.tui.host import HostScreen
from opsconsole.panels.panel import Finding, Level

HOSTILE = "\x1b[31m[/red][b]x\x1b]0;t\x07\x00\u202eevil\u2066\n\r[@click=app.quit]y[/]\ud83d" + "z" * 1000


def fleet() -> FakeSource:
    return FakeSource(
        [
            host_state("localhost"),
            host_state(
                "db1", Level.CRITICAL, summary="/var 94 % used", environment="production", groups=("db",)
            ),
            host_state("web1", Level.WARNING, groups=("web",), reading=figures(31, 38, 50)),
            host_state("web2", Level.WARNING, groups=("web", "eu"), reading=figures(88, 40, 51)),
            host_state("app3", groups=("webapp",), environment="staging", reading=figures(5, 90, 10)),
            down("gone", ConnectionState.TIMED_OUT, "no answer in 10 s"),
        ]
    )


def line_of(lines: list[str], host: str) -> str:
    found = [line for line in lines if re.match(rf"[ ◆] [●▲○✓] {re.escape(host)} ", line)]
    assert len(found) == 1, (host, lines)
    return found[0]


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
            r" 88% .* 40% .* 51% .* 3\.5 +1\.1M/293K +@web @eu +1s +CPU 88 % for 16 min \(php-fpm\)", row
        )
        assert "PROD" in line_of(lines, "db1")
        gone = line_of(lines, "gone")
        assert "unreachable: timed out: no answer in 10 s" in gone
        assert gone.count("–") == 6  # cpu, mem, disk, load, net, age: unknown is never 0
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


async def test_a_reading_becomes_stale_by_itself() -> None:
    state = host_state("a", age_seconds=5.0)  # stale at 6 s; nobody reports a change
    async with console(FakeSource([state])) as (app, pilot):
        assert "✓ a" in screen_text(app)
        await until_shown(pilot, "○ a")


async def test_the_cursor_follows_its_host_and_stays_on_its_line() -> None:
    source = FakeSource([host_state(f"h{index:02}") for index in range(60)])
    async with console(source, size=(100, 24)) as (app, pilot):
        await pilot.press(*["j"] * 24, *["k"] * 4)  # in the middle of a page that is scrolled
        assert table(app).cursor_host == "h20"
        lines = screen_lines(app)
        at = next(index for index, line in enumerate(lines) if " h20 " in line)
        for name in ("h50", "h51", "h52"):
            source.hosts[name].panels["resources"].findings = [Finding(Level.CRITICAL, "x", "y", "full")]
            source.board.changed(name)
        await until(pilot, lambda: order(app)[:3] == ["h50", "h51", "h52"])
        await pilot.pause()
        assert table(app).cursor_host == "h20"
        assert " h20 " in screen_lines(app)[at]


async def test_until_the_cursor_is_moved_it_rests_on_the_worst() -> None:
    source = FakeSource([host_state(f"h{index:02}") for index in range(40)])
    async with console(source, size=(100, 24)) as (app, pilot):
        source.hosts["h30"].panels["resources"].findings = [Finding(Level.CRITICAL, "x", "y", "full")]
        source.board.changed("h30")
        await until(pilot, lambda: order(app)[0] == "h30")
        assert table(app).cursor_host == "h30"
        assert "● h30" in screen_lines(app)[4]


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


async def test_keys_move_the_cursor() -> None:
    source = FakeSource([host_state(f"h{index:03}") for index in range(100)])
    async with console(source, size=(100, 24)) as (app, pilot):
        for key, host in (
            ("j", "h001"), ("down", "h002"), ("k", "h001"), ("G", "h099"), ("up", "h098"), ("g", "h000"),
            ("k", "h000"), ("pagedown", "h019"), ("ctrl+f", "h038"), ("pageup", "h019"), ("end", "h099"),
            ("j", "h099"), ("home", "h000"),
        ):  # fmt: skip
            await pilot.press(key)
            await pilot.pause()
            assert table(app).cursor_host == host, key
            assert any(f" {host} " in line for line in screen_lines(app)), key


@pytest.mark.parametrize(
    ("key", "ascending_or_not", "first", "last"),
    [
        ("C", "cpu ↓", "web2", "gone"),
        ("M", "mem ↓", "app3", "gone"),
        ("H", "host ↑", "app3", "web2"),
        ("E", "env ↑", "db1", "app3"),
        ("R", "groups ↑", "db1", "gone"),
        ("L", "load ↓", "web2", "gone"),
        ("D", "disk ↓", "web2", "gone"),
        ("N", "net ↓/↑ ↓", "localhost", "gone"),
        ("A", "age ↓", "localhost", "gone"),
    ],
)
async def test_each_column_sorts_and_turns_round(
    key: str, ascending_or_not: str, first: str, last: str
) -> None:
    async with console(fleet(), size=(160, 30)) as (app, pilot):
        await pilot.press(key)
        await until_shown(pilot, ascending_or_not)
        there = order(app)
        if key != "A":  # all ages are equal but that of the host that was never read
            assert there[0] == first
        assert there[-1] == last
        await pilot.press(key)
        await pilot.pause()
        back = order(app)
        assert back[-1] == "gone" or key in "HE"  # what is not known stays last
        if key in "CMLDH":
            known = [name for name in there if name != "gone" or key == "H"]
            assert [name for name in back if name in known] != known


async def test_a_click_on_a_title_sorts_and_on_a_row_selects_and_opens() -> None:
    async with console(fleet(), size=(160, 30)) as (app, pilot):
        header = screen_lines(app)[3]
        await pilot.click(offset=(header.index("cpu"), 3))
        await pilot.pause()
        assert order(app)[0] == "web2"
        at = next(index for index, line in enumerate(screen_lines(app)) if " app3 " in line)
        await pilot.click(offset=(20, at))
        await pilot.pause()
        assert table(app).cursor_host == "app3"
        await pilot.click(offset=(20, at), times=2)
        await until(pilot, lambda: isinstance(app.screen, HostScreen))
        assert app.screen.host_name == "app3"  # type: ignore[attr-defined]  # a HostScreen, see above


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


async def test_marks_are_kept_by_name_and_shown() -> None:
    source = fleet()
    async with console(source) as (app, pilot):
        await pilot.press("space", "space")
        await until_shown(pilot, "◆ 2 marked")
        assert table(app).marks == {"db1", "web1"}
        assert table(app).cursor_host == "web2"
        await pilot.press("H")
        await pilot.pause()
        lines = screen_lines(app)
        assert line_of(lines, "db1").startswith("◆")
        assert line_of(lines, "web1").startswith("◆")
        assert line_of(lines, "web2").startswith(" ")
        await pilot.press("ctrl+r")
        assert source.wanted() == [("read_now", "db1"), ("read_now", "web1")]
        await pilot.press("escape")
        await pilot.pause()
        assert table(app).marks == set()


async def test_read_now_of_a_host_that_is_down_tries_again() -> None:
    source = FakeSource([down("gone", ConnectionState.AUTHENTICATION_FAILED)])
    async with console(source) as (_, pilot):
        await pilot.press("ctrl+r")
        assert source.wanted() == [("retry", "gone")]


async def test_a_change_is_seen_without_a_key() -> None:
    source = fleet()
    async with console(source) as (app, pilot):
        assert " 77% " not in screen_text(app)
        source.hosts["web1"].panels["resources"].reading = figures(77, 38, 50)
        source.board.changed("web1")
        await until(pilot, lambda: " 77% " in line_of(screen_lines(app), "web1"))


@pytest.mark.parametrize(
    ("width", "height", "there", "gone"),
    [
        (80, 24, ["host", "env", "cpu", "mem", "disk", "age", "why"], ["net", "load", "groups"]),
        (100, 30, ["host", "env", "cpu", "mem", "disk", "age", "why"], ["net", "load", "groups"]),
        (200, 60, ["host", "env", "cpu", "mem", "disk", "load", "net ↓/↑", "groups", "age", "why"], []),
        (300, 80, ["host", "env", "cpu", "mem", "disk", "load", "net ↓/↑", "groups", "age", "why"], []),
    ],
)
async def test_columns_drop_from_the_right(
    width: int, height: int, there: list[str], gone: list[str]
) -> None:
    async with console(fleet(), size=(width, height)) as (app, _):
        lines = screen_lines(app)
        assert len(lines) == height
        titles = re.split(r"\s{2,}|(?<=\w) (?=\w)", lines[3].replace("↓ host", "host").strip())
        assert [title for title in titles if title] == there
        for name in gone:
            assert name not in lines[3]
        assert "● 1 critical" in lines[0]
        assert "✓ 2 ok" in lines[0]
        assert "? help" in lines[-1]
        assert "/var 94" in line_of(lines, "db1")


@pytest.mark.parametrize("size", [(80, 24), (100, 30)])
async def test_narrow_terminals_show_the_reason_whole(size: tuple[int, int]) -> None:
    source = FakeSource(
        [
            down("gone", ConnectionState.REFUSED, next_try_at=datetime.now(UTC) + timedelta(seconds=20.9)),
            host_state("trixie1", Level.WARNING, summary="sudo: 22 errors in 15 min (+1)", groups=("web",)),
        ]
    )
    async with console(source, size=size) as (app, _):
        lines = screen_lines(app)
        assert "connection refused (next try 20s)" in line_of(lines, "gone")
        assert "sudo: 22 errors in 15 min (+1)" in line_of(lines, "trixie1")
        assert " env " not in lines[3]  # no host has one


async def test_numbers_stand_in_line() -> None:
    states = [host_state(f"h{cpu}", reading=figures(cpu, 1, 1)) for cpu in (3, 42, 100)]
    async with console(FakeSource(states)) as (app, _):
        lines = screen_lines(app)
        ends = {line_of(lines, f"h{cpu}").index(f"{cpu}%") + len(f"{cpu}%") for cpu in (3, 42, 100)}
        assert len(ends) == 1


async def test_hostile_text_in_every_field_does_no_harm() -> None:
    host = host_state(
        f"web{HOSTILE}",
        Level.CRITICAL,
        summary=HOSTILE,
        environment=HOSTILE,
        groups=(HOSTILE,),
        address=HOSTILE,
    )
    lost = down("lost", ConnectionState.LOST, HOSTILE)
    problem = host_state("mute")
    problem.panels["resources"].problem = HOSTILE
    for width in (80, 300):
        async with console(FakeSource([host, lost, problem]), size=(width, 24)) as (app, pilot):
            await pilot.press("space", "H", "slash", *"[/x", "escape")
            await pilot.pause()
            lines = screen_lines(app)
            assert all(unicodedata.category(char)[0] != "C" for line in lines for char in line)
            assert len(lines) == 24
            assert "[/red][b]x" in screen_text(app)  # shown as it is, parsed by nobody
            app.exit(0)


async def test_wide_characters_keep_the_columns() -> None:
    states = [
        host_state("普通话主机名", reading=figures(42, 1, 1)),
        host_state("plain", reading=figures(42, 1, 1)),
    ]
    async with console(FakeSource(states)) as (app, _):
        rows = [strip for strip in app.screen._compositor.render_strips() if "42%" in strip.text]
        assert len(rows) == 2
        assert {strip.cell_length for strip in rows} == {120}
        from rich.cells import cell_len

        assert len({cell_len(strip.text[: strip.text.index("42%")]) for strip in rows}) == 1


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
