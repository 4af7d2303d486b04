"""The failure matrix of steps that cannot be taken back: a run ends done, or in the truth, and never twice.

@pytest.mark.parametrize("step", range(STEPS))
@pytest.mark.parametrize("fault", matrix_for_good.FAULTS)
async def test_matrix(lab, tmp_path, fault, step):
    await matrix_for_good.check(lab, tmp_path, SUBJECT, fault, step)
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from opsconsole.recipes.recipe import Step
from opsconsole.recipes.runner.state import Progress, RunState, StepState
from tests.lab import faults
from tests.lab.conftest import Lab
from tests.lab.hosts import SUDO_PASSWORD
from tests.lab.matrix_agree import agree
from tests.lab.matrix_cases import Case, connection_cut, ledger_not_writable, lock_held
from tests.lab.matrix_killed import console_until
from tests.lab.matrix_plan import also, changed, late, long, missing, untrue
from tests.lab.matrix_world import Subject, World
from tests.lab.sshroom import Person

GONE = "cannot be taken back"


async def check(lab: Lab, folder: Path, subject: Subject, fault: str, step: int) -> None:
    """Try one cell of the matrix."""
    subject.prepare()
    case = Case(lab, folder, subject, step, subject.state())
    await FAULTS[fault](case)


async def check_killed(lab: Lab, folder: Path, subject: Subject, point: str) -> None:
    """Kill a console at a point of its run: the next one refuses to take it back, and goes on to its end."""
    subject.prepare()
    before = subject.state()
    async with World(lab, subject, folder).open() as world:
        kind, _, name = point.partition(" ")
        index = next(at for at, step in enumerate((await world.planned()).steps) if step.name == name)
        plan = await world.planned(changed(index, long(0.7)) if kind == "running" else lambda plan: plan)
        child = await asyncio.to_thread(console_until, world, plan, point)
        assert child.returncode == -signal.SIGKILL, child
        (row,) = await asyncio.to_thread(world.ledger.runs)
        assert [one.run_id for one in world.runner.interrupted()] == [row.run_id]
        refused = await world.undo(row.run_id)
        assert (refused.state, refused.resumable) == (RunState.REFUSED, True), refused
        assert GONE in refused.verdict
        result = await world.resume(row.run_id)
        assert result.state is RunState.DONE, result
        agree(world, result, before)
        assert world.runner.interrupted() == []


def _told(change: Callable[[Step], Step], words: str) -> Callable[[Case], Awaitable[None]]:
    """Return the cell of a step that fails for what is put into the plan: all of it is told and left."""

    async def cell(case: Case) -> None:
        async with case.world().open() as world:
            plan = await world.planned(changed(case.step, change))
            result = await world.run(plan)
            assert result.state is RunState.NEEDS_PERSON, result
            assert not result.resumable
            assert words in result.verdict, result.verdict
            assert GONE in result.verdict
            assert plan.steps[case.step].title in result.verdict
            states = [one.state for one in result.steps]
            assert states[: case.step + 1] == [*[StepState.DONE] * case.step, StepState.FAILED], result
            assert set(states[case.step + 1 :]) <= {StepState.PLANNED}, result
            agree(world, result, case.before)
            undone = await world.undo(result.run_id)
            assert undone.state is RunState.REFUSED, undone
            assert GONE in undone.verdict

    return cell


async def disk_full(case: Case) -> None:
    """Not one byte is free on the step's disk while it acts: what frees must work there of all places."""
    host, folder = case.subject.host, case.subject.full
    hog = f"{folder}/.opsconsole-lab-full"
    filled: list[str] = []

    def root(script: str) -> str:
        return faults.execute(host, ["sh", "-c", script]).stdout.strip()

    def hook(progress: Progress) -> None:
        if progress.step == case.step and not filled and progress.steps[case.step] is StepState.PLANNED:
            filled.append(
                root(f"cat /dev/zero >{hog} 2>/dev/null; df --output=avail -k {folder} | tail -n 1")
            )
        elif progress.step is not None and progress.step > case.step and len(filled) == 1:
            filled.append(root(f"rm {hog} && echo removed"))

    try:
        async with case.world().open() as world:
            plan = await world.planned()
            world.hooks.append(hook)
            result = await world.run(plan)
            assert filled == ["0", "removed"], filled
            assert result.state is RunState.DONE, result
            agree(world, result, case.before)
    finally:
        root(f"rm -f {hog}")


async def wrong_sudo_password(case: Case) -> None:
    """Root is refused from this step on: earlier ones stay and are told; a new run goes on."""
    subject = replace(case.subject, user="pwsudo", values={**case.subject.values})
    case = replace(case, subject=subject)

    def password(word: str) -> None:
        done = faults.execute(subject.host, ["chpasswd"], stdin=f"pwsudo:{word}\n")
        assert done.returncode == 0, done.stderr

    person = Person(SUDO_PASSWORD, SUDO_PASSWORD, SUDO_PASSWORD)
    try:
        async with case.world(person=person).open() as world:
            plan = await world.planned(changed(case.step, lambda step: also(step, "true")))

            def refuse(progress: Progress) -> None:
                if progress.step == case.step and progress.steps[case.step] is StepState.PLANNED:
                    password("another one")
                    person.answers = ["wrong"]

            world.hooks.append(refuse)
            result = await world.run(plan)
            assert result.state is RunState.NEEDS_PERSON, result
            assert "password" in result.verdict
            assert [one.state for one in result.steps[: case.step]] == [StepState.DONE] * case.step
            assert result.steps[case.step].state is not StepState.DONE
            world.hooks.clear()
            password(SUDO_PASSWORD)
            person.answers = [SUDO_PASSWORD] * 20
            undone = await world.undo(result.run_id)
            assert undone.state is RunState.REFUSED, undone
            assert GONE in undone.verdict
            # What is left to do is planned anew, whatever lock the first run left behind.
            again = await world.run(await world.planned())
            assert again.state is RunState.DONE, again
            agree(world, again, case.before)
    finally:
        password(SUDO_PASSWORD)


FAULTS: dict[str, Callable[[Case], Awaitable[None]]] = {
    "connection-cut": connection_cut,
    "deadline": _told(late, "deadline"),
    "command-missing": _told(missing, "127"),
    "postcondition-false": _told(untrue, "17 of 20 lines"),
    "disk-full": disk_full,
    "wrong-sudo-password": wrong_sudo_password,
    "lock-held": lock_held,
    "ledger-not-writable": ledger_not_writable,
}
"""As in `matrix_cases`."""
