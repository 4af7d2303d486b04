"""Steps that cannot be taken back, through the runner on a real host: every fault ends in the truth."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from opsconsole.recipes.log_rotation import RECIPE
from tests.lab import claims, matrix
from tests.lab.log_rotation_lab import sh, small_disk, values, writer
from tests.lab.matrix_log_rotation import FOR_GOOD as STEPS
from tests.lab.matrix_log_rotation_room import Room, four_tests

pytestmark = pytest.mark.lab

HOST, FOLDER, UNIT = "web1", "/var/log/lab-d-good", "lab-d-good"
DRIFT = {
    "delete-old": (f"echo more >>{FOLDER}/old.log.3; touch -d 2020-01-01 {FOLDER}/old.log.3", "old.log.3"),
    "release-deleted": (f"systemctl restart {UNIT}", "release"),
}
"""Step -> what changes between plan and run of what it rests on, and what the refusal says."""


def prepare() -> None:
    """Old logs to delete, and a log that was deleted under its writer."""
    sh(HOST, f"""cd {FOLDER}; rm -f old.log.* orders.log; systemctl kill --kill-who=main -s USR1 {UNIT}
    until [ -s orders.log ]; do sleep 0.05; done; seq 1 100000 >>orders.log; rm orders.log
    for n in 1 2 3; do seq 1 20000 >old.log.$n; touch -d 2020-01-01 old.log.$n; done""")  # fmt: skip


def state() -> str:
    """Return the old logs, and whether the writer holds a deleted file."""
    return sh(HOST, f"""cd {FOLDER}; ls old.log.* 2>/dev/null
    pid=$(systemctl show -P MainPID {UNIT})
    ls -l /proc/$pid/fd | grep -c '{FOLDER}/orders.log (deleted)'; true""")  # fmt: skip


SUBJECT = matrix.Subject(
    recipe=RECIPE,
    values=values(paths=FOLDER, keep="0", compress="no", reopen=f"{UNIT}.service=USR1"),
    host=HOST,
    prepare=prepare,
    state=state,
    full=FOLDER,
    load="opsconsole.recipes.log_rotation:RECIPE",
)


@pytest.fixture(scope="module", autouse=True)
def held(lab) -> Iterator[None]:
    """A small disk with a live writer on it."""
    with small_disk(HOST, FOLDER, "size=16m"), writer(HOST, f"{FOLDER}/orders.log", unit=UNIT):
        yield


@pytest.fixture(autouse=True)
def undisturbed() -> Iterator[None]:
    """Nobody changes the host's key or drops its packets meanwhile."""
    claims.claim(HOST, "matrix")
    yield
    claims.release(HOST, "matrix")


(
    test_every_fault_at_every_step,
    test_a_killed_console_goes_on_and_nothing_runs_twice,
    test_drift_is_refused_with_the_difference,
    test_the_steps_are_those_of_the_matrix,
) = four_tests(Room(SUBJECT, STEPS, DRIFT, killed_at=("intent", "running", "outcome", "check")))
