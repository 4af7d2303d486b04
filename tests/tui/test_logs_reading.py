"""Reading in the log screen: pausing, moving, wrapping, levels, copying; nothing is lost or moves away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from log_pilot import FakeShell, Logs, numbered, saying
from textual.events import MouseScrollUp

from opsconsole.console.tui.logs_lines import BUFFER_LINES


async def test_pause_counts_and_resume_shows(eventually: Any) -> None:
    go = asyncio.Event()

    async def more() -> AsyncIterator[bytes]:
        await go.wait()
        yield numbered(7, start=1)
        await asyncio.Event().wait()

    app = Logs(FakeShell(saying(numbered(1), then=more)))
    async with app.run_test(size=(80, 24)) as pilot:
        await eventually(lambda: len(app.texts) == 1)
        await pilot.press("space")
        go.set()
        await eventually(lambda: "paused: 7 lines waiting" in app.status)
        assert len(app.texts) == 1
        await pilot.press("p")
        await eventually(lambda: len(app.texts) == 8)
        assert "following" in app.status


async def test_more_than_can_be_held_while_paused_is_said(eventually: Any) -> None:
    go = asyncio.Event()

    async def more() -> AsyncIterator[bytes]:
        await go.wait()
        yield numbered(BUFFER_LINES + 5)
        await asyncio.Event().wait()

    app = Logs(FakeShell(saying(b"x\n", then=more)))
    async with app.run_test(size=(80, 24)) as pilot:
        await eventually(lambda: app.texts == ["x"])
        await pilot.press("space")
        go.set()
        await eventually(lambda: "5 more not kept" in app.status)
        await pilot.press("space")
        await eventually(lambda: app.texts[-1] == f"line {BUFFER_LINES + 4}")
        await pilot.press("g")
        assert app.logs.view.buffer.count == BUFFER_LINES


async def test_levels_and_notes_look_different(eventually: Any) -> None:
    raw = b"an ordinary line\na WARNING\nan ERROR\nDEBUG it\n"
    app = Logs(FakeShell(saying(raw, then=None)))
    async with app.run_test(size=(80, 24)):
        await eventually(lambda: len(app.texts) == 5)
        await eventually(lambda: "ended" in app.drawn[4])
        looks = [next(iter(app.logs.view.render_line(y))).style for y in range(5)]
        assert len({(str(style.color), style.italic) for style in looks if style}) == 5


async def test_moving_stops_following_and_the_view_stands_still(eventually: Any) -> None:
    go = asyncio.Event()

    async def more() -> AsyncIterator[bytes]:
        await go.wait()
        yield numbered(BUFFER_LINES - 70, start=100)
        await asyncio.Event().wait()

    app = Logs(FakeShell(saying(numbered(100), then=more)))
    async with app.run_test(size=(80, 24)) as pilot:
        await eventually(lambda: len(app.texts) == 100)
        await pilot.press("g")
        assert app.drawn[0].startswith("line 0 ")
        await pilot.press("pagedown", "pagedown", "pagedown", "j", "k", "k")
        line = app.logs.view.current
        before = app.drawn
        await eventually(lambda: "not at the end" in app.status)
        go.set()
        await eventually(lambda: app.logs.view.buffer.end == BUFFER_LINES + 30)
        assert app.logs.view.current == line
        assert app.drawn == before  # 30 lines were forgotten above, and nothing moved
        await pilot.press("G")
        await eventually(lambda: app.drawn[-1].startswith(f"line {BUFFER_LINES + 29}"))


async def test_the_mouse_wheel_stops_following_and_a_click_takes_a_line(eventually: Any) -> None:
    app = Logs(FakeShell(saying(numbered(100))))
    async with app.run_test(size=(80, 24)) as pilot:
        await eventually(lambda: len(app.texts) == 100 and app.drawn[-1].startswith("line 99"))
        await pilot._post_mouse_events([MouseScrollUp], "LogView", (5, 5))
        await eventually(lambda: not app.logs.view.following)
        await pilot.click("LogView", offset=(3, 2))
        line = app.logs.view.current
        assert line is not None
        assert app.drawn[2].strip() == line.text


async def test_wrapped_lines_lose_nothing(eventually: Any) -> None:
    text = "".join(f"{n:04d}" for n in range(100)) + "日本語" * 30
    app = Logs(FakeShell(saying(text.encode() + b"\nlast\n")))
    async with app.run_test(size=(80, 24)) as pilot:
        await eventually(lambda: len(app.texts) == 2)
        await pilot.press("w")
        await pilot.pause()
        assert text in "".join(row.rstrip() for row in app.drawn)
        await pilot.resize_terminal(50, 24)
        await eventually(lambda: app.logs.view.size.width == 50)
        await pilot.pause()
        assert text in "".join(row.rstrip() for row in app.drawn)
        await pilot.press("w", "right", "right")
        await pilot.pause()
        assert app.logs.view.scroll_offset.x > 0


async def test_the_line_is_copied(eventually: Any) -> None:
    app = Logs(FakeShell(saying(b"first [/x]\nsecond\n")))
    async with app.run_test(size=(80, 24)) as pilot:
        await eventually(lambda: len(app.texts) == 2)
        await pilot.press("k", "c")
        assert app.clipboard == "first [/x]"


async def test_a_line_that_goes_on_beyond_the_edge_says_so(eventually: Any) -> None:
    long = "é" * 100 + "日本語の端END"
    app = Logs(FakeShell(saying(f"{'x' * 79}\n{long}\n".encode())))
    async with app.run_test(size=(80, 24)) as pilot:
        await eventually(lambda: len(app.texts) == 2)
        whole, cut = (row.rstrip() for row in app.drawn[:2])
        assert whole == "x" * 79
        assert cut == "é" * 78 + "…"
        app.logs.view.focus()
        for _ in range(60):
            await pilot.press("right")
        await eventually(lambda: app.drawn[1].rstrip().endswith("END"))
        assert app.texts[1] == long
        await pilot.press("w")
        await eventually(lambda: not any("…" in row for row in app.drawn[1:3]))
