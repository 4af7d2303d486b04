"""The Fleet's columns at every width, and hostile or wide text in them."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from console_pilot import console, screen_lines, screen_text
from fake_source import FakeSource, down, figures, host_state
from fleet_pilot import fleet, line_of
from readings import HOSTILE

from opsconsole.console.ssh.status import ConnectionState
from opsconsole.panels.panel import Level


@pytest.mark.parametrize(
    ("width", "height", "there", "gone"),
    [
        (80, 24, ["host", "env", "cpu", "mem", "disk", "age", "why"], ["net", "load", "groups", "certs"]),
        (100, 30, ["host", "env", "cpu", "mem", "disk", "age", "why"], ["net", "load", "groups", "certs"]),
        (
            200,
            60,
            ["host", "env", "cpu", "mem", "disk", "load", "net ↓/↑", "groups", "certs", "age", "why"],
            [],
        ),
        (
            300,
            80,
            ["host", "env", "cpu", "mem", "disk", "load", "net ↓/↑", "groups", "certs", "age", "why"],
            [],
        ),
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
