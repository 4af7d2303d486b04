"""Trimming a real docker on a lab host, through the runner: every fault, and no volume is ever touched."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from opsconsole.recipes.log_rotation import RECIPE
from tests.lab import claims, docker_lab, matrix
from tests.lab.docker_lab import DATA_ROOT, HOST
from tests.lab.log_rotation_lab import sh, values
from tests.lab.matrix_log_rotation import DOCKER as STEPS
from tests.lab.matrix_log_rotation_room import Room, four_tests

pytestmark = pytest.mark.lab

FOLDER = "/run/lab-d-docker"
BEGAN = "/run/lab-d-began"
DRIFT = {"trim-docker": ("docker volume create another", "docker.volumes")}
"""Step -> what changes between plan and run of what it rests on, and what the refusal says."""


def prepare() -> None:
    """A build cache, a dangling image, a stopped container, and two volumes that must stay, one nameless."""
    docker_lab.clear()
    docker_lab.build("lab-d:shop", "first")
    docker_lab.build("lab-d:shop", "second")
    sh(HOST, f"""mkdir -p {FOLDER}; {{
    docker volume create precious; echo orders >{DATA_ROOT}/volumes/precious/_data/orders
    docker run --name gone --network none -v precious:/data -v /anonymous lab-d:shop; }} >/dev/null
    date +%s.%N >{BEGAN}""")  # fmt: skip
    docker_lab.await_age()


def state() -> str:
    """Return every container, image, volume with its content, and record of the build cache."""
    names = sh(HOST, "docker ps -a --format {{.Names}} | sort; docker images -aq --no-trunc | sort")
    return f"{names}{docker_lab.volumes()}{sorted(docker_lab.records())}"


def ran() -> dict[str, int]:
    """Return how often the build cache was pruned since the beginning."""
    pruned = sh(HOST, f"docker events --since $(cat {BEGAN}) --until $(date +%s.%N) --filter type=builder")
    return {"trim-docker": len(pruned.splitlines())}


SUBJECT = matrix.Subject(
    recipe=RECIPE,
    values=values(paths=FOLDER, docker="cache,images,containers", docker_older_than="0s"),
    host=HOST,
    prepare=prepare,
    state=state,
    full=DATA_ROOT,
    ran=ran,
    load="opsconsole.recipes.log_rotation:RECIPE",
)


@pytest.fixture(autouse=True)
def undisturbed(lab) -> Iterator[None]:
    """Nobody changes the host's key or drops its packets meanwhile; no volume is another than before."""
    claims.claim(HOST, "matrix")
    yield
    claims.release(HOST, "matrix")
    kept = docker_lab.volumes().split()
    assert "precious" in kept
    assert any(line.endswith("/precious/_data/orders") for line in kept)


@pytest.fixture(scope="module", autouse=True)
def emptied(lab) -> Iterator[None]:
    """Leave nothing behind."""
    yield
    docker_lab.clear()
    sh(HOST, f"rm -rf {FOLDER} {BEGAN}")


(
    test_every_fault_at_every_step,
    test_a_killed_console_goes_on_and_nothing_runs_twice,
    test_drift_is_refused_with_the_difference,
    test_the_steps_are_those_of_the_matrix,
) = four_tests(Room(SUBJECT, STEPS, DRIFT))
