"""What the tests of the SSH room share: connections to lab hosts, and a person who answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from opsconsole.console.ssh.connections import Connections
from opsconsole.console.ssh.status import ConnectionState, ConnectionStatus, HostKeyOffer
from opsconsole.data.host import Host
from tests.lab import faults


class Person:
    """Answers questions from a list, and remembers what was asked."""

    def __init__(self, *answers: str | None, accept: bool = False) -> None:
        self.answers = list(answers)
        self.accept = accept
        self.questions: list[tuple[str, str, bool]] = []
        self.offers: list[HostKeyOffer] = []

    async def secret(self, host: str, question: str, *, echo: bool = False) -> str | None:
        self.questions.append((host, question, echo))
        return self.answers.pop(0) if self.answers else None

    async def accept_host_key(self, offer: HostKeyOffer) -> bool:
        self.offers.append(offer)
        return self.accept


class Room(Connections):
    """Connections that remember every status."""

    seen: list[tuple[str, ConnectionStatus]]

    def states(self, name: str) -> list[ConnectionState]:
        return [status.state for host, status in self.seen if host == name]


@asynccontextmanager
async def room(
    hosts: Iterable[Host], person: Person | None = None, max_handshakes: int = 50
) -> AsyncIterator[Room]:
    """Open connections to these hosts and end them whatever the test does."""
    seen: list[tuple[str, ConnectionStatus]] = []
    connections = Room(
        {host.name: host for host in hosts},
        prompter=person or Person(),
        max_handshakes=max_handshakes,
        on_status=lambda name, status: seen.append((name, status)),
    )
    connections.seen = seen
    try:
        yield connections
    finally:
        await connections.close()


def processes(name: str, word: str) -> list[str]:
    """Return the host's processes whose command line holds `word`, seen from outside of SSH."""
    script = "for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline 2>/dev/null; echo; done"
    listing = faults.execute(name, ["sh", "-c", script]).stdout
    return [line for line in listing.splitlines() if word in line and "for p in /proc/[0-9]*" not in line]


async def gone(name: str, word: str, within: float = 20.0) -> None:
    """Wait until the host has no process whose command line holds `word`."""
    async with asyncio.timeout(within):
        while await asyncio.to_thread(processes, name, word):
            await asyncio.sleep(0)
