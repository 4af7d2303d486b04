"""An sshd in this process, which counts what is open on it and can be made to take its time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh

from opsconsole.console.ssh.prompts import NoPrompter
from opsconsole.console.ssh.remote import RemoteShell
from opsconsole.console.ssh.sudo import SudoPasswords
from opsconsole.data.host import Host

HOST_KEY = asyncssh.generate_private_key("ssh-ed25519")


def _does_nothing(_session: Session) -> None: ...


@dataclass
class Sshd:
    """What it does and what it saw.

    Attributes:
        gate: Channels open only while it is set.
        wanted: Channels that were asked for.
        commands: Those that it was given, in order.
        sessions: Those that are open.
        on_command: Called with a session whose command was just asked for, before that is answered.
        on_start: Called with a session whose command was started.
    """

    gate: asyncio.Event = field(default_factory=asyncio.Event)
    wanted: int = 0
    commands: list[str] = field(default_factory=list)
    sessions: set[Session] = field(default_factory=set)
    on_command: Callable[[Session], None] = _does_nothing
    on_start: Callable[[Session], None] = _does_nothing

    async def opening(self) -> None:
        """Come to the gate."""
        self.wanted += 1
        await self.gate.wait()


class Session(asyncssh.SSHServerSession[bytes]):
    """One command, which runs until somebody ends it."""

    def __init__(self, sshd: Sshd) -> None:
        self.sshd = sshd
        self.command = ""

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        self.channel = chan
        self.sshd.sessions.add(self)

    def exec_requested(self, command: str) -> bool:
        self.command = command
        self.sshd.commands.append(command)
        self.sshd.on_command(self)
        return True

    def session_started(self) -> None:
        self.sshd.on_start(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.sshd.sessions.discard(self)


class _Server(asyncssh.SSHServer):
    """Lets everybody in, and lets them forward."""

    def __init__(self, sshd: Sshd) -> None:
        self._sshd = sshd

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn

    def begin_auth(self, username: str) -> bool:
        return False

    async def session_requested(self) -> Session:  # type: ignore[override] - asyncssh takes a coroutine, too
        await self._sshd.opening()
        return Session(self._sshd)

    async def connection_requested(  # type: ignore[override] - the same
        self, dest_host: str, dest_port: int, orig_host: str, orig_port: int
    ) -> asyncssh.SSHForwarder:
        await self._sshd.opening()
        return await self._connection.forward_connection(dest_host, dest_port)

    def unix_connection_requested(self, dest_path: str) -> bool:
        return True


@asynccontextmanager
async def logged_in() -> AsyncIterator[tuple[Sshd, RemoteShell, asyncssh.SSHClientConnection]]:
    """Serve, and yield the server, the shell of a host that is logged in on it, and its connection."""
    sshd = Sshd()
    sshd.gate.set()
    server = await asyncssh.create_server(
        lambda: _Server(sshd), "127.0.0.1", 0, server_host_keys=[HOST_KEY], encoding=None
    )
    connection = await asyncssh.connect(
        "127.0.0.1",
        server.get_port(),
        config=None,
        known_hosts=None,
        username="u",
        client_keys=None,
        agent_path=None,
    )
    try:
        shell = RemoteShell(Host("h", "127.0.0.1"), SudoPasswords(NoPrompter()), lambda: connection)
        yield sshd, shell, connection
        await shell.finish()
    finally:
        connection.abort()
        server.close()


class Hung:
    """A service that takes connections, never answers, and never closes its side.

    Attributes:
        port: Where it listens, when that is a port.
        taken: Connections that it took.
    """

    def __init__(self) -> None:
        self.port = 0
        self.taken = 0
        self.transports: list[asyncio.BaseTransport] = []

    def protocol(self) -> asyncio.Protocol:
        hung = self

        class Taken(asyncio.Protocol):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                hung.taken += 1
                hung.transports.append(transport)

            def eof_received(self) -> bool:
                return True

        return Taken()


@asynccontextmanager
async def hung_service(path: Path | None = None) -> AsyncIterator[Hung]:
    """Serve like that, at a port or at the socket `path`."""
    hung = Hung()
    loop = asyncio.get_running_loop()
    if path is not None:
        server = await loop.create_unix_server(hung.protocol, str(path))
    else:
        server = await loop.create_server(hung.protocol, "127.0.0.1", 0)
        hung.port = server.sockets[0].getsockname()[1]
    try:
        yield hung
    finally:
        server.close()
        for transport in hung.transports:
            transport.close()


def channels(connection: asyncssh.SSHClientConnection) -> int:
    """Return how many channels are open or being opened."""
    return len(connection._channels)
