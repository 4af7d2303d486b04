"""The log screen on fake hosts: ordinary ones, and such as do all they can to break it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from textual.app import App
from textual.events import MouseScrollUp
from textual.widgets import Input, OptionList, Static

from opsconsole.console.tui.logs import LogScreen
from opsconsole.console.tui.logs_chooser import SourceChooser
from opsconsole.console.tui.logs_lines import BUFFER_LINES, LINE_LIMIT_CHARS
from opsconsole.console.tui.logs_sources import JOURNAL, LogSource, SourceKind, parse_files, parse_units
from opsconsole.console.tui.themes import DARK
from opsconsole.data.host import Command, Facts, Host, NotConnectedError, Output, SudoPolicy

Script = Callable[[], AsyncIterator[bytes]]


class FakeShell:
    """Answers the listing commands, and streams what its script yields."""

    def __init__(self, script: Script, *, systemd: bool = True, root: bool = False, **host: Any) -> None:
        self.host = Host(name="web1", address="web1", **host)
        self.script = script
        self.systemd, self.root = systemd, root
        self.streamed: list[Command] = []
        self.open = 0
        self.units = (
            b"nginx.service loaded active running A web server\nssh.service loaded active running x\n"
        )
        self.files = b"/var/log/messages\n/var/log/nginx/access.log\n/var/log/wtmp\n"
        self.listing_fails = False

    async def facts(self) -> Facts:
        return Facts(has_systemd=self.systemd, sudo_ready=self.root, user_id=1000)

    async def run(self, command: Command) -> Output:
        if self.listing_fails:
            raise NotConnectedError("web1: lost")
        raw = self.units if command.argv[0] == "systemctl" else self.files
        return Output(0, raw, b"", 0.01)

    async def stream(self, command: Command) -> AsyncIterator[bytes]:
        self.streamed.append(command)
        self.open += 1
        try:
            async for chunk in self.script():
                yield chunk
        finally:
            self.open -= 1


async def forever() -> AsyncIterator[bytes]:
    await asyncio.Event().wait()
    yield b""


def saying(*chunks: bytes, then: Script | None = forever) -> Script:
    async def script() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk
        if then is not None:
            async for chunk in then():
                yield chunk

    return script


class Logs(App[None]):
    def __init__(self, shell: FakeShell, source: LogSource | None = None) -> None:
        super().__init__()
        self.register_theme(DARK)
        self.theme = DARK.name
        self.shell = shell
        self.logs = LogScreen(shell, "web1", source)  # type: ignore[arg-type]  # the fake needs no files or forwards

    def on_mount(self) -> None:
        self.push_screen(self.logs)

    @property
    def texts(self) -> list[str]:
        buffer = self.logs.view.buffer
        return [buffer[number].text for number in buffer.shown]

    @property
    def status(self) -> str:
        return str(self.logs.query_one("#log-status", Static).content)

    @property
    def title_line(self) -> str:
        return str(self.logs.query_one("#log-title", Static).content)

    @property
    def drawn(self) -> list[str]:
        view = self.logs.view
        return ["".join(segment.text for segment in view.render_line(y)) for y in range(view.size.height)]


def numbered(count: int, start: int = 0) -> bytes:
    return b"".join(b"line %d\n" % number for number in range(start, start + count))


# --- following ---


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


# --- hostile hosts ---

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


# --- keys ---


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


async def test_the_filter_shows_a_part_says_so_and_is_cleared_by_escape(eventually: Any) -> None:
    app = Logs(FakeShell(saying(numbered(30))))
    async with app.run_test(size=(80, 24)) as pilot:
        await eventually(lambda: len(app.texts) == 30)
        await pilot.press("slash", *"!line 1")
        await eventually(lambda: app.texts == [f"line {n}" for n in range(30) if not str(n).startswith("1")])
        assert "19 of 30 lines" in app.status
        await pilot.press("enter")
        assert app.focused is app.logs.view
        await pilot.press("escape")
        await eventually(lambda: len(app.texts) == 30)
        assert app.screen is app.logs


@pytest.mark.parametrize("wrong", ["(", "a{2,1}"])
async def test_a_wrong_filter_shows_everything_and_says_why(eventually: Any, wrong: str) -> None:
    app = Logs(FakeShell(saying(numbered(5))))
    async with app.run_test(size=(80, 24)) as pilot:
        await eventually(lambda: len(app.texts) == 5)
        await pilot.press("slash")
        app.logs.query_one(Input).value = wrong
        await eventually(lambda: "filter not applied" in app.status)
        assert len(app.texts) == 5


async def test_a_filter_that_would_take_for_ever_is_dropped(eventually: Any) -> None:
    app = Logs(FakeShell(saying(b"a" * 40 + b"b\n")))
    async with app.run_test(size=(80, 24)) as pilot:
        await eventually(lambda: len(app.texts) == 1)
        await pilot.press("slash")
        app.logs.query_one(Input).value = "(a+)+$"
        await eventually(lambda: "too slow" in app.status)
        assert len(app.texts) == 1


async def test_matches_are_marked(eventually: Any) -> None:
    app = Logs(FakeShell(saying(b"one two three\n")))
    async with app.run_test(size=(80, 24)) as pilot:
        await eventually(lambda: len(app.texts) == 1)
        await pilot.press("slash", *"tw.", "enter", "f", *"three", "enter")
        await pilot.pause()
        segments = list(app.logs.view.render_line(0))
        marked = {segment.text.strip() for segment in segments if segment.style and segment.style.underline}
        found = {segment.text.strip() for segment in segments if segment.style and segment.style.reverse}
        assert marked == {"two"}
        assert found == {"three"}


async def test_levels_and_notes_look_different(eventually: Any) -> None:
    raw = b"an ordinary line\na WARNING\nan ERROR\nDEBUG it\n"
    app = Logs(FakeShell(saying(raw, then=None)))
    async with app.run_test(size=(80, 24)):
        await eventually(lambda: len(app.texts) == 5)
        await eventually(lambda: "ended" in app.drawn[4])
        looks = [next(iter(app.logs.view.render_line(y))).style for y in range(5)]
        assert len({(str(style.color), style.italic) for style in looks if style}) == 5


async def test_find_goes_round_and_says_when_there_is_none(eventually: Any) -> None:
    app = Logs(FakeShell(saying(numbered(300))))
    async with app.run_test(size=(80, 24)) as pilot:
        await eventually(lambda: len(app.texts) == 300)

        def current() -> str:
            line = app.logs.view.current
            return line.text if line is not None else ""

        await pilot.press("f", *"LINE 10", "enter")
        assert current() == "line 10"
        await pilot.press("n")
        assert current() == "line 100"
        await pilot.press("N", "N")
        assert current() == "line 109"
        assert any("line 109" in row for row in app.drawn)
        await pilot.press("f")
        app.logs.query_one(Input).value = "nowhere[/]"
        await pilot.press("enter")
        assert "not found: nowhere[/]" in app.status
        assert current() == "line 109"


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


# --- choosing ---


async def test_another_log_is_chosen_from_what_the_host_lists(eventually: Any) -> None:
    app = Logs(FakeShell(saying(b"x\n")))
    async with app.run_test(size=(80, 24)) as pilot:
        await eventually(lambda: app.texts == ["x"])
        await pilot.press("o")
        await eventually(
            lambda: isinstance(app.screen, SourceChooser) and app.screen.query_one(OptionList).options
        )
        listed = [str(option.prompt) for option in app.screen.query_one(OptionList).options]
        assert [entry.split()[-1] for entry in listed] == [
            *("units", "nginx.service", "ssh.service", "/var/log/messages", "/var/log/nginx/access.log"),
        ]
        await pilot.press(*"ng", "down", "down", "up", "up", "enter")
        await eventually(lambda: len(app.shell.streamed) == 2)
        assert app.shell.streamed[1].argv[-1] == "--unit=nginx.service"
        await eventually(lambda: app.shell.open == 1 and app.texts == ["x"])


async def test_a_typed_path_is_followed_as_it_is(eventually: Any) -> None:
    shell = FakeShell(saying(b"x\n"))
    shell.listing_fails = True
    app = Logs(shell)
    async with app.run_test(size=(80, 24)) as pilot:
        await eventually(lambda: app.texts == ["x"])
        await pilot.press("o")
        await eventually(
            lambda: "No list: web1: lost" in str(app.screen.query("#state").first(Static).content)
        )
        app.screen.query_one("#wanted", Input).value = "/srv/a b/--x.log"
        await eventually(lambda: app.screen.query_one(OptionList).option_count == 1)
        await pilot.press("enter")
        await eventually(lambda: len(shell.streamed) == 2)
        assert shell.streamed[1].argv == ("tail", "-n", "200", "-F", "--", "/srv/a b/--x.log")


async def test_escape_in_the_chooser_changes_nothing(eventually: Any) -> None:
    app = Logs(FakeShell(saying(b"x\n")), source=JOURNAL)
    async with app.run_test() as pilot:
        await eventually(lambda: app.texts == ["x"])
        await pilot.press("o", "escape")
        await eventually(lambda: app.screen is app.logs)
        assert len(app.shell.streamed) == 1


def test_hostile_listings_offer_only_what_can_be_shown_and_followed() -> None:
    units = parse_units(
        b"--help.service x\n[/].service\n\xff.service\na;b.service\n\n  ok@1.service loaded\nx.timer\n"
    )
    assert units == [LogSource(SourceKind.UNIT, "--help.service"), LogSource(SourceKind.UNIT, "ok@1.service")]
    assert units[0].command(sudo=False).argv[-1] == "--unit=--help.service"
    files = parse_files(
        b"/etc/shadow\n/var/log/\x1b[2Ja\n/var/log/b.gz\n/var/log/\xff\n/var/log/[/].log\n/var/log/syslog.1\n"
    )
    assert [source.name for source in files] == ["/var/log/[/].log"]


def test_a_listing_without_end_is_bounded() -> None:
    assert len(parse_units(b"a.service x\n" * 100_000)) <= 2_000
    assert len(parse_files(b"".join(b"/var/log/%d.log\n" % n for n in range(100_000)))) <= 2_000
