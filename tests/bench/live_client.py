"""A client that watches the hosts as the console does, as a process of its own so that its cost is its own.

Three kinds: `ticks` (the sampler's readings, judged and remembered), `slow` (the slow readings only),
`screen` (the console itself with its Fleet screen, on a terminal).
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from opsconsole.console import poller
from opsconsole.console.inventory import Inventory
from opsconsole.console.poller import Poller
from opsconsole.console.sections import load_panels
from opsconsole.console.service import Service
from opsconsole.console.settings import Settings
from opsconsole.console.ssh.sampler import Sampler
from opsconsole.console.state import HostState
from opsconsole.console.tui.garbage import SETTLE_SECONDS, Garbage
from opsconsole.data.history import History
from tests.bench import status
from tests.bench.farm import load
from tests.bench.hosts import configured

_MAKE_HISTORY = """\
import sys
from pathlib import Path
from opsconsole.data.history import History
History.open(Path(sys.argv[1])).close()
"""


class TellingService(Service):
    """The product's service; tells where it stands."""

    def __init__(self, settings: Settings, inventory: Inventory, path: Path, kind: str) -> None:
        history = History.open(settings.history_path) if settings.history_path else None
        super().__init__(settings, inventory, history=history)
        # Not `logs`: the farm's hosts are one machine, whose disk a thousand of them would walk at once.
        self._panels = load_panels(["resources", "health"])
        self.standing = status.Standing(os.getpid())
        self._path = path
        self._kind = kind
        self._wanted = {"health"} if kind == "slow" else {"resources", "health"}

    async def start(self) -> None:
        """Start, and begin to tell."""
        await super().start()
        self._spawn(self._tell())
        if self._kind != "screen":
            self._spawn(self._tidy())

    async def _tidy(self) -> None:
        """Do with memory what the console's screens do."""
        garbage = Garbage()
        while True:
            await asyncio.sleep(SETTLE_SECONDS)
            garbage.settle()

    async def _tell(self) -> None:
        standing = self.standing
        while True:
            if not standing.settled:  # looking at them all is no work of the console's
                states = self.hosts.values()
                standing.up = sum(_has_answered(state, self._wanted) for state in states)
                standing.settled = standing.up == len(self.hosts)
                standing.said = "" if standing.settled else next(filter(None, map(_trouble, states)), "")
            if not standing.filled and self._path.with_suffix(".fill").exists():
                _fill(self.hosts)
                standing.filled = True
            status.write(self._path, standing)
            await asyncio.sleep(status.EVERY_SECONDS)


def _has_answered(state: HostState, wanted: set[str]) -> bool:
    return bool(state.panels) and all(state.panels[name].taken_at is not None for name in wanted)


def _trouble(state: HostState) -> str:
    problems = [panel.problem for panel in state.panels.values() if panel.problem]
    return f"{state.host.name}: {state.status.reason or ' '.join(problems)}"


def _fill(hosts: Mapping[str, HostState]) -> None:
    """Give every sparkline its ten minutes at once, each point a value of its own as real readings are."""
    for state in hosts.values():
        lines = state.sparklines
        for number in range(lines.length):
            lines.add([(name, number * 1.0001) for name in lines.series], lines.ticks_per_point)


def _count(standing: status.Standing) -> None:
    """Count the poller's ticks and slow readings."""
    tick, slow = Poller._tick, poller.read_slow

    async def counted_tick(self: Poller, sampler: Sampler, groups: list[str]) -> None:
        await tick(self, sampler, groups)
        standing.samples += 1

    async def counted_slow(*arguments: Any, **named: Any) -> None:
        await slow(*arguments, **named)
        standing.slow += 1

    Poller._tick = counted_tick
    poller.read_slow = counted_slow


async def _never(self: Poller) -> None:
    await asyncio.Event().wait()


async def _slow_once(self: Poller) -> None:
    """Read what is slow at the connection only: the ticks' own readings need some of it."""
    await poller.read_slow(self.shell, self.readings, self._panels, record=self._record, first=True)
    await asyncio.get_running_loop().create_future()


async def watch(service: TellingService) -> None:
    """Run without a screen, with one listener for changes as a screen would be."""
    changes = service.subscribe()
    await service.start()
    while True:
        await changes.wait()
        changes.take()
        await asyncio.sleep(0.25)


def main() -> None:
    """Run argv: FARM COUNT STATUS_FILE KIND SLOW_SECONDS, until killed."""
    farm_file, count, path, kind = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]
    settings, inventory = configured(load(farm_file), count, path.stem, float(sys.argv[5]))
    # As from the second start on: what makes a new file, 4 MiB, stays loaded in the console that made it.
    subprocess.run([sys.executable, "-c", _MAKE_HISTORY, str(settings.history_path)], check=True)
    service = TellingService(settings, inventory, path, kind)
    _count(service.standing)
    if kind == "ticks":
        Poller._slow_forever = _slow_once
    elif kind == "slow":
        Poller._tick_forever = _never
    if kind == "screen":
        from opsconsole.console.tui.app import OpsconsoleApp

        OpsconsoleApp(service).run()
    else:
        asyncio.run(watch(service))


if __name__ == "__main__":
    main()
