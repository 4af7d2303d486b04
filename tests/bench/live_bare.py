"""The floor of watching hosts: a bare asyncssh session each, asked every two seconds, nothing kept.

What is asked for is what the console asks for: the fast section each time, the medium one each fifth time.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import sys
from pathlib import Path

import asyncssh

from opsconsole.console import sections
from opsconsole.console.poller import MEDIUM_EVERY_TICKS
from opsconsole.console.ssh.dial import ENCRYPTION
from tests.bench import status
from tests.bench.farm import Farm, load

TICK_SECONDS = 2.0
AT_ONCE = 50
END = b"\n@@end\n"


class Stream(asyncssh.SSHClientSession[bytes]):
    """Counts whole answers; keeps none of them."""

    def __init__(self, standing: status.Standing) -> None:
        self._standing = standing
        self._buffer = bytearray()
        self._answered = False

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        """Take in a part of an answer."""
        self._buffer += data
        if self._buffer.endswith(END):
            self._buffer.clear()
            self._standing.samples += 1
            if not self._answered:
                self._answered = True
                self._standing.up += 1


def script() -> str:
    """Return the loop that hosts run: the same reads as the console's ticks, and nothing around them."""
    groups = sections.sampler_groups(sections.load_panels())
    fast, medium = ("\n".join(snippet for _, snippet in groups[name]) for name in ("fast", "medium"))
    more = f'if [ "$line" = more ]; then\n{medium}\nfi'
    return f"while read -r line; do\n{fast}\n{more}\nprintf '\\n@@end\\n'\ndone 2>/dev/null"


async def watch(farm: Farm, count: int, standing: status.Standing, path: Path) -> None:
    """Ask `count` hosts for ever."""
    known_hosts = asyncssh.read_known_hosts(farm.known_hosts)
    key = asyncssh.read_private_key(farm.key)
    slots = asyncio.Semaphore(AT_ONCE)
    loop = asyncio.get_running_loop()
    command = script()
    kept: list[asyncssh.SSHClientConnection] = []

    async def one(host: str, port: int) -> None:
        async with slots:
            connection = await asyncssh.connect(
                host,
                port,
                username=farm.user,
                client_keys=[key],
                known_hosts=known_hosts,
                config=None,
                encryption_algs=ENCRYPTION,  # as the console's own connections
                agent_path=None,
                x509_trusted_certs=None,
            )
            kept.append(connection)
            channel, _ = await connection.create_session(lambda: Stream(standing), command, encoding=None)

        ticks = itertools.count(1)

        def ask() -> None:
            channel.write(b"fast\n" if next(ticks) % MEDIUM_EVERY_TICKS else b"more\n")
            loop.call_later(TICK_SECONDS, ask)

        loop.call_later(TICK_SECONDS * random.random(), ask)

    await asyncio.gather(*(one(farm.hosts[at], farm.port_of(at)) for at in range(count)))
    standing.settled = True


async def report(standing: status.Standing, path: Path) -> None:
    """Write the standing for ever."""
    while True:
        status.write(path, standing)
        await asyncio.sleep(status.EVERY_SECONDS)


async def main() -> None:
    """Run argv: FARM COUNT STATUS_FILE, until killed."""
    farm, count, path = load(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    standing = status.Standing(os.getpid())
    async with asyncio.TaskGroup() as group:
        group.create_task(report(standing, path))
        group.create_task(watch(farm, count, standing, path))


if __name__ == "__main__":
    asyncio.run(main())
