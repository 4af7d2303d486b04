"""Local ports and sockets that lead through an SSH connection to something the host can reach."""

from __future__ import annotations

import asyncio
import errno
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from opsconsole.console.ssh.opening import opened
from opsconsole.console.ssh.tunnels import Tunnels
from opsconsole.data.text import clean_line

if TYPE_CHECKING:
    import asyncssh


@asynccontextmanager
async def tcp(
    connection: asyncssh.SSHClientConnection, host: str, port: int
) -> AsyncIterator[tuple[str, int]]:
    """Yield (address, port) of a loopback port that leads to `host:port` as seen from the host."""
    async with Tunnels(lambda: connection.open_connection(host, port, encoding=None)) as tunnels:
        server = await asyncio.start_server(tunnels.lead, "127.0.0.1", 0)
        try:
            yield "127.0.0.1", server.sockets[0].getsockname()[1]
        finally:
            server.close()


@asynccontextmanager
async def unix(connection: asyncssh.SSHClientConnection, path: str) -> AsyncIterator[str]:
    """Yield the path of a local socket that leads to the socket `path` of the host; only we may enter it."""
    async with Tunnels(lambda: connection.open_unix_connection(path, encoding=None)) as tunnels:
        with tempfile.TemporaryDirectory(prefix="opsconsole-") as folder:  # mode 0700
            local_path = str(Path(folder) / "socket")
            server = await asyncio.start_unix_server(tunnels.lead, local_path)
            try:
                yield local_path
            finally:
                server.close()


# What OpenSSH writes in a refused direct-tcpip channel: strerror of connect(), or gai_strerror.
_REASONS = (
    ("Connection refused", ConnectionRefusedError(errno.ECONNREFUSED, "connection refused")),
    ("Connection timed out", TimeoutError(errno.ETIMEDOUT, "timed out")),
    ("No route to host", OSError(errno.EHOSTUNREACH, "no route to host")),
    ("Network is unreachable", OSError(errno.ENETUNREACH, "network is unreachable")),
    (
        "Temporary failure in name resolution",
        socket.gaierror(socket.EAI_AGAIN, "no answer from the name servers"),
    ),
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
        _, writer = await opened(
            connection.open_connection(host, port, encoding=None), lambda pair: pair[1].close()
        )
    except asyncssh.ChannelOpenError as error:
        if error.code != asyncssh.OPEN_CONNECT_FAILED:
            raise
        reason = clean_line(error.reason, 200)
        for words, known in _REASONS:
            if words in reason:
                raise type(known)(*known.args) from None
        raise ConnectionError(reason or "connection failed") from None
    writer.close()
