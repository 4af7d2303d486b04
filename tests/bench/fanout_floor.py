"""The floor of a fan-out: bare asyncssh, one connection and one command a host, and nothing else."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from contextlib import AbstractAsyncContextManager, nullcontext

import asyncssh

from opsconsole.console.ssh.dial import ENCRYPTION
from tests.bench.fanout_peers import COMMAND, SAYS
from tests.bench.farm import load


async def fan_out(farm_file: str, count: int, at_once: int) -> int:
    """Run the command on `count` hosts, `at_once` of them at a time (0: all); return how many answered."""
    farm = load(farm_file)
    known_hosts = asyncssh.read_known_hosts(farm.known_hosts)
    key = asyncssh.read_private_key(farm.key)
    slots: AbstractAsyncContextManager[object] = asyncio.Semaphore(at_once) if at_once else nullcontext()

    async def one(host: str) -> bool:
        async with (
            slots,
            asyncssh.connect(
                host,
                farm.port,
                username=farm.user,
                client_keys=[key],
                known_hosts=known_hosts,
                config=None,
                encryption_algs=ENCRYPTION,  # as the console's own connections
                agent_path=None,
                # None of what a session could ask for besides: as lean as asyncssh goes.
                x509_trusted_certs=None,
            ) as connection,
        ):
            done = await connection.run(COMMAND)
            return SAYS in str(done.stdout)

    return sum(await asyncio.gather(*(one(host) for host in farm.hosts[:count])))


def main() -> None:
    """Run argv: FARM COUNT AT_ONCE; print the seconds and the CPU seconds, imports not counted."""
    farm_file, count, at_once = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    cpu, began = os.times(), time.perf_counter()
    answered = asyncio.run(fan_out(farm_file, count, at_once))
    seconds, done = time.perf_counter() - began, os.times()
    if answered != count:
        sys.exit(f"{answered} of {count} answered")
    print(f"{SAYS}\n" * answered)
    print(json.dumps({"seconds": seconds, "cpu_seconds": done.user + done.system - cpu.user - cpu.system}))


if __name__ == "__main__":
    main()
