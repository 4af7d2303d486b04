"""The failure matrix: one recipe, one fault at one step, on a real host; then host and ledger must agree.

How to use it with another recipe: describe it as a `Subject`, then

    @pytest.mark.parametrize("step", range(STEPS))
    @pytest.mark.parametrize("fault", matrix.FAULTS)
    async def test_matrix(lab, tmp_path, fault, step):
        await matrix.check(lab, tmp_path, SUBJECT, fault, step)

    @pytest.mark.parametrize("way", ["resume", "undo"])
    @pytest.mark.parametrize("point", matrix.kill_points(NAMES_OF_STEPS))
    async def test_killed(lab, tmp_path, point, way):
        await matrix.check_killed(lab, tmp_path, SUBJECT, point, way)

A plan is data: faults are put into the plan of any recipe (a command that does not exist behind the step's
own, a check that does not hold, a deadline too short), or inflicted on the host or the ledger when the run
comes to the step. `prepare` puts the host into the state before, `state` reads what of it counts, and must be
the same before and after an undone run.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from opsconsole.recipes.runner.state import RunState
from tests.lab.conftest import Lab
from tests.lab.matrix_agree import agree
from tests.lab.matrix_cases import FAULTS, Case
from tests.lab.matrix_killed import check_killed, kill_points
from tests.lab.matrix_plan import StubbornLedger, also, changed, full, late, long, missing, untrue
from tests.lab.matrix_world import OPERATOR, Subject, World

__all__ = (
    "FAULTS",
    "OPERATOR",
    "Case",
    "StubbornLedger",
    "Subject",
    "World",
    "agree",
    "also",
    "changed",
    "check",
    "check_drift",
    "check_killed",
    "full",
    "kill_points",
    "late",
    "long",
    "missing",
    "untrue",
)


async def check(lab: Lab, folder: Path, subject: Subject, fault: str, step: int) -> None:
    """Try one cell of the matrix."""
    subject.prepare()
    case = Case(lab, folder, subject, step, subject.state())
    await FAULTS[fault](case)


async def check_drift(
    lab: Lab, folder: Path, subject: Subject, drift: Callable[[], None], words: str
) -> None:
    """Change the host between plan and run: it is refused, and the refusal says in what (`words`)."""
    subject.prepare()
    async with World(lab, subject, folder).open() as world:
        plan = await world.planned()
        drift()
        before = subject.state()
        result = await world.run(plan)
        assert result.state is RunState.REFUSED, result
        assert words in result.verdict, result.verdict
        agree(world, result, before)
