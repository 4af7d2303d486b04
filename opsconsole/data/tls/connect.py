"""Connections to services: directly from the console, or opened by a host, through its SSH connection."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING

from opsconsole.data.host import ShellError
from opsconsole.data.text import clean_line
from opsconsole.data.tls.stream import Stream, TlsError

if TYPE_CHECKING:
    from opsconsole.data.host import Shell
    from opsconsole.data.tls.served import ErrorKind

_TIMED_OUT: tuple[ErrorKind, str] = ("timeout", "timed out")
_NO_ROUTE: tuple[ErrorKind, str] = ("route", "no route to host")
_BY_NUMBER: Mapping[int, tuple[ErrorKind, str]] = {
    errno.ETIMEDOUT: _TIMED_OUT,
    errno.ECONNREFUSED: ("refused", "connection refused"),
    errno.EHOSTUNREACH: _NO_ROUTE,
    errno.ENETUNREACH: _NO_ROUTE,
    errno.EADDRNOTAVAIL: _NO_ROUTE,
}

Connect = Callable[[], AbstractAsyncContextManager[Stream]]
"""Opens a new connection to one service, with all that `directly` and `through` raise."""


@asynccontextmanager
async def directly(address: str, port: int) -> AsyncIterator[Stream]:
    """Yield a connection from this machine; it is closed at the end, at once when something went wrong.

    Raises:
        OSError: There is none.
    """
    reader, writer = await asyncio.open_connection(address, port)
    try:
        yield Stream(reader, writer)
    except BaseException:
        writer.transport.abort()
        raise
    writer.close()


@asynccontextmanager
async def through(shell: Shell, address: str, port: int) -> AsyncIterator[Stream]:
    """Yield a connection that the host opens; nothing is needed there but its sshd.

    Raises:
        OSError: There is none.
        ShellError: The host could not be asked, or forbids forwarding.
        TlsError: Nothing came back at all, although the port takes connections.
    """
    async with shell.forward(address, port) as (near, near_port), directly(near, near_port) as stream:
        try:
            yield stream
        except TlsError as error:
            if error.kind == "closed" and not stream.read_bytes:
                # The near end of a tunnel takes every connection: only the host can say what the far one did.
                await shell.reach(address, port)
            raise


def told_apart(error: BaseException) -> TlsError:
    """Return why there was no connection, as a TlsError."""
    number = error.errno if isinstance(error, OSError) else None
    if isinstance(error, ConnectionRefusedError):
        number = errno.ECONNREFUSED
    if isinstance(error, TlsError):
        return error
    if isinstance(error, ShellError):
        return TlsError("console", clean_line(str(error), 200))
    if isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN:
        return TlsError("name", "name not looked up: no answer from the name servers")
    if isinstance(error, socket.gaierror | UnicodeError):
        return TlsError("name", "name not found")
    known = _BY_NUMBER.get(number or 0) or (_TIMED_OUT if isinstance(error, TimeoutError) else None)
    words = clean_line(str(error), 160) or type(error).__name__
    return TlsError(*(known or ("connection", f"connection failed: {words}")))
