"""What one reading costs the host, in CPU of the host, beside a scrape of node_exporter."""

from __future__ import annotations

import asyncio
import http.client
import shutil
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

from opsconsole.console import sections
from opsconsole.console.readings import HostReadings
from opsconsole.console.rounds import read_slow
from opsconsole.console.ssh.connections import Connections
from opsconsole.console.ssh.prompts import NoPrompter
from opsconsole.console.ssh.remote import RemoteShell
from opsconsole.console.ssh.sampler import Sampler
from opsconsole.console.state import HostState
from opsconsole.panels.panel import Panel
from tests.bench import procfs
from tests.bench.farm import Farm, farm, free_port
from tests.bench.hosts import configured
from tests.bench.measure import BenchError
from tests.bench.table import Aim, Column, Row, Table, ratio

TICKS = 400
SLOW_READINGS = 10
TICKS_A_SLOW_READING = 15  # one every 30 s, a tick every 2 s
DEADLINE_SECONDS = 10.0
EXPORTER = "prometheus-node-exporter"
SAMPLER, MIXED, SESSION, SLOW, SCRAPE = (
    "fast tick: the sampler's shell and children",
    "the same with the other cadences mixed in",
    "fast tick: sshd of that connection",
    "slow reading, whole (every 30 s)",
    "node_exporter scrape",
)


@dataclass(frozen=True)
class Spent:
    """CPU milliseconds of the host for one reading."""

    shell: float
    sshd: float


def tables() -> Iterator[Table]:
    """Measure on one host of the farm, then the exporter."""
    with farm() as one:
        yield measure(one)


def measure(one: Farm) -> Table:
    """Measure all."""
    columns = (Column("ms", "ms"), Column("ratio", "× scrape"))
    table = Table("hostcost", f"CPU on the host for one reading, mean of {TICKS}", columns)
    found = asyncio.run(_readings(one))
    try:
        found[SCRAPE] = _exporter()
        note = ""
    except (BenchError, OSError, http.client.HTTPException) as error:
        note = f"not available: {error}"
    scrape = found.get(SCRAPE)
    for name in (SAMPLER, MIXED, SESSION, SLOW, SCRAPE):
        figure = found.get(name)
        said = note if name == SCRAPE else ""
        if name == SLOW and figure is not None:
            said = (
                f"{figure / TICKS_A_SLOW_READING:.2f} ms for each tick; with its sshd, and all that it starts"
            )
        table.rows.append(Row(name, {"ms": figure, "ratio": ratio(figure, scrape)}, said))
    table.aims = [Aim("CPU of the host a tick", found.get(SAMPLER), 2.0, "ms")]
    table.notes = [f"{SLOW_READINGS} slow readings; the scrape is answered over loopback HTTP, without TLS"]
    return table


async def _readings(one: Farm) -> dict[str, float]:
    settings, inventory = configured(one, 1, "hostcost")
    connections = Connections(inventory.reachable(), prompter=NoPrompter())
    (name,) = inventory.reachable()
    try:
        await connections.connect(name)
        shell = connections.shell(name)
        await shell.facts()
        panels = sections.load_panels()
        readings = HostReadings(
            HostState(inventory.entries[name]),
            panels,
            tick_seconds=settings.interval_seconds,
            slow_seconds=settings.slow_interval_seconds,
        )
        fast, mixed = await _ticks(one, shell, panels)
        slow = await _slow(one, shell, readings, panels)
    finally:
        await connections.close()
    return {SAMPLER: fast.shell, MIXED: mixed.shell, SESSION: fast.sshd, SLOW: slow.shell + slow.sshd}


async def _ticks(one: Farm, shell: RemoteShell, panels: dict[str, Panel]) -> tuple[Spent, Spent]:
    """Return the cost of a fast tick, and of one as the console asks for it: others every 5th and 15th."""
    sampler = await Sampler.start(shell, sections.sampler_groups(panels))

    async def fast(number: int) -> None:
        await sampler.tick(["fast"], DEADLINE_SECONDS)

    async def mixed(number: int) -> None:
        also = [
            name for name, every in (("medium", 5), ("focus", TICKS_A_SLOW_READING)) if number % every == 0
        ]
        await sampler.tick(["fast", *also], DEADLINE_SECONDS)

    await fast(0)
    spent = (await _spent(one, fast, TICKS), await _spent(one, mixed, TICKS))
    await sampler.close()
    return spent


async def _slow(one: Farm, shell: RemoteShell, readings: HostReadings, panels: dict[str, Panel]) -> Spent:
    async def read(number: int) -> None:
        await read_slow(shell, readings, panels, record=None, first=False)

    await read(0)
    return await _spent(one, read, SLOW_READINGS)


async def _spent(one: Farm, read: Callable[[int], Awaitable[None]], count: int) -> Spent:
    """Return what `count` readings cost the host's processes, each in the mean.

    A channel's shell has ended when its answer is read, so it is counted with the sshd that waited for it.
    """
    before = _host_costs(one.sshd[0])
    for number in range(count):
        await read(number)
    await asyncio.sleep(0.2)  # what has just ended is waited for by its sshd
    after = _host_costs(one.sshd[0])
    shell, sshd = (1000 * (new - old) / count for new, old in zip(after, before, strict=True))
    return Spent(shell, sshd)


def _host_costs(sshd: int) -> tuple[float, float]:
    """Return CPU seconds so far of shells, with their children, and of sshd, with what it waited for."""
    shells = daemons = 0.0
    for pid in procfs.descendants(sshd):
        try:
            total = procfs.cost(pid).total
        except OSError:
            continue  # it ended meanwhile
        if procfs.name(pid) == "sshd":
            daemons += total
        else:
            shells += total
    return shells, daemons


def _exporter() -> float:
    """Return the CPU milliseconds that a scrape costs node_exporter."""
    program = shutil.which(EXPORTER)
    if program is None:
        raise BenchError(f"apt: {EXPORTER}")
    port = free_port()
    # Debian's own defaults; it answers on loopback only.
    process = subprocess.Popen(
        [program, f"--web.listen-address=127.0.0.1:{port}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port)
        before = procfs.cost(process.pid)
        for _ in range(TICKS):
            _scrape(port)
        return 1000 * (procfs.cost(process.pid).total - before.total) / TICKS
    finally:
        process.terminate()
        process.wait()


def _scrape(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/metrics")
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200 or b"node_cpu_seconds_total" not in body:
            raise BenchError(f"the exporter answered {answer.status}")
    finally:
        connection.close()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 10
    while True:
        try:
            return _scrape(port)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
