"""The log screen under test, and hosts that stream what a test tells them to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

from textual.app import App
from textual.widgets import Static

from opsconsole.console.tui.logs import LogScreen
from opsconsole.console.tui.logs_sources import LogSource
from opsconsole.console.tui.themes import DARK
from opsconsole.data.host import Command, Facts, Host, NotConnectedError, Output

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
    """Say nothing, and never end."""
    await asyncio.Event().wait()
    yield b""


def saying(*chunks: bytes, then: Script | None = forever) -> Script:
    """Return a script that yields these chunks, and goes on with another; None ends the stream."""

    async def script() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk
        if then is not None:
            async for chunk in then():
                yield chunk

    return script


class Logs(App[None]):
    """The log screen alone in an app, and what it shows."""

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
    """Return as many lines, numbered."""
    return b"".join(b"line %d\n" % number for number in range(start, start + count))
