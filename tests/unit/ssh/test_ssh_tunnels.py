"""Tunnels to services that hang: at their end nothing is left, here or on the host."""

from __future__ import annotations

import asyncio
import socket
import sys
from asyncio import base_events
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from opsconsole.console.ssh.remote import RemoteShell
from opsconsole.console.ssh.tunnels import Tunnels
from opsconsole.data.tls.connect import through
from opsconsole.panels.health import http_check
from opsconsole.panels.health.settings import HttpCheck
from tests.unit.ssh.sshd import channels, hung_service, logged_in


class Listeners:
    """The servers that were started in a test, with how many connections each has."""

    def __init__(self) -> None:
        self.connections: dict[base_events.Server, int] = {}

    def since(self, number: int) -> list[int]:
        """Return the connections of those that were started after the first `number`."""
        return list(self.connections.values())[number:]


@pytest.fixture
def listeners(monkeypatch: pytest.MonkeyPatch) -> Listeners:
    """Watch the servers of this test, whose `wait_closed` is that of Python 3.12.1 and later."""
    found = Listeners()
    real = base_events.Server

    class Watched(real):  # type: ignore[misc, valid-type] - as asyncio makes them
        def __init__(self, *arguments: Any, **named: Any) -> None:
            super().__init__(*arguments, **named)
            found.connections[self] = 0

        def _attach(self, *transport: Any) -> None:
            super()._attach(*transport)
            found.connections[self] += 1

        def _detach(self, *transport: Any) -> None:
            found.connections[self] -= 1
            super()._detach(*transport)

        async def wait_closed(self) -> None:
            if sys.version_info >= (3, 12, 1):
                await super().wait_closed()
            elif self._waiters is not None:
                waiter = self._loop.create_future()
                self._waiters.append(waiter)
                await waiter

    monkeypatch.setattr(base_events, "Server", Watched)
    return found


async def http(shell: RemoteShell, port: int) -> None:
    await http_check.run(HttpCheck("c", f"http://127.0.0.1:{port}/", "host", timeout_seconds=30.0), shell)


async def tls(shell: RemoteShell, port: int) -> None:
    async with through(shell, "127.0.0.1", port) as stream:
        await stream.send(b"hello")
        await stream.some()


async def cut_short(check: asyncio.Task[None]) -> None:
    """End it as its own time limit does; whatever it waits for then, it may not wait for long."""
    check.cancel()
    async with asyncio.timeout(60):
        with pytest.raises(asyncio.CancelledError):
            await check


@pytest.mark.parametrize("check", [http, tls])
async def test_a_check_of_a_service_that_hangs_leaves_nothing(check, listeners, eventually) -> None:
    async with hung_service() as service, logged_in() as (_, shell, connection):
        before = len(listeners.connections)
        for number in range(1, 4):
            task = asyncio.create_task(check(shell, service.port))
            await eventually(lambda number=number: service.taken == number)
            await cut_short(task)
        await eventually(lambda: not channels(connection))
        await eventually(lambda: listeners.since(before) == [0, 0, 0])


async def test_a_check_that_ends_before_the_host_has_connected_leaves_nothing(eventually) -> None:
    async with hung_service() as service, logged_in() as (sshd, shell, connection):
        sshd.gate.clear()
        task = asyncio.create_task(http(shell, service.port))
        await eventually(lambda: sshd.wanted == 1)
        await cut_short(task)
        sshd.gate.set()
        await eventually(lambda: not channels(connection))


async def test_reaching_that_is_given_up_leaves_nothing(eventually) -> None:
    async with hung_service() as service, logged_in() as (sshd, shell, connection):
        sshd.gate.clear()
        task = asyncio.create_task(shell.reach("127.0.0.1", service.port))
        await eventually(lambda: sshd.wanted == 1)
        await cut_short(task)
        sshd.gate.set()
        await eventually(lambda: not channels(connection))


async def test_a_socket_that_hangs_leaves_nothing(tmp_path: Path, listeners, eventually) -> None:
    path = tmp_path / "far"
    async with hung_service(path) as service, logged_in() as (_, shell, connection):
        before = len(listeners.connections)
        async with asyncio.timeout(60), shell.forward_socket(str(path)) as near:
            _, writer = await asyncio.open_unix_connection(near)
            writer.write(b"hello")
            await eventually(lambda: service.taken == 1)
            writer.close()
        assert not Path(near).exists()
        await eventually(lambda: not channels(connection))
        assert listeners.since(before) == [0]


@pytest.mark.parametrize("ended", [False, True])
async def test_a_connection_that_comes_just_before_the_end_is_cut_off(ended: bool) -> None:
    async def never() -> None:
        raise AssertionError

    writer = Mock()
    async with Tunnels(never) as tunnels:  # type: ignore[arg-type] - nothing is opened
        if not ended:
            tunnels.lead(Mock(), writer)
    if ended:
        tunnels.lead(Mock(), writer)
    writer.transport.abort.assert_called_once()


async def test_a_tunnel_carries_all_bytes_both_ways_and_then_their_end(eventually) -> None:
    sent = b"x" * 3_000_000  # more than a channel's window

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()

    service = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = service.sockets[0].getsockname()[1]
    async with logged_in() as (_, shell, connection), shell.forward("127.0.0.1", port) as (address, near):
        reader, writer = await asyncio.open_connection(address, near)
        writer.write(sent)
        writer.write_eof()
        assert await reader.read() == sent
        await eventually(lambda: not channels(connection))  # while the tunnel stands
        writer.close()
    service.close()


async def test_a_tunnel_to_nobody_is_closed_at_once() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens
        port = taken.getsockname()[1]
        async with (
            logged_in() as (_, shell, _connection),
            shell.forward("127.0.0.1", port) as (address, near),
        ):
            reader, writer = await asyncio.open_connection(address, near)
            assert await reader.read() == b""
            writer.close()


async def test_a_tunnel_ends_with_its_connection(eventually) -> None:
    async with (
        hung_service() as service,
        logged_in() as (_, shell, connection),
        shell.forward("127.0.0.1", service.port) as (address, near),
    ):
        reader, writer = await asyncio.open_connection(address, near)
        await eventually(lambda: channels(connection) == 1)
        connection.abort()
        assert await reader.read() == b""
        writer.close()
