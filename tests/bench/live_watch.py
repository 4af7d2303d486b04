"""A client that watches hosts as a process of its own, and what it costs from outside."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from opsconsole.console.tui.garbage import GIVE_BACK_SECONDS, IDLE_SECONDS
from tests.bench import procfs, status
from tests.bench.farm import Farm
from tests.bench.measure import BenchError, module

WINDOW_SECONDS = 30.0
SETTLE_SECONDS = 10.0
LONGEST_START_SECONDS = 300.0
LONGEST_FILL_SECONDS = 60.0


@dataclass(frozen=True)
class Watched:
    """What a client did in the window, and what it cost.

    Attributes:
        ticks: Answers to ticks.
        slow: Slow readings.
        seconds: Length of the window.
        cpu_seconds: CPU of the client.
        machine_seconds: CPU of everything on the machine.
        resident_mib: Its memory at the end.
        filled_mib: The same with ten minutes in each sparkline.
    """

    ticks: float
    slow: float
    seconds: float
    cpu_seconds: float
    machine_seconds: float
    resident_mib: float
    filled_mib: float | None = None

    def micros(self, readings: float) -> float | None:
        """CPU of the client for one of so many readings."""
        return self.cpu_seconds / readings * 1e6 if readings else None

    def figures(self, readings: float, due: float) -> dict[str, float | None]:
        """Return the table's figures; `due` is how many readings a second there should be."""
        rate = readings / self.seconds
        return {
            "rate": rate,
            "share": 100 * rate / due,
            "micros": self.micros(readings),
            "core": 100 * self.cpu_seconds / self.seconds,
            "machine": self.machine_seconds / self.seconds,
            "resident": self.resident_mib,
            "filled": self.filled_mib,
        }


class Client:
    """A running client.

    Args:
        path: The file where it tells where it stands.
        pid: Its process.
        wait: Lets time pass.
        ended: Whether it has ended.
    """

    def __init__(
        self, path: Path, pid: int, *, wait: Callable[[float], object], ended: Callable[[], bool]
    ) -> None:
        self.pid = pid
        self._path = path
        self._wait = wait
        self._ended = ended

    def settle(self) -> None:
        """Wait until every host has answered, and the rush of the start is over.

        Raises:
            BenchError: They have not.
        """
        self._until(lambda standing: standing.settled, LONGEST_START_SECONDS, "all hosts live")
        self._wait(SETTLE_SECONDS)

    def watch(self, seconds: float | None = None) -> Watched:
        """Measure for a while."""
        before, began = self._now(), time.monotonic()
        self._wait(WINDOW_SECONDS if seconds is None else seconds)
        after, took = self._now(), time.monotonic() - began
        ticks, slow, own, machine = (new - old for new, old in zip(after, before, strict=True))
        return Watched(ticks, slow, took, own, machine, procfs.resident_mib(self.pid))

    def fill(self) -> float:
        """Let it fill its sparklines with ten minutes of values; return its memory after that.

        Not at once: each minute the console gives back what is free, the rush of its start at first.

        Raises:
            BenchError: It did not.
        """
        fill_file(self._path).touch()
        self._until(lambda standing: standing.filled, LONGEST_FILL_SECONDS, "sparklines filled")
        self._wait(IDLE_SECONDS + GIVE_BACK_SECONDS)
        return procfs.resident_mib(self.pid)

    def _until(self, reached: Callable[[status.Standing], bool], seconds: float, what: str) -> None:
        deadline = time.monotonic() + seconds
        while (standing := status.read(self._path)) is None or not reached(standing):
            if self._ended():
                raise BenchError(f"not {what}, the client ended: {standing}")
            if time.monotonic() > deadline:
                raise BenchError(f"not {what} within {seconds:g} s: {standing}")
            self._wait(0.5)

    def _now(self) -> tuple[float, float, float, float]:
        standing = status.read(self._path) or status.Standing(self.pid)
        return standing.samples, standing.slow, procfs.cost(self.pid).own, procfs.busy_seconds()


def fill_file(path: Path) -> Path:
    """Return the file that asks a client to fill its sparklines."""
    return path.with_suffix(".fill")


def watched(one: Farm, count: int, program: str, *kind: str, fill: bool = False) -> Watched:
    """Run a client on `count` hosts and measure it.

    Raises:
        BenchError: It did not work.
    """
    path = Path(one.folder) / f"{'-'.join((program, *kind))}.json"
    argv = module(program, str(one.file), str(count), str(path), *kind)
    with ExitStack() as stack, path.with_suffix(".log").open("wb") as log:
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        stack.callback(process.wait)
        stack.callback(process.kill)
        client = Client(path, process.pid, wait=time.sleep, ended=lambda: process.poll() is not None)
        client.settle()
        found = client.watch()
        return replace(found, filled_mib=client.fill()) if fill else found
