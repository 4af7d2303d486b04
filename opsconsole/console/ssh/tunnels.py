"""Local connections that lead into channels of an SSH connection, none of which outlives its owner.

asyncssh's own forwarding leaves a channel open until both its ends are: with a service that hangs that is for
good, a descriptor here and a connection there for each try; and from Python 3.12.1 on its `wait_closed` waits
for them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from opsconsole.console.ssh.opening import opened

if TYPE_CHECKING:
    import asyncssh

    Far = tuple[asyncssh.SSHReader[bytes], asyncssh.SSHWriter[bytes]]

_READ_BYTES = 64 * 1024


class Tunnels:
    """Leads local connections into new channels; at its end all are cut off, whatever is at their ends.

    Args:
        open_channel: Opens a channel to where they lead.
    """

    def __init__(self, open_channel: Callable[[], Coroutine[Any, Any, Far]]) -> None:
        self._open_channel = open_channel
        self._tasks: set[asyncio.Task[None]] = set()
        self._ended = False

    async def __aenter__(self) -> Tunnels:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._ended = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take a local connection that was accepted."""
        if self._ended:  # accepted just before the end, and handed over only now
            writer.transport.abort()
            return
        task = asyncio.create_task(self._carry(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: writer.transport.abort())  # also of one that never came to run

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry bytes both ways until both sides have ended, or one broke."""
        import asyncssh

        try:
            far_reader, far_writer = await opened(self._open_channel(), lambda far: far[1].channel.abort())
            try:
                async with asyncio.TaskGroup() as both:
                    both.create_task(_pump(reader, far_writer))
                    both.create_task(_pump(far_reader, writer))
                writer.close()
                await writer.wait_closed()  # what it has not taken yet
                far_writer.close()
                await far_writer.wait_closed()
            finally:
                far_writer.channel.abort()
        except* (asyncssh.Error, OSError):
            pass  # refused, or broken: the local connection ends, which is all that it can be told


async def _pump(
    source: asyncio.StreamReader | asyncssh.SSHReader[bytes],
    sink: asyncio.StreamWriter | asyncssh.SSHWriter[bytes],
) -> None:
    while data := await source.read(_READ_BYTES):
        sink.write(data)
        await sink.drain()
    sink.write_eof()
