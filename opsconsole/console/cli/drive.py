"""A run at the terminal: its progress on stderr, ctrl+c, and what to type when it was left."""

from __future__ import annotations

import argparse
import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from opsconsole.console.cli import run_text
from opsconsole.console.cli.context import tell
from opsconsole.console.cli.printing import print_json, print_lines
from opsconsole.console.live_run import INTERRUPTED, HostRun, LiveRun
from opsconsole.console.runs import Runs
from opsconsole.data.text import clean_line
from opsconsole.data.units import format_bytes, format_duration
from opsconsole.recipes.runner.state import Progress

AGAIN_SECONDS = 10.0
"""A step that takes long is told of so often."""
STOP = "stopping after this step, then undoing; ctrl+c again leaves it running on the host"
LEFT = "left: what runs on the hosts runs on"


async def drive(runs: Runs, live: LiveRun) -> None:
    """Tell how a run goes on until it has ended or was left.

    The first ctrl+c stops it after this step and undoes; the second, and the end of the terminal, leave it.
    """
    changes = runs.subscribe()
    teller = _Teller(live)
    over = asyncio.ensure_future(live.wait())
    with _signals(live):
        while not over.done():
            changed = asyncio.ensure_future(changes.wait())
            await asyncio.wait([over, changed], return_when=asyncio.FIRST_COMPLETED)
            changed.cancel()
            changes.take()
            teller.look()
    changes.close()


def ended(args: argparse.Namespace, live: LiveRun) -> int:
    """Print what became of a run and return its exit status."""
    if args.json:
        print_json(run_text.document(live))
    else:
        print_lines(run_text.lines(args, live))
    for one in live.hosts.values():
        if one.state == INTERRUPTED:
            for line in run_text.what_to_do(args, one.run_id) if one.run_id else ():
                tell(f"{one.host.name}: {line}")
    return live.exit_status


@contextmanager
def _signals(live: LiveRun) -> Iterator[None]:
    loop = asyncio.get_running_loop()

    def interrupted() -> None:
        if live.stopping:
            leave()
        else:
            live.stop()
            tell(STOP)

    def leave() -> None:
        live.leave()
        tell(LEFT)

    handlers: dict[signal.Signals, Callable[[], None]] = {
        signal.SIGINT: interrupted,
        signal.SIGTERM: leave,
        signal.SIGHUP: leave,
    }
    for number, handler in handlers.items():
        loop.add_signal_handler(number, handler)
    try:
        yield
    finally:
        for number in handlers:
            loop.remove_signal_handler(number)


class _Teller:
    """Writes a line when a host's step or phase changes, and now and then while it stays the same."""

    def __init__(self, live: LiveRun) -> None:
        self._live = live
        self._told: dict[str, tuple[object, float]] = {}

    def look(self) -> None:
        """Tell what is new."""
        now = asyncio.get_running_loop().time()
        for name, one in self._live.hosts.items():
            progress = one.progress
            if progress is None or one.ended:
                continue
            what = (progress.step, progress.phase, progress.message)
            told, at = self._told.get(name, (None, 0.0))
            if what != told or now - at >= AGAIN_SECONDS:
                self._told[name] = (what, now)
                tell(progress_line(one, progress))


def progress_line(one: HostRun, progress: Progress) -> str:
    """Return one line: `web1  2/3 compress 14 files: running 12s, 5.8G of output`."""
    steps = one.plan.steps
    where = one.host.name
    if progress.step is not None and progress.step < len(steps):
        title = clean_line(steps[progress.step].title, 80)
        where = f"{where}  {progress.step + 1}/{len(steps)} {title}:"
    words = f"{where} {progress.phase.value}"
    if progress.elapsed_seconds >= 1:
        words += f" {format_duration(progress.elapsed_seconds)}"
    if progress.output_bytes:
        words += f", {format_bytes(progress.output_bytes)} of output"
    return words + (f": {clean_line(progress.message, 300)}" if progress.message else "")
