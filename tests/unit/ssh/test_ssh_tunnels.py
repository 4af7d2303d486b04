"""Tunnels to services that hang: at their end nothing is left, here or on the host."""

from __future__ import annotations

import asyncio
import socket
from asyncio import base_events
from pathlib import Path
from unittest.mock import Mock

import pytest

from opsconsole.console.ssh.remote import RemoteShell
from opsconsole.console.ssh.tunnels import Tunnels
from opsconsole.data.tls.connect import through
from opsconsole.panels.health import http_check
from opsconsole.panels.health.settings import HttpCheck
from tests.unit.ssh.sshd import Hung, channels, hung_service, logged_in


@pytest.fixture
def listeners(monkeypatch: pytest.MonkeyPatch) -> list[base_events.Server]:
    """Return the servers that were started in this test; their `wait_closed` is that of Python 3.12.1."""
    started: list[base_events.Server] = []
    real = base_events.Server._start_serving

    def noted(self: base_events.Server) -> None:
        started.append(self)
        real(self)

    async def wait_closed(self: base_events.Server) -> None:
        if self._waiters is not None:
            waiter = self._loop.create_future()
            self._waiters.append(waiter)
            await waiter

    monkeypatch.setattr(base_events.Server, "_start_serving", noted)
    monkeypatch.setattr(base_events.Server, "wait_closed", wait_closed)
    return started


async def http(shell: RemoteShell, port: int) -> None:
    url = f"http://127.0.0.1:{port}/"
    result = await http_check.run(HttpCheck("c", url, "host", timeout_seconds=0.2), shell)
    assert result.error == "timeout"


async def tls(shell: RemoteShell, port: int) -> None:
    async def ask() -> None:
        async with asyncio.timeout(0.2), through(shell, "127.0.0.1", port) as stream:
            await stream.send(b"hello")
            await stream.some()

    with pytest.raises(TimeoutError):
        await ask()


@pytest.mark.parametrize("check", [http, tls])
async def test_a_check_of_a_service_that_hangs_leaves_nothing(check, listeners, eventually) -> None:
    async with hung_service() as port, logged_in() as (_, shell, connection):
        before = len(listeners)
        for _ in range(3):
            async with asyncio.timeout(60):  # or for ever
                await check(shell, port)
        await eventually(lambda: not channels(connection))
        near = listeners[before:]
        assert len(near) == 3
        await eventually(lambda: not any(server._active_count for server in near))


async def test_a_check_that_ends_before_the_host_has_connected_leaves_nothing(eventually) -> None:
    async with hung_service() as port, logged_in() as (sshd, shell, connection):
        sshd.gate.clear()
        await http(shell, port)
        assert sshd.wanted == 1
        sshd.gate.set()
        await eventually(lambda: not channels(connection))


async def test_reaching_that_is_given_up_leaves_nothing(eventually) -> None:
    async with hung_service() as port, logged_in() as (sshd, shell, connection):
        sshd.gate.clear()
        reaching = asyncio.create_task(shell.reach("127.0.0.1", port))
        await eventually(lambda: sshd.wanted == 1)
        reaching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reaching
        sshd.gate.set()
        await eventually(lambda: not channels(connection))


async def test_a_socket_that_hangs_leaves_nothing(tmp_path: Path, listeners, eventually) -> None:
    far = str(tmp_path / "far")
    server = await asyncio.get_running_loop().create_unix_server(Hung, far)
    async with logged_in() as (_, shell, connection):
        before = len(listeners)
        async with asyncio.timeout(60), shell.forward_socket(far) as near:
            _, writer = await asyncio.open_unix_connection(near)
            writer.write(b"hello")
            await eventually(lambda: channels(connection) == 1)
            writer.close()
        assert not Path(near).exists()
        await eventually(lambda: not channels(connection))
        assert [server._active_count for server in listeners[before:]] == [0]
    server.close()


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
        hung_service() as port,
        logged_in() as (_, shell, connection),
        shell.forward("127.0.0.1", port) as (address, near),
    ):
        reader, writer = await asyncio.open_connection(address, near)
        await eventually(lambda: channels(connection) == 1)
        connection.abort()
        assert await reader.read() == b""
        writer.close()
