"""A running process on a host as both transports give it, and the collector of its bounded output."""

from __future__ import annotations

import asyncio
from typing import Protocol

HARD_CAP_BYTES = 64 * 1024 * 1024
DRAIN_SECONDS = 2.0
LINGER_SECONDS = 2.0


class Receiver(Protocol):
    """Takes what a process sends. All calls come from the event loop."""

    def data_received(self, data: bytes, *, is_stderr: bool) -> None:
        """Take raw output."""
        ...

    def exited(self, exit_status: int | None) -> None:
        """The process ended; output may still come from children that hold its pipes."""
        ...

    def closed(self, exit_status: int | None) -> None:
        """Nothing more will come. `exit_status` is None when it was not learned: the link broke."""
        ...


class Process(Protocol):
    """A started process."""

    @property
    def sent_at(self) -> float:
        """When it was sent to where it runs, by the loop's clock: never later than it began."""
        ...

    def write(self, data: bytes) -> None:
        """Send bytes to its standard input; ignored once it is gone."""
        ...

    def write_eof(self) -> None:
        """Close its standard input."""
        ...

    def pause(self) -> None:
        """Stop reading its output, so that it blocks."""
        ...

    def resume(self) -> None:
        """Read on."""
        ...

    def close(self) -> None:
        """Let go of it: close its pipes, whatever it does then."""
        ...

    def kill(self) -> None:
        """Cut it off now: close the channel, or kill the local process group."""
        ...


class Collector:
    """Keeps the first `limit_bytes` of each stream and drops the rest, in bounded memory and time.

    Past the limit output is drained for at most 2 s or 64 MiB, so that a command that is nearly done
    still yields its exit status; then `finished` is set with `endless`.
    """

    def __init__(self, limit_bytes: int) -> None:
        self.stdout = bytearray()
        self.stderr = bytearray()
        self.truncated = False
        self.endless = False
        self.exit_status: int | None = None
        self.has_exited = False
        self.is_closed = False
        self.finished = asyncio.Event()
        self._limit = limit_bytes
        self._seen = 0
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None

    def data_received(self, data: bytes, *, is_stderr: bool) -> None:
        """Keep what fits."""
        kept = self.stderr if is_stderr else self.stdout
        room = self._limit - len(kept)
        self._seen += len(data)
        if len(data) <= room:
            kept += data
            return
        kept += data[:room]
        if not self.truncated:
            self.truncated = True
            self._timer = self._loop.call_later(DRAIN_SECONDS, self._give_up)
        if self._seen > HARD_CAP_BYTES:
            self._give_up()

    def exited(self, exit_status: int | None) -> None:
        """Wait a little for what children still write, then be done: a daemon may hold the pipe forever."""
        self.exit_status = exit_status
        self.has_exited = True
        self._loop.call_later(LINGER_SECONDS, self.finished.set)

    def closed(self, exit_status: int | None) -> None:
        """Be done."""
        if not self.has_exited:
            self.exit_status = exit_status
        self.is_closed = True
        if self._timer is not None:
            self._timer.cancel()
        self.finished.set()

    def _give_up(self) -> None:
        if not self.finished.is_set():
            self.endless = True
            self.finished.set()
