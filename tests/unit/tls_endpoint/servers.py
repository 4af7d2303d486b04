"""Servers in this process: TLS by OpenSSL with memory BIOs (alerts, stapling and all), and hostile ones."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from OpenSSL import SSL

from opsconsole.data.host import Host
from tests.unit.tls_endpoint.pki import Pair, pki

NUMBERS = {
    "TLSv1": SSL.TLS1_VERSION,
    "TLSv1.1": SSL.TLS1_1_VERSION,
    "TLSv1.2": SSL.TLS1_2_VERSION,
    "TLSv1.3": SSL.TLS1_3_VERSION,
}

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class TlsServer:
    """Shakes hands over a stream as a real server does, and keeps what it saw.

    Attributes:
        pair: Its certificate and key.
        above: What it shows above that, in this order.
        versions: The oldest and the newest protocol version that it takes.
        staple: Its OCSP answer; None: it has none.
        wants_client: Whether it demands a client's certificate.
        names: SNI names that it was asked for; None: none was.
        heard: What came through TLS.
        broken: Handshakes that failed.
    """

    pair: Pair = field(default_factory=lambda: pki().leaf)
    above: Sequence[Pair] = field(default_factory=lambda: (pki().intermediate,))
    versions: tuple[str, str] = ("TLSv1", "TLSv1.3")
    staple: bytes | None = None
    wants_client: bool = False
    answer: bytes = b""
    names: list[str | None] = field(default_factory=list)
    heard: bytearray = field(default_factory=bytearray)
    broken: int = 0

    def context(self) -> SSL.Context:
        context = SSL.Context(SSL.TLS_METHOD)
        context.set_cipher_list(b"ALL:!aNULL:!eNULL:@SECLEVEL=0")
        context.set_min_proto_version(NUMBERS[self.versions[0]])
        context.set_max_proto_version(NUMBERS[self.versions[1]])
        context.use_certificate(self.pair.certificate)
        context.use_privatekey(self.pair.key)
        for one in self.above:
            context.add_extra_chain_cert(one.certificate)  # type: ignore[arg-type]  # typed for X509 only
        if self.staple is not None:
            staple = self.staple
            context.set_ocsp_server_callback(lambda connection, data: staple)
        context.set_tlsext_servername_callback(self._named)
        if self.wants_client:
            demand = SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT
            context.set_verify(demand, lambda *args: True)
        return context

    def _named(self, connection: SSL.Connection) -> None:
        name = connection.get_servername()
        self.names.append(name.decode() if name else None)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = SSL.Connection(self.context())
        connection.set_accept_state()
        shaken = False
        while True:
            try:
                if not shaken:
                    connection.do_handshake()
                    shaken = True
                self.heard += connection.recv(4096)
                if self.answer:
                    connection.send(self.answer)
            except SSL.WantReadError:
                pass
            except (SSL.ZeroReturnError, SSL.SysCallError):
                return
            except SSL.Error:
                self.broken += 1
                await _flush(connection, writer)
                return
            await _flush(connection, writer)
            data = await reader.read(16384)
            if not data:
                return
            connection.bio_write(data)


async def _flush(connection: SSL.Connection, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(SSL.WantReadError):
        while True:
            writer.write(connection.bio_read(65536))
    await writer.drain()


@dataclass
class Port:
    """Where a server listens, and how it is used."""

    number: int
    connections: int = 0
    open: int = 0
    most_open: int = 0


@asynccontextmanager
async def serving(talk: Talk, address: str = "127.0.0.1", port: int = 0) -> AsyncIterator[Port]:
    """Serve on a port of this machine until the end; a talk that still goes on then is ended."""
    tasks: set[asyncio.Task[Any]] = set()
    where = Port(0)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        where.connections += 1
        where.open += 1
        where.most_open = max(where.most_open, where.open)
        try:
            await talk(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            where.open -= 1
            tasks.discard(task)
            writer.close()

    listening = await asyncio.start_server(connected, address, port)
    where.number = listening.sockets[0].getsockname()[1]
    try:
        yield where
    finally:
        listening.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def silent() -> Talk:
    """Return a server that takes connections and says nothing."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(4096):
            pass
        await asyncio.Event().wait()

    return talk


def saying(data: bytes, *, forever: bool = False, before: int = 1) -> Talk:
    """Return a server that says these bytes, once or over and over, after `before` bytes came."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if before:
            await reader.read(before)
        writer.write(data)
        await writer.drain()
        while forever:
            writer.write(data)
            await writer.drain()
        if not data:
            return
        while await reader.read(4096):  # until the other side has had enough
            pass

    return talk


def trickling(data: bytes, gap_seconds: float) -> Talk:
    """Return a server that says a byte at a time, for ever."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            for byte in data:
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(gap_seconds)  # the slowness is what is tested

    return talk


def unused_port() -> int:
    """Return a port of 127.0.0.1 on which nobody listens."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class TunnelShell:
    """As much of a Shell as a look needs: its tunnels take every connection, as those of SSH do."""

    def __init__(
        self, ports: dict[tuple[str, int], int] | None = None, failure: Exception | None = None
    ) -> None:
        self.host = Host("web1", "192.0.2.7")
        self.ports = ports or {}
        self.failure = failure
        self.asked: list[tuple[str, int]] = []
        self.open = 0

    @asynccontextmanager
    async def forward(self, host: str, port: int) -> AsyncIterator[tuple[str, int]]:
        self.asked.append((host, port))
        if self.failure is not None:
            raise self.failure
        self.open += 1
        try:
            async with serving(self._pipe(host, port)) as near:
                yield "127.0.0.1", near.number
        finally:
            self.open -= 1

    def _pipe(self, host: str, port: int) -> Talk:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if (host, port) not in self.ports:
                return  # the far side was not taken: the near one is closed, without a word
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.ports[host, port])
            try:
                await asyncio.gather(_copy(reader, far_writer), _copy(far_reader, writer))
            finally:
                far_writer.close()

        return talk

    async def reach(self, host: str, port: int) -> None:
        if (host, port) not in self.ports:
            raise ConnectionRefusedError


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(16384):
        writer.write(data)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()
