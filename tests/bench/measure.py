"""Running a program to its end, and what it cost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PEERS = ROOT / ".venv-bench" / "bin"
LONGEST_SECONDS = 300.0


class BenchError(Exception):
    """Something that is measured did not work; the message says what."""


@dataclass(frozen=True)
class Ran:
    """One run of a program.

    Attributes:
        seconds: From its start to its end.
        cpu_seconds: Of it and of its children that it waited for.
        stdout: What it wrote to its standard output.
        stderr: Likewise to its standard error.
    """

    seconds: float
    cpu_seconds: float
    stdout: str
    stderr: str

    def json(self) -> dict[str, Any]:
        """Return the JSON object of its last line."""
        parsed: dict[str, Any] = json.loads(self.stdout.strip().splitlines()[-1])
        return parsed


def run(argv: Sequence[str], *, env: Mapping[str, str] | None = None, cwd: str | Path = ROOT) -> Ran:
    """Run a program to its end.

    Raises:
        BenchError: It failed, or took too long.
    """
    began_cpu = _children_cpu()
    began = time.perf_counter()
    try:
        done = subprocess.run(
            list(argv),
            env={**os.environ, **(env or {})},
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=LONGEST_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BenchError(f"{argv[0]}: {error}") from error
    seconds = time.perf_counter() - began
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:] or ["nothing said"]
        raise BenchError(f"exit status {done.returncode}: {said[0][:160]}")
    return Ran(seconds, _children_cpu() - began_cpu, done.stdout, done.stderr)


def module(name: str, *arguments: str) -> list[str]:
    """Return the argv of one of our own programs, in this interpreter."""
    return [sys.executable, "-m", f"tests.bench.{name}", *arguments]


def middle(values: Sequence[float]) -> float | None:
    """Return the median, or None of nothing."""
    return median(values) if values else None


def _children_cpu() -> float:
    times = os.times()
    return times.children_user + times.children_system
