"""The runner's failure matrix with a recipe of three steps, on a real host with systemd."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab import faults, matrix
from tests.lab.recipe_trio import NAMES, subject

pytestmark = pytest.mark.lab

HOST, FOLDER = "db1", "/var/log/lab-runner"
SUBJECT = subject(HOST, FOLDER)


@pytest.fixture(scope="module", autouse=True)
def small_disk(lab) -> Iterator[None]:
    """A file system of its own, small enough to be filled."""
    script = f"mountpoint -q {FOLDER} || (mkdir -p {FOLDER} && mount -t tmpfs -o size=2m lab-runner {FOLDER})"
    assert faults.execute(HOST, ["sh", "-c", script]).returncode == 0
    yield
    faults.execute(HOST, ["sh", "-c", f"umount {FOLDER}; rmdir {FOLDER}"])


@pytest.mark.parametrize("step", range(len(NAMES)))
@pytest.mark.parametrize("fault", matrix.FAULTS)
async def test_matrix(lab, tmp_path: Path, fault: str, step: int) -> None:
    await matrix.check(lab, tmp_path, SUBJECT, fault, step)


@pytest.mark.parametrize("way", ["resume", "undo"])
@pytest.mark.parametrize("point", matrix.kill_points(NAMES))
async def test_console_killed(lab, tmp_path: Path, point: str, way: str) -> None:
    await matrix.check_killed(lab, tmp_path, SUBJECT, point, way)


async def test_drift_is_refused_with_the_difference(lab, tmp_path: Path) -> None:
    def drift() -> None:
        faults.execute(HOST, ["sh", "-c", f"echo {time.time_ns()} >>{FOLDER}/c"])

    await matrix.check_drift(lab, tmp_path, SUBJECT, drift, "state:")
