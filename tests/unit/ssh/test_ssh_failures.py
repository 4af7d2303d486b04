"""Errors of the system while dialling, and the states and words that they become."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import asyncssh
import pytest

from opsconsole.console.ssh import forward
from opsconsole.console.ssh.attempt import Attempt
from opsconsole.console.ssh.client import Client
from opsconsole.console.ssh.connections import Connections
from opsconsole.console.ssh.failures import Failure, classify
from opsconsole.console.ssh.hostkeys import HostKeys
from opsconsole.console.ssh.logins import Passwords
from opsconsole.console.ssh.prompts import NoPrompter
from opsconsole.console.ssh.status import ConnectionState
from opsconsole.data.host import Host, NotConnectedError


def told(error: BaseException, via: str | None = None) -> tuple[ConnectionState, str]:
    """Return the state and the reason of an error while dialling."""
    host = Host("h", "192.0.2.7", 22)
    failure = classify(error, Attempt(host, lambda: None), None, via)
    return failure.state, failure.reason


@pytest.mark.parametrize("address", ["255.255.255.255", "224.0.0.1"])
async def test_an_address_that_the_kernel_has_no_way_to(address: str) -> None:
    """The real error of a real connect; the kernel refuses it at once, and nothing is sent."""
    connections = Connections({"h": Host("h", address, 22, user="u")}, prompter=NoPrompter())
    try:
        with pytest.raises(NotConnectedError):
            await connections.connect("h")
        status = connections.status("h")
    finally:
        await connections.close()
    assert status.state is ConnectionState.NO_ROUTE
    assert status.reason == f"{address}:22: network is unreachable"
    assert not status.state.needs_person  # it is tried again by itself


@pytest.mark.parametrize(
    ("number", "state", "words"),
    [
        (errno.EHOSTUNREACH, ConnectionState.NO_ROUTE, "no route to host"),
        (errno.ENETUNREACH, ConnectionState.NO_ROUTE, "network is unreachable"),
        (errno.EHOSTDOWN, ConnectionState.NO_ROUTE, "host is down"),
        (errno.ENETDOWN, ConnectionState.NO_ROUTE, "network is down"),
        (errno.ECONNREFUSED, ConnectionState.REFUSED, "connection refused"),
        (errno.ETIMEDOUT, ConnectionState.TIMED_OUT, "timed out"),
        (errno.EACCES, ConnectionState.FAILED, "Permission denied"),
        (errno.EMFILE, ConnectionState.FAILED, "Too many open files"),
    ],
)
def test_errors_of_a_connect_in_asyncio_s_words(number: int, state: ConnectionState, words: str) -> None:
    error = OSError(number, "Connect call failed ('192.0.2.7', 22)")
    assert told(error) == (state, f"192.0.2.7:22: {words}")
    assert told(OSError(number, os.strerror(number)))[0] is state


def test_a_name_with_several_addresses() -> None:
    """asyncio puts the errors of all of them into one text, which has no errno."""
    text = "Multiple exceptions: [Errno {}] Connect call failed ('::1', 22, 0, 0), [Errno {}] Connect call f…"
    both = OSError(text.format(errno.ENETUNREACH, errno.EHOSTUNREACH))
    assert told(both)[0] is ConnectionState.NO_ROUTE
    assert told(both)[1] in {"192.0.2.7:22: no route to host", "192.0.2.7:22: network is unreachable"}
    # Where one of them refused there is a host, and a way to it.
    assert told(OSError(text.format(errno.ENETUNREACH, errno.ECONNREFUSED)))[0] is ConnectionState.REFUSED


@pytest.mark.parametrize(
    ("number", "state", "words"),
    [
        (socket.EAI_NONAME, ConnectionState.NAME_NOT_FOUND, "the name '192.0.2.7' was not found"),
        (
            socket.EAI_AGAIN,
            ConnectionState.NAME_UNANSWERED,
            "the name '192.0.2.7' was not looked up: no answer from the name servers",
        ),
    ],
)
def test_a_name_that_is_not_there_and_one_that_nobody_looked_up(
    number: int, state: ConnectionState, words: str
) -> None:
    assert told(socket.gaierror(number, "words")) == (state, words)


@pytest.mark.parametrize(
    ("words", "state"),
    [
        ("Name or service not known", ConnectionState.NAME_NOT_FOUND),
        ("Temporary failure in name resolution", ConnectionState.NAME_UNANSWERED),
    ],
)
async def test_what_a_jump_host_says_of_a_name(words: str, state: ConnectionState) -> None:
    error = asyncssh.ChannelOpenError(asyncssh.OPEN_CONNECT_FAILED, words)
    assert told(error, via="bastion")[0] is state

    class Jump:
        async def open_connection(self, *_: object, **__: object) -> None:
            raise error

    with pytest.raises(socket.gaierror) as raised:
        await forward.reach(Jump(), "h", 22)  # type: ignore[arg-type] - all that is needed of a connection
    assert told(raised.value)[0] is state


@pytest.mark.parametrize("words", ["No route to host", "Network is unreachable", "connect failed: no route"])
def test_a_jump_host_s_words(words: str) -> None:
    state, reason = told(asyncssh.ChannelOpenError(asyncssh.OPEN_CONNECT_FAILED, words), via="bastion")
    assert state is ConnectionState.NO_ROUTE
    assert reason == f"192.0.2.7:22 (through bastion): {words}"


def test_another_key_than_that_of_the_plain_name_is_unknown_and_not_changed(tmp_path: Path) -> None:
    on_record, offered = (asyncssh.generate_private_key("ssh-ed25519").convert_to_public() for _ in range(2))
    known = tmp_path / "known"

    def failure(line: str) -> Failure:
        known.write_text(f"{line} {on_record.export_public_key().decode()}")
        host = Host("vm2", "nat.example.org", 2202, known_hosts_files=(str(known),))
        attempt = Attempt(host, lambda: None)
        client = Client(
            attempt, HostKeys.of(host), no_keys(), Passwords(NoPrompter()).login(attempt, "u"), print
        )
        assert not client.validate_host_public_key("", "", 0, offered)
        return classify(asyncssh.HostKeyNotVerifiable("not trusted"), attempt, client, None)

    assert failure("nat.example.org").state is ConnectionState.HOST_KEY_UNKNOWN
    assert failure("[nat.example.org]:2202").state is ConnectionState.HOST_KEY_CHANGED


async def no_keys() -> AsyncIterator[asyncssh.SSHKeyPair]:
    for pair in ():
        yield pair
