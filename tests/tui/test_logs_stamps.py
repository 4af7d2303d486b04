"""Time stamps of logs: short where room is short, each day named, and never without a time zone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from log_pilot import FakeShell, Logs, saying

from opsconsole.console.tui.logs_lines import LineFilter
from opsconsole.console.tui.logs_stamps import lacks_zone, stamp_of
from opsconsole.console.tui.logs_view import SHORT_BELOW

JOURNAL = (
    b"2026-11-25T23:59:58+0000 sshd[1]: first\n"
    b"2026-11-26T00:00:03+0000 sshd[1]: second\n"
    b"  going on\n"
    b"2026-11-26T00:00:04+0000 sshd[2]: third\n"
)
NARROW, WIDE = (80, 24), (SHORT_BELOW + 20, 24)


async def read(app: Logs, eventually: Any, count: int) -> list[str]:
    await eventually(lambda: app.logs.view.buffer.count == count)
    return [line.rstrip() for line in app.drawn if line.strip()]


@pytest.mark.parametrize(
    ("text", "clock", "rest", "day", "zone"),
    [
        ("2026-11-26T16:39:07+0000 sshd[1]: x", "16:39:07", " sshd[1]: x", "2026-11-26", "UTC"),
        ("2026-11-26T16:39:07-03:30 x", "16:39:07", " x", "2026-11-26", "UTC-03:30"),
        ("2026-11-26T16:39:07.123456+02:00 web1 x", "16:39:07", " web1 x", "2026-11-26", "UTC+02:00"),
        ("2026-11-26 16:39:07,123 +0200 x", "16:39:07", " x", "2026-11-26", "UTC+02:00"),
        ("2026-11-26T16:39:07Z", "16:39:07", "", "2026-11-26", "UTC"),
    ],
)
def test_a_stamp_is_cut_not_converted(text: str, clock: str, rest: str, day: str, zone: str) -> None:
    stamp = stamp_of(text)
    assert stamp is not None
    assert stamp.shorten(text) == clock + rest
    assert stamp.at == (day, zone)
    assert not lacks_zone(text)


@pytest.mark.parametrize(
    ("text", "without"),
    [
        ("Nov 26 16:39:07 web1 sshd[1]: x", True),
        ("2026-11-26 16:39:07 x", True),
        ("2026/11/26 16:39:07 [error] x", True),
        ("line 7", False),
        ("x 2026-11-26T16:39:07Z", False),
        ("2026-11-26T16:39:07+0000x", True),
    ],
)
def test_a_time_without_a_zone_is_no_stamp(text: str, without: bool) -> None:
    assert stamp_of(text) is None
    assert lacks_zone(text) is without


@given(st.text())
def test_any_line_has_a_stamp_or_none(text: str) -> None:
    stamp = stamp_of(text)
    assert stamp is None or stamp.shorten(text).startswith(stamp.clock)


def test_a_day_that_is_none_is_shown_as_it_is() -> None:
    stamp = stamp_of("2026-99-99T16:39:07Z x")
    assert stamp is not None
    assert stamp.at.words == "2026-99-99, UTC"


async def test_where_it_is_narrow_the_clock_stands_alone_and_each_day_is_named(eventually: Any) -> None:
    app = Logs(FakeShell(saying(JOURNAL), root=True))
    async with app.run_test(size=NARROW):
        assert await read(app, eventually, 4) == [
            "── Wed 2026-11-25, UTC ──",
            "23:59:58 sshd[1]: first",
            "── Thu 2026-11-26, UTC ──",
            "00:00:03 sshd[1]: second",
            "  going on",
            "00:00:04 sshd[2]: third",
        ]
        await eventually(lambda: "times UTC" in app.title_line)


async def test_where_it_is_wide_the_host_s_own_stamp_is_shown(eventually: Any) -> None:
    app = Logs(FakeShell(saying(JOURNAL), root=True))
    async with app.run_test(size=WIDE):
        assert await read(app, eventually, 4) == JOURNAL.decode().splitlines()
        assert "times" not in app.title_line  # each line says it


async def test_a_key_turns_it_round_at_any_width(eventually: Any) -> None:
    for size in (NARROW, WIDE):
        app = Logs(FakeShell(saying(JOURNAL), root=True))
        async with app.run_test(size=size) as pilot:
            before = await read(app, eventually, 4)
            await pilot.press("T")
            other = await read(app, eventually, 4)
            assert {before[0], other[0]} == {"── Wed 2026-11-25, UTC ──", JOURNAL.decode().splitlines()[0]}
            await pilot.press("T")
            assert await read(app, eventually, 4) == before


async def test_a_change_of_the_zone_is_told_like_a_day(eventually: Any) -> None:
    """Summer time ends: the same clock twice, an hour apart."""
    shell = FakeShell(saying(b"2026-10-25T02:30:00+0200 a\n2026-10-25T02:30:00+0100 b\n"), root=True)
    app = Logs(shell)
    async with app.run_test(size=NARROW) as pilot:
        assert await read(app, eventually, 2) == [
            "── Sun 2026-10-25, UTC+02:00 ──",
            "02:30:00 a",
            "── Sun 2026-10-25, UTC+01:00 ──",
            "02:30:00 b",
        ]
        await eventually(lambda: "times UTC+01:00" in app.title_line)
        await pilot.press("k")
        await eventually(lambda: "times UTC+02:00" in app.title_line)


async def test_a_log_without_zones_says_so(eventually: Any) -> None:
    app = Logs(FakeShell(saying(b"Nov 26 16:39:07 web1 x\n"), root=True))
    async with app.run_test(size=NARROW):
        assert await read(app, eventually, 1) == ["Nov 26 16:39:07 web1 x"]
        await eventually(lambda: "times without zone: the host's own" in app.title_line)


async def test_what_is_seen_is_found_filtered_and_copied_as_the_host_wrote_it(eventually: Any) -> None:
    app = Logs(FakeShell(saying(JOURNAL), root=True))
    async with app.run_test(size=NARROW) as pilot:
        await read(app, eventually, 4)
        view = app.logs.view
        assert view.find("00:00:03", 1)
        await pilot.press("c")
        assert app.clipboard == "2026-11-26T00:00:03+0000 sshd[1]: second"
        view.set_filter(LineFilter.parse("third"))
        assert [line.rstrip() for line in app.drawn if line.strip()] == [
            "── Thu 2026-11-26, UTC ──",
            "00:00:04 sshd[2]: third",
        ]
        marked = [
            segment.text for segment in view.render_line(1) if segment.style and segment.style.underline
        ]
        assert marked == ["third"]


async def test_clicks_folding_and_forgetting_keep_to_the_rows(eventually: Any) -> None:
    lines = b"".join(
        b"2026-11-%02dT00:00:%02d+0000 %s\n" % (1 + n // 2, n % 60, b"long " * 30 if n == 3 else b"x%d" % n)
        for n in range(20)
    )
    app = Logs(FakeShell(saying(lines), root=True))
    async with app.run_test(size=NARROW) as pilot:
        await eventually(lambda: app.logs.view.buffer.count == 20)
        view = app.logs.view
        await pilot.press("g", "w")
        drawn = [line.rstrip() for line in app.drawn]
        assert drawn[0] == "── Sun 2026-11-01, UTC ──"
        assert drawn[5].startswith("00:00:03 long")
        assert drawn[6].startswith("long")
        assert view.virtual_size.height == 20 + 10 + 2  # lines, days, and what was folded
        row = drawn.index("00:00:05 x5")
        await pilot.click(view, offset=(2, row))
        assert view.current is not None
        assert view.current.text.endswith("x5")
        view.buffer._limit = 5
        view.append([])
        assert view.virtual_size.height == 5 + 2  # the day of the first went with the line above it
        assert set(view._days) <= set(view.buffer.shown)
