"""The log screen follows a host's log: which one, as whom, and how it says that it ended."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from log_pilot import FakeShell, Logs, Script, forever, numbered, saying

from opsconsole.data.host import NotConnectedError, SudoPolicy


async def test_the_journal_is_followed_and_the_newest_line_is_visible(eventually: Any) -> None:
    app = Logs(FakeShell(saying(numbered(100))))
    async with app.run_test(size=(80, 24)):
        await eventually(lambda: len(app.texts) == 100)
        assert app.shell.streamed[0].argv == (
            *("journalctl", "-f", "-n", "200", "-o", "short-iso", "--no-hostname", "--no-pager"),
        )
        await eventually(lambda: app.drawn[-1].startswith("line 99"))
        assert "following" in app.status
        assert "100 lines" in app.status


async def test_without_journald_the_usual_file_is_followed(eventually: Any) -> None:
    app = Logs(FakeShell(saying(b"x\n"), systemd=False))
    async with app.run_test():
        await eventually(lambda: app.texts == ["x"])
        assert app.shell.streamed[0].argv == ("tail", "-n", "200", "-F", "--", "/var/log/messages")
        assert "/var/log/messages" in app.title_line


async def test_without_any_log_it_says_so(eventually: Any) -> None:
    shell = FakeShell(saying(b"x\n"), systemd=False)
    shell.files = b""
    app = Logs(shell)
    async with app.run_test():
        await eventually(lambda: "no log found" in app.status)
        assert shell.streamed == []


@pytest.mark.parametrize(
    ("root", "policy", "asked"),
    [
        (True, SudoPolicy.PASSWORDLESS, True),
        (True, SudoPolicy.NEVER, False),
        (False, SudoPolicy.PASSWORDLESS, False),
    ],
)
async def test_root_reads_where_the_policy_and_the_host_allow_it(
    eventually: Any, root: bool, policy: SudoPolicy, asked: bool
) -> None:
    app = Logs(FakeShell(saying(b"x\n"), root=root, sudo=policy))
    async with app.run_test(size=(80, 24)):
        await eventually(lambda: app.texts == ["x"])
        assert app.shell.streamed[0].sudo is asked
        assert ("as root" in app.title_line) is asked


async def test_production_and_read_only_are_in_the_title(eventually: Any) -> None:
    app = Logs(FakeShell(saying(b"x\n"), environment="production", read_only=True))
    async with app.run_test(size=(80, 24)):
        await eventually(lambda: "PROD" in app.title_line)
        assert "read-only" in app.title_line


async def test_leaving_ends_the_stream(eventually: Any) -> None:
    app = Logs(FakeShell(saying(b"x\n")))
    async with app.run_test() as pilot:
        await eventually(lambda: app.shell.open == 1)
        await pilot.press("escape")
        await eventually(lambda: app.shell.open == 0)
        assert len(app.screen_stack) == 1


class Closing:
    """A stream that is no generator: nothing but `aclose` ends it."""

    def __init__(self) -> None:
        self.closed = False

    def __aiter__(self) -> Closing:
        return self

    async def __anext__(self) -> bytes:
        return b"more\n" * 5_000

    async def aclose(self) -> None:
        self.closed = True


async def test_a_stream_that_is_held_back_is_closed_too(
    eventually: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = Closing()
    shell = FakeShell(forever)
    monkeypatch.setattr(shell, "stream", lambda _command: stream)
    app = Logs(shell)
    async with app.run_test(size=(80, 24)) as pilot:
        await eventually(lambda: "behind" in app.status)
        await pilot.press("escape")
        await eventually(lambda: stream.closed)


async def test_lines_wider_than_the_screen_do_not_hide_the_newest(eventually: Any) -> None:
    app = Logs(FakeShell(saying(numbered(100), b"w" * 300 + b"\nthe newest\n")))
    async with app.run_test(size=(80, 24)) as pilot:
        await eventually(lambda: len(app.texts) == 102)
        await pilot.pause()
        await eventually(lambda: app.drawn[-1].startswith("the newest"))


async def test_quitting_the_app_ends_the_stream(eventually: Any) -> None:
    app = Logs(FakeShell(saying(b"x\n")))
    async with app.run_test():
        await eventually(lambda: app.shell.open == 1)
    await eventually(lambda: app.shell.open == 0)


async def lost() -> AsyncIterator[bytes]:
    raise NotConnectedError("web1: connection lost [/]")
    yield b""


async def broken() -> AsyncIterator[bytes]:
    raise ZeroDivisionError("\x1b[31mno[/")
    yield b""


@pytest.mark.parametrize(
    ("then", "reason"),
    [
        (None, "the command ended by itself"),
        (lost, "web1: connection lost [/]"),
        (broken, "ZeroDivisionError: no[/"),
    ],
)
async def test_the_end_is_said_with_its_reason_and_can_be_mended(
    eventually: Any, then: Script | None, reason: str
) -> None:
    app = Logs(FakeShell(saying(b"x\nunfinished", then=then)))
    async with app.run_test(size=(120, 24)) as pilot:
        await eventually(lambda: len(app.texts) == 3)
        assert app.texts[:2] == ["x", "unfinished"]
        assert reason in app.texts[2]
        assert [app.logs.view.buffer[n].is_note for n in range(3)] == [False, False, True]
        assert f"ended: {reason}" in app.status
        assert "ctrl+r" in app.status
        app.shell.script = saying(b"back\n")
        await pilot.press("ctrl+r")
        await eventually(lambda: app.texts[-1:] == ["back"])
        assert "following" in app.status
        assert "followed again" in app.texts[3]


async def test_a_host_that_cannot_be_asked_is_said(eventually: Any) -> None:
    shell = FakeShell(saying(b"x\n"), systemd=False)
    shell.listing_fails = True
    app = Logs(shell)
    async with app.run_test(size=(80, 24)):
        await eventually(lambda: "ended: web1: lost" in app.status)
