"""How many handshakes are under way at once: counted by the server that they are made with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncssh
import pytest

from opsconsole.console.ssh import known_hosts
from opsconsole.console.ssh.connections import Connections
from opsconsole.console.ssh.prompts import NoPrompter
from opsconsole.console.ssh.status import ConnectionState
from opsconsole.data.host import Host, NotConnectedError

HOST_KEY = asyncssh.generate_private_key("ssh-ed25519")


class Porter:
    """Lets nobody in while the gate is shut, and counts those who stand before it."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.came = 0
        self.inside = 0
        self.waiting = 0
        self.most = 0

    @property
    def shaking_hands(self) -> int:
        """Connections that are made and neither logged in nor refused."""
        return self.came - self.inside

    def arrived(self) -> None:
        """Count a connection."""
        self.came += 1
        self.most = max(self.most, self.shaking_hands)


class _Server(asyncssh.SSHServer):
    """Lets everybody in but `stranger`."""

    def __init__(self, porter: Porter) -> None:
        self._porter = porter
        self._is_in = False

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._porter.arrived()

    async def begin_auth(self, username: str) -> bool:
        self._porter.waiting += 1
        await self._porter.gate.wait()
        self._porter.waiting -= 1
        return username == "stranger"

    def auth_completed(self) -> None:
        self._leave()

    def connection_lost(self, exc: Exception | None) -> None:
        self._leave()

    def _leave(self) -> None:
        if not self._is_in:
            self._is_in = True
            self._porter.inside += 1


@asynccontextmanager
async def serving(folder: Path, names: dict[str, str]) -> AsyncIterator[tuple[Porter, dict[str, Host]]]:
    """Serve hosts of these names and users, all the same one."""
    porter = Porter()
    server = await asyncssh.create_server(
        lambda: _Server(porter), "127.0.0.1", 0, server_host_keys=[HOST_KEY], login_timeout=0
    )
    port = server.get_port()
    known = folder / "known"
    known.write_text(f"[127.0.0.1]:{port} {HOST_KEY.export_public_key().decode()}")
    try:
        yield (
            porter,
            {
                name: Host(
                    name,
                    "127.0.0.1",
                    port,
                    user=user,
                    known_hosts_files=(str(known),),
                    identity_agent="none",
                    connect_timeout_seconds=60.0,
                )
                for name, user in names.items()
            },
        )
    finally:
        server.close()


async def knock(host: Host, porter: Porter, eventually) -> None:  # type: ignore[no-untyped-def]  # a fixture
    """Come last. Who dialled earlier has arrived when this one has: the kernel hands them over in order."""
    before = porter.came
    _, writer = await asyncio.open_connection(host.address, host.port)
    await eventually(lambda: porter.came > before, within=30)
    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize(("limit", "hosts"), [(None, 60), (5, 20), (1, 6)])
async def test_there_are_never_more_than_the_limit(
    tmp_path: Path,
    eventually,
    limit: int | None,
    hosts: int,
) -> None:
    most = limit or 50  # what is documented as the default
    async with serving(tmp_path, {f"h{number}": "u" for number in range(hosts)}) as (porter, all_hosts):
        options = {} if limit is None else {"max_handshakes": limit}
        connections = Connections(all_hosts, prompter=NoPrompter(), **options)
        try:
            coming = [asyncio.create_task(connections.connect(name)) for name in all_hosts]
            await eventually(lambda: porter.waiting >= most, within=60)
            assert {connections.status(name).state for name in all_hosts} == {ConnectionState.CONNECTING}
            await knock(all_hosts["h0"], porter, eventually)
            assert porter.came == most + 1
            await eventually(lambda: porter.shaking_hands == most)
            porter.most = 0
            porter.gate.set()
            await asyncio.gather(*coming)
            assert porter.came == hosts + 1
            assert porter.most <= most
            assert {connections.status(name).state for name in all_hosts} == {ConnectionState.UP}
        finally:
            await connections.close()


async def test_who_is_refused_gives_the_place_up(tmp_path: Path) -> None:
    users = {f"h{number}": "stranger" if number % 2 else "u" for number in range(10)}
    async with serving(tmp_path, users) as (porter, hosts):
        porter.gate.set()
        connections = Connections(hosts, prompter=NoPrompter(), max_handshakes=2)
        try:
            async with asyncio.timeout(60):
                ends = await asyncio.gather(*map(connections.connect, hosts), return_exceptions=True)
        finally:
            await connections.close()
    refused = [isinstance(end, NotConnectedError) for end in ends]
    assert refused == [user == "stranger" for user in users.values()]


async def test_the_parsed_known_hosts_are_kept_for_a_while_only(
    tmp_path: Path,
    eventually,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known_hosts.forget()
    async with serving(tmp_path, {"h0": "u", "h1": "u"}) as (porter, hosts):
        porter.gate.set()
        parsed = Connections(hosts, prompter=NoPrompter())
        soon = Connections(hosts, prompter=NoPrompter())
        try:
            await parsed.connect("h0")
            assert known_hosts._parse.cache_info().currsize > 0
            monkeypatch.setattr("opsconsole.console.ssh.connections.FORGET_SECONDS", 0.0)
            await soon.connect("h1")
            await eventually(lambda: known_hosts._parse.cache_info().currsize == 0)
        finally:
            await parsed.close()
            await soon.close()
