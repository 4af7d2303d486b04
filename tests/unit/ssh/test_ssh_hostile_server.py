"""Servers that are slow, silent, talkative or broken, made here on the loopback address."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import asyncssh
import pytest

from opsconsole.console.ssh.connections import Connections
from opsconsole.console.ssh.prompts import NoPrompter
from opsconsole.console.ssh.status import ConnectionState, HostKeyOffer
from opsconsole.data.host import Command, Host, NotConnectedError, ShellError

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
HOST_KEY = asyncssh.generate_private_key("ssh-ed25519")


@asynccontextmanager
async def raw_server(serve: Serve) -> AsyncIterator[int]:
    async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(guarded, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def attempt(host: Host, prompter: object | None = None) -> tuple[ConnectionState, str]:
    connections = Connections({host.name: host}, prompter=prompter or NoPrompter())  # type: ignore[arg-type] - a test's own person
    try:
        with pytest.raises(NotConnectedError):
            await connections.connect(host.name)
        status = connections.status(host.name)
        return status.state, status.reason
    finally:
        await connections.close()


def host_at(port: int, seconds: float = 60.0) -> Host:
    return Host("h", "127.0.0.1", port, user="u", connect_timeout_seconds=seconds)


async def test_one_byte_at_a_time_does_not_outlive_the_deadline() -> None:
    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"S")
            await writer.drain()
            await asyncio.sleep(0.05)

    async with raw_server(serve) as port:
        state, reason = await attempt(host_at(port, 0.7))  # or for ever: the server does not end
        assert state is ConnectionState.TIMED_OUT
        assert "did not finish the SSH handshake" in reason


async def test_silence() -> None:
    async def serve(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        while await reader.read(1000):
            pass

    async with raw_server(serve) as port:
        assert (await attempt(host_at(port, 0.7)))[0] is ConnectionState.TIMED_OUT


@pytest.mark.parametrize(
    "greeting",
    [
        b"",
        b"HTTP/1.1 400 Bad Request\r\n\r\n" * 3,
        b"SSH-1.5-old\r\n",
        b"\x1b]0;owned\x07" * 100_000,
        b"SSH-2.0-x\r\n" + b"\xff" * 100_000,
        b"line\r\n" * 200_000,
    ],
)
async def test_nonsense_is_a_failure_in_clean_words(greeting: bytes) -> None:
    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        await writer.drain()

    async with raw_server(serve) as port:
        state, reason = await attempt(host_at(port))
        assert state is ConnectionState.FAILED
        assert "broke off" in reason
        assert reason.isprintable()
        assert len(reason) < 700


class _Server(asyncssh.SSHServer):
    """Lets `u` in by keyboard-interactive with a password and a code."""

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self.connection = conn

    def begin_auth(self, username: str) -> bool:
        self.connection.send_auth_banner("\x1b[31mgo away\x1b[0m\n" * 3)
        return True

    def kbdint_auth_supported(self) -> bool:
        return True

    def get_kbdint_challenge(self, username: str, lang: str, submethods: str) -> asyncssh.KbdIntChallenge:
        return "\x1b[1mbank", "two\x00questions", "", [("Password: ", False), ("Code: ", True)]

    def validate_kbdint_response(self, username: str, responses: list[str]) -> bool:
        return list(responses) == ["pw", "123456"]


async def _run(process: asyncssh.SSHServerProcess[bytes]) -> None:
    process.stdout.write(b"x" * 10)
    process.exit(0)


@asynccontextmanager
async def ssh_server(tmp_path: Path, **options: object) -> AsyncIterator[Host]:
    server = await asyncssh.create_server(
        _Server, "127.0.0.1", 0, server_host_keys=[HOST_KEY], process_factory=_run, encoding=None, **options
    )
    known = tmp_path / "known"
    port = server.get_port()
    public = HOST_KEY.export_public_key().decode()
    known.write_text(f"[127.0.0.1]:{port} {public}")
    try:
        yield Host("h", "127.0.0.1", port, user="u", known_hosts_files=(str(known),), identity_agent="none")
    finally:
        server.close()


class Person:
    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, bool]] = []

    async def secret(self, host: str, question: str, *, echo: bool = False) -> str | None:
        self.asked.append((question, echo))
        return self.answers.pop(0) if self.answers else None

    async def accept_host_key(self, offer: HostKeyOffer) -> bool:
        return False


async def test_a_second_factor_is_asked_with_its_echo_flag_and_clean_words(tmp_path: Path) -> None:
    person = Person("pw", "123456")
    async with ssh_server(tmp_path) as host:
        connections = Connections({"h": host}, prompter=person)
        await connections.connect("h")
        output = await connections.shell("h").run(Command(("anything",)))
        assert output.stdout == b"x" * 10
        await connections.close()
    assert person.asked == [("bank twoquestions Password:", False), ("bank twoquestions Code:", True)]


async def test_a_refusal_says_what_the_server_said(tmp_path: Path) -> None:
    async with ssh_server(tmp_path) as host:
        state, reason = await attempt(host, Person("pw", "wrong"))
        assert state is ConnectionState.AUTHENTICATION_FAILED
        assert "tried keyboard-interactive" in reason
        assert "it says: go away" in reason
        assert "\x1b" not in reason
        assert "wrong" not in reason


async def test_a_command_that_never_starts_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """asyncssh #626: opening a channel has no timeout of its own."""
    from opsconsole.console.ssh import remote

    monkeypatch.setattr(remote, "OPEN_SECONDS", 0.3)
    never = asyncio.Event()

    class Stuck(_Server):
        async def session_requested(self) -> bool:  # type: ignore[override] - asyncssh takes a coroutine, too
            await never.wait()
            return False

    server = await asyncssh.create_server(Stuck, "127.0.0.1", 0, server_host_keys=[HOST_KEY])
    known = tmp_path / "known"
    known.write_text(f"[127.0.0.1]:{server.get_port()} {HOST_KEY.export_public_key().decode()}")
    host = Host(
        "h", "127.0.0.1", server.get_port(), user="u", known_hosts_files=(str(known),), identity_agent="none"
    )
    connections = Connections({"h": host}, prompter=Person("pw", "123456"))
    await connections.connect("h")
    with pytest.raises(ShellError, match="no answer within"):
        await connections.shell("h").run(Command(("true",)))
    await connections.close()
    server.close()


async def test_a_certificate_of_a_trusted_authority_is_enough_and_of_another_not(tmp_path: Path) -> None:
    authority, other = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    certificate = authority.generate_host_certificate(HOST_KEY, "h", principals=["127.0.0.1"])
    server = await asyncssh.create_server(
        _Server, "127.0.0.1", 0, server_host_keys=[(HOST_KEY, certificate)], process_factory=_run
    )
    known = tmp_path / "known"
    host = Host(
        "h", "127.0.0.1", server.get_port(), user="u", known_hosts_files=(str(known),), identity_agent="none"
    )
    name = f"[127.0.0.1]:{server.get_port()}"
    known.write_text(f"@cert-authority {name} {authority.export_public_key().decode()}")
    connections = Connections({"h": host}, prompter=Person("pw", "123456"))
    await connections.connect("h")
    await connections.close()
    known.write_text(f"@cert-authority {name} {other.export_public_key().decode()}")
    state, reason = await attempt(host)
    assert state is ConnectionState.HOST_KEY_CHANGED
    assert "certificate is refused" in reason
    known.write_text(
        f"@cert-authority {name} {authority.export_public_key().decode()}"
        f"@revoked * {HOST_KEY.export_public_key().decode()}"
    )
    state, reason = await attempt(host)
    assert state is ConnectionState.HOST_KEY_CHANGED
    assert "@revoked" in reason
    server.close()


async def test_nothing_is_logged_to_the_terminal(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    async with ssh_server(tmp_path) as host:
        await attempt(host, Person("pw", "wrong"))
    assert capfd.readouterr() == ("", "")
