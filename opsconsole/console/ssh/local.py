"""The shell of the very machine the console runs on: no SSH, also on macOS."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from opsconsole.console.ssh.local_process import LocalProcess
from opsconsole.console.ssh.process import Process, Receiver
from opsconsole.console.ssh.shell import HostShell
from opsconsole.console.ssh.wire import MARKER
from opsconsole.data.host import ShellError


class LocalShell(HostShell):
    """Runs commands on this machine, each in a session of its own."""

    async def open_process(self, argv: Sequence[str], receiver: Receiver) -> Process:
        """Start a process here."""
        try:
            return LocalProcess(argv, receiver)
        except (OSError, ValueError) as error:
            raise ShellError(f"{self.host.name}: cannot start {argv[0]!r}: {error}") from None

    def check_connected(self, otherwise: str) -> None:
        """This machine is always there."""

    async def _reap(self, nonce: str, *, as_root: bool) -> None:
        if Path("/proc/self/environ").exists():
            await super()._reap(nonce, as_root=as_root)
        else:
            await asyncio.to_thread(_kill_marked, nonce)

    @asynccontextmanager
    async def forward(self, host: str, port: int) -> AsyncIterator[tuple[str, int]]:
        """Yield the address itself: it is reached from here."""
        yield host, port

    async def reach(self, host: str, port: int) -> None:
        """Connect from here."""
        _, writer = await asyncio.open_connection(host, port)
        writer.close()

    @asynccontextmanager
    async def forward_socket(self, path: str) -> AsyncIterator[str]:
        """Yield the path itself."""
        yield path


def _kill_marked(nonce: str) -> None:
    """Kill every process that carries the marker, where there is no /proc (macOS)."""
    import psutil

    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get(MARKER) == nonce:
                process.kill()
