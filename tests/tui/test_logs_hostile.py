"""The log screen on hosts that do all they can to break it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from log_pilot import FakeShell, Logs, numbered, saying

from opsconsole.console.tui.logs_lines import BUFFER_LINES, LINE_LIMIT_CHARS

HOSTILE = [
    b"[/] [/foo] [bold red]x[/] [@click=app.quit]y\n",
    b"\x1b[2J\x1b[H\x1b]52;c;ZXZpbA==\x07\x1b]0;title\x07\x1bc\n",
    b"\x00\x00nul\x00\n",
    b"\xff\xfe\xc3\x28 invalid\n",
    "\u202eright to left\u2066 \u061c\n".encode(),
    "x\u0301\u0301\u0301 日本語 👩‍👩‍👧‍👦\n".encode(),
    b"\r\rprogress 1%\rprogress 2%\n",
    b"\x9b31mC1\x90dcs\x9c\n",
    b"\n\n",
]


@pytest.mark.parametrize("wrap", [False, True])
async def test_nothing_a_host_writes_gets_past_the_text(eventually: Any, wrap: bool) -> None:
    app = Logs(FakeShell(saying(*HOSTILE, b"the end\n")))
    async with app.run_test(size=(80, 24)) as pilot:
        if wrap:
            await pilot.press("w")
        await eventually(lambda: "the end" in app.texts)
        await eventually(lambda: any("the end" in row for row in app.drawn))
        screen = "".join(app.drawn)
        assert "[@click=app.quit]y" in screen
        assert not set(screen) & set("\x1b\x00\x07\r\n\x9b\x90\u202e\u2066\u061c")
        await pilot.press("slash", *"x", "enter", "f", *"x", "enter", "k", "c")
        assert app.is_running


async def test_a_megabyte_line_is_cut_with_a_mark(eventually: Any) -> None:
    app = Logs(FakeShell(saying(b"z" * 1024 * 1024, b"\nafter\n")))
    async with app.run_test(size=(80, 24)) as pilot:
        await eventually(lambda: app.texts[-1:] == ["after"])
        assert app.texts[0] == "z" * LINE_LIMIT_CHARS + " …[cut]"
        await pilot.press("w")
        await eventually(lambda: any(row.startswith("z" * 79) for row in app.drawn))


async def endless() -> AsyncIterator[bytes]:
    while True:  # never waits: a transport whose buffer is always full
        yield b"y" * 99 + b"\n" + b"\n" * 500


async def test_endless_output_is_bounded_and_keys_still_work(eventually: Any) -> None:
    app = Logs(FakeShell(endless))
    async with app.run_test(size=(80, 24)) as pilot:
        await eventually(lambda: app.logs.view.buffer.end > BUFFER_LINES * 1.5, within=30)
        assert app.logs.view.buffer.count == BUFFER_LINES
        assert "behind" in app.status
        follower = app.logs._feed._follower
        assert follower is not None
        assert follower.waiting < 5_000
        await pilot.press("space")
        await eventually(lambda: "paused" in app.status)
        await pilot.press("escape")
        await eventually(lambda: len(app.screen_stack) == 1 and app.shell.open == 0)


async def one_byte_at_a_time() -> AsyncIterator[bytes]:
    for byte in numbered(3):
        await asyncio.sleep(0)
        yield bytes([byte])
    await asyncio.Event().wait()


async def test_a_host_that_answers_byte_by_byte_is_read(eventually: Any) -> None:
    app = Logs(FakeShell(one_byte_at_a_time))
    async with app.run_test():
        await eventually(lambda: app.texts == ["line 0", "line 1", "line 2"])
