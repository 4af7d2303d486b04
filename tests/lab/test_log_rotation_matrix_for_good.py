"""Steps that cannot be taken back, through the runner on a real host: every fault ends in the truth."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from opsconsole.recipes.log_rotation import RECIPE
from opsconsole.recipes.recipe import Step
from opsconsole.recipes.runner.state import RunState, StepState
from tests.lab import claims, matrix
from tests.lab.log_rotation_lab import sh, small_disk, values, writer

pytestmark = pytest.mark.lab

HOST, FOLDER, UNIT = "web1", "/var/log/lab-d-good", "lab-d-good"
NAMES = ("delete-old", "release-deleted", "prove")


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
AS_EVER = ("connection-cut", "lock-held", "ledger-not-writable")
"""Faults that leave nothing to take back: the run goes on, or did not begin."""


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


@pytest.mark.parametrize("step", [0, 1], ids=NAMES[:2])
@pytest.mark.parametrize("fault", AS_EVER)
async def test_a_fault_from_outside(lab, tmp_path: Path, fault: str, step: int) -> None:
    await matrix.check(lab, tmp_path, SUBJECT, fault, step)


@pytest.mark.parametrize("step", [0, 1], ids=NAMES[:2])
@pytest.mark.parametrize("change", [matrix.missing, matrix.untrue, matrix.late], ids=lambda one: one.__name__)
async def test_a_step_that_fails_is_told_and_left(
    lab, tmp_path: Path, change: Callable[[Step], Step], step: int
) -> None:
    prepare()
    before = state()
    async with matrix.World(lab, SUBJECT, tmp_path).open() as world:
        plan = await world.planned(matrix.changed(step, change))
        assert tuple(one.name for one in plan.steps) == NAMES
        result = await world.run(plan)
        assert result.state is RunState.NEEDS_PERSON, result
        assert not result.resumable
        assert "cannot be taken back" in result.verdict
        assert [one.state for one in result.steps[: step + 1]] == [
            *[StepState.DONE] * step,
            StepState.FAILED,
        ]
        matrix.agree(world, result, before)
        undone = await world.undo(result.run_id)
        assert undone.state is RunState.REFUSED, undone
        assert "cannot be taken back" in undone.verdict


@pytest.mark.parametrize("name", NAMES[:2])
@pytest.mark.parametrize("event", ["intent", "running", "outcome", "check"])
async def test_a_killed_console_goes_on_and_nothing_runs_twice(
    lab, tmp_path: Path, event: str, name: str
) -> None:
    await matrix.check_killed(lab, tmp_path, SUBJECT, f"{event} {name}", "resume")
