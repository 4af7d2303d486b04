"""Local ports and sockets that lead through an SSH connection to something the host can reach."""

from __future__ import annotations

import errno
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from opsconsole.data.text import clean_line

if TYPE_CHECKING:
    import asyncssh


@asynccontextmanager
async def tcp(
    connection: asyncssh.SSHClientConnection, host: str, port: int
) -> AsyncIterator[tuple[str, int]]:
    """Yield (address, port) of a loopback port that leads to `host:port` as seen from the host."""
    listener = await connection.forward_local_port("127.0.0.1", 0, host, port)
    try:
        yield "127.0.0.1", listener.get_port()
    finally:
        listener.close()
        await listener.wait_closed()


# What OpenSSH writes in a refused direct-tcpip channel: strerror of connect(), or gai_strerror.
_REASONS = (
    ("Connection refused", ConnectionRefusedError(errno.ECONNREFUSED, "connection refused")),
    ("Connection timed out", TimeoutError(errno.ETIMEDOUT, "timed out")),
    ("No route to host", OSError(errno.EHOSTUNREACH, "no route to host")),
    ("Network is unreachable", OSError(errno.ENETUNREACH, "network is unreachable")),
    ("unknown host", socket.gaierror(socket.EAI_NONAME, "name not found")),
    ("Name or service not known", socket.gaierror(socket.EAI_NONAME, "name not found")),
)


async def reach(connection: asyncssh.SSHClientConnection, host: str, port: int) -> None:
    """Open a TCP connection from the far side to `host:port`, and close it.

    Raises:
        OSError: It was not taken, and why.
        asyncssh.Error: The connection is gone, or the server forwards nothing.
    """
    import asyncssh

    try:
        _, writer = await connection.open_connection(host, port, encoding=None)
    except asyncssh.ChannelOpenError as error:
        if error.code != asyncssh.OPEN_CONNECT_FAILED:
            raise
        reason = clean_line(error.reason, 200)
        for words, known in _REASONS:
            if words in reason:
                raise type(known)(*known.args) from None
        raise ConnectionError(reason or "connection failed") from None
    writer.close()


@asynccontextmanager
async def unix(connection: asyncssh.SSHClientConnection, path: str) -> AsyncIterator[str]:
    """Yield the path of a local socket that leads to the socket `path` of the host; only we may enter it."""
    with tempfile.TemporaryDirectory(prefix="opsconsole-") as folder:  # mode 0700
        local_path = str(Path(folder) / "socket")
        listener = await connection.forward_local_path(local_path, path)
        try:
            yield local_path
        finally:
            listener.close()
            await listener.wait_closed()
