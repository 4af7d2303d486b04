"""An interactive session in a real terminal: it has the keys, the console lives on and comes back."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.app import App

from opsconsole.console.tui.session import open_session

PROGRAM = """
import fcntl, json, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from textual.app import App
from textual.widgets import Static
from opsconsole.console.tui.session import open_session

argv, report = json.loads(sys.argv[1]), sys.argv[2]

class Console(App[int]):
    ticks = 0
    session_began = None
    def compose(self):
        yield Static("fleet screen here", markup=False)
    def on_mount(self):
        self.set_interval(0.01, self.tick)
        self.call_after_refresh(lambda: self.run_worker(self.session(), exit_on_error=False))
    def tick(self):
        self.ticks += 1
        self.query_one(Static).update(f"tick {self.ticks}")
        if self.session_began is not None and self.ticks > self.session_began + 80:
            open(report + ".alive", "w").close()
    def notify(self, message, **how):
        self.noticed = message
        super().notify(message, **how)
    noticed = ""
    async def session(self):
        self.session_began = self.ticks
        status = await open_session(self, argv, "web1[/]")
        with open(report, "w") as file:
            json.dump({"status": status, "noticed": self.noticed}, file)
    def key_q(self):
        self.exit(0)

sys.exit(Console().run())
"""


class Terminal:
    """A program in a terminal of its own, read and typed to from here."""

    def __init__(self, argv: list[str], report: Path) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.report_path = report
        self.before = termios.tcgetattr(slave)
        self.slave = slave
        self.text = ""
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, json.dumps(argv), str(report)],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            env={**os.environ, "TERM": "xterm-256color"},
        )

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def wait_for(self, pattern: str, within: float = 40) -> str:
        """Read until the pattern appears; what was read before it is gone."""
        deadline = time.monotonic() + within
        while (match := re.search(pattern, self.text)) is None:
            left = deadline - time.monotonic()
            assert left > 0, f"no {pattern!r} in {self.text[-2000:]!r}"
            if select.select([self.master], [], [], left)[0]:
                self.text += os.read(self.master, 65536).decode(errors="replace")
        gone, self.text = self.text[: match.end()], self.text[match.end() :]
        return gone

    def back(self) -> dict[str, Any]:
        """Wait for the console, and return what the session left."""
        self.wait_for(r"\x1b\[\?1049h")
        self.wait_for(r"tick \d+|\d+")
        deadline = time.monotonic() + 40
        while True:
            with contextlib.suppress(OSError, ValueError):
                report: dict[str, Any] = json.loads(self.report_path.read_text())
                return report
            assert time.monotonic() < deadline
            self.wait_for(r"\x1b")

    def quit(self) -> int:
        self.type("q")
        deadline = time.monotonic() + 40
        while self.process.poll() is None:
            assert time.monotonic() < deadline
            if select.select([self.master], [], [], 0.05)[0]:
                os.read(self.master, 65536)
        return self.process.returncode

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)
        os.close(self.slave)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Any]:
    opened: list[Terminal] = []

    def start(script: str) -> Terminal:
        report = tmp_path / "report.json"
        opened.append(Terminal(["sh", "-c", script.replace("{alive}", f"{report}.alive")], report))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


SCRIPT = """
trap 'echo child-INT' INT
echo in-session
n=0; until [ -e {alive} ] || [ $n -gt 3000 ]; do sleep 0.01; n=$((n+1)); done; echo console-lives
n=0; while [ -z "$x" ] && [ $n -lt 50 ]; do read x; n=$((n+1)); done; echo got-$x
stty raw -echo; printf '\\033[?1h\\033[?1000h'
exit 3
"""


def test_the_session_has_the_terminal_and_the_console_comes_back(terminal: Any) -> None:
    console = terminal(SCRIPT)
    console.wait_for(r"\x1b\[\?1049h")  # the console's screen
    console.wait_for(r"\x1b\[\?1049l")  # left it
    console.wait_for(r"session on web1\[/\]")
    console.wait_for("in-session")
    console.wait_for("console-lives")  # its loop goes on during the session
    console.type("\x03")
    console.wait_for("child-INT")
    console.type("\x1a")  # stops it; there is no shell to go on with `fg`
    console.type("\nhello\n")
    during = console.wait_for("got-hello")
    assert "tick" not in during  # nothing was drawn into the session
    report = console.back()
    assert report["status"] == 3
    assert report["noticed"] == "Session on web1[/] ended with status 3."
    assert console.quit() == 0
    assert termios.tcgetattr(console.slave)[:4] == console.before[:4]


def test_ssh_that_gives_up_can_be_read_before_the_console_covers_it(terminal: Any) -> None:
    console = terminal("echo 'Permission denied (publickey).'; exit 255")
    console.wait_for("Permission denied")
    console.wait_for("Enter goes back")
    console.type("\n")
    assert console.back()["status"] == 255
    assert console.quit() == 0


def test_a_session_that_was_killed_is_said(terminal: Any) -> None:
    console = terminal("kill -9 $$")
    assert console.back()["status"] == 137
    assert console.quit() == 0


def test_a_missing_program_is_said(tmp_path: Path) -> None:
    console = Terminal(["/nowhere/ssh"], tmp_path / "report.json")
    try:
        report = console.back()
        assert report["status"] is None
        assert report["noticed"] == "Session on web1[/]: /nowhere/ssh: No such file or directory"
        assert console.quit() == 0
    finally:
        console.close()


async def test_where_the_terminal_cannot_be_given_away_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    notices: list[str] = []
    monkeypatch.setattr(App, "notify", lambda _app, message, **_how: notices.append(message))
    app: App[None] = App()
    async with app.run_test():
        assert await open_session(app, ["true"], "web1") is None
    assert notices == ["This terminal cannot be handed to a session."]
