"""Errors of the system while dialling, and the states and words that they become."""

from __future__ import annotations

import errno
import os

import asyncssh
import pytest

from opsconsole.console.ssh.attempt import Attempt
from opsconsole.console.ssh.connections import Connections
from opsconsole.console.ssh.failures import classify
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


@pytest.mark.parametrize("words", ["No route to host", "Network is unreachable", "connect failed: no route"])
def test_a_jump_host_s_words(words: str) -> None:
    state, reason = told(asyncssh.ChannelOpenError(asyncssh.OPEN_CONNECT_FAILED, words), via="bastion")
    assert state is ConnectionState.NO_ROUTE
    assert reason == f"192.0.2.7:22 (through bastion): {words}"
