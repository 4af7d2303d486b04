"""Output as it comes, with back pressure: the host is made to wait for a slow reader."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence

from opsconsole.console.ssh.process import LINGER_SECONDS, Process

CHUNK_BYTES = 64 * 1024
_HIGH_BYTES = 256 * 1024

# Ends the command when its stdin does: so it ends with the connection, however silent it is.
_UNTIL_EOF = (
    'exec 3<&0; "$@" </dev/null 3<&- & command=$!; '
    "{ cat <&3; kill $command; } >/dev/null 2>&1 & watcher=$!; exec 3<&-; "
    "wait $command; status=$?; kill $watcher 2>/dev/null; exit $status"
)


def until_stdin_closes(argv: Sequence[str]) -> list[str]:
    """Return `argv` under a shell that ends it when stdin is closed."""
    return ["sh", "-c", _UNTIL_EOF, "sh", *argv]


class Chunks:
    """A receiver that is read with `async for`."""

    def __init__(self) -> None:
        self.exit_status: int | None = None
        self._process: Process | None = None
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._paused = False
        self._ended = False
        self._news = asyncio.Event()

    def attach(self, process: Process) -> None:
        """Name the process to pause when the reader is slow."""
        self._process = process

    def data_received(self, data: bytes, *, is_stderr: bool) -> None:
        """Queue it; beyond the high mark the process is paused."""
        self._waiting.append(data)
        self._waiting_bytes += len(data)
        if self._waiting_bytes > _HIGH_BYTES and self._process is not None and not self._paused:
            self._paused = True
            self._process.pause()
        self._news.set()

    def exited(self, exit_status: int | None) -> None:
        """Wait a little for what its children still write."""
        self.exit_status = exit_status
        asyncio.get_running_loop().call_later(LINGER_SECONDS, self._end)

    def closed(self, exit_status: int | None) -> None:
        """Nothing more will come."""
        if self.exit_status is None:
            self.exit_status = exit_status
        self._end()

    def _end(self) -> None:
        self._ended = True
        self._news.set()

    def __aiter__(self) -> Chunks:
        return self

    async def __anext__(self) -> bytes:
        while not self._waiting:
            if self._ended:
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        data = self._waiting.popleft()
        if len(data) > CHUNK_BYTES:
            self._waiting.appendleft(data[CHUNK_BYTES:])
            data = data[:CHUNK_BYTES]
        self._waiting_bytes -= len(data)
        if self._paused and self._waiting_bytes <= _HIGH_BYTES // 2 and self._process is not None:
            self._paused = False
            self._process.resume()
        return data
