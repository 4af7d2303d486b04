"""A fan-out by the product's own road: `Connections`, strict host keys, deadlines, bounded output."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Mapping

from opsconsole.console.ssh.connections import Connections
from opsconsole.console.ssh.prompts import NoPrompter
from opsconsole.data.host import Command, Host
from tests.bench.fanout_peers import SAYS
from tests.bench.farm import load
from tests.bench.hosts import configured


async def fan_out(hosts: Mapping[str, Host]) -> int:
    """Connect to the hosts, run the command on each; return how many answered."""
    connections = Connections(hosts, prompter=NoPrompter())

    async def one(name: str) -> bool:
        await connections.connect(name)
        output = await connections.shell(name).run(Command(("echo", SAYS)))
        return output.ok and SAYS.encode() in output.stdout

    try:
        return sum(await asyncio.gather(*(one(name) for name in hosts)))
    finally:
        await connections.close()


def main() -> None:
    """Run argv: FARM COUNT; print the seconds and the CPU seconds, from the inventory as loaded.

    Reading known_hosts and the key is counted, as it is with the floor.
    """
    count = int(sys.argv[2])
    _, inventory = configured(load(sys.argv[1]), count, "fanout")
    cpu, began = os.times(), time.perf_counter()
    answered = asyncio.run(fan_out(inventory.reachable()))
    seconds, done = time.perf_counter() - began, os.times()
    if answered != count:
        sys.exit(f"{answered} of {count} answered")
    print(f"{SAYS}\n" * answered)
    print(json.dumps({"seconds": seconds, "cpu_seconds": done.user + done.system - cpu.user - cpu.system}))


if __name__ == "__main__":
    main()
