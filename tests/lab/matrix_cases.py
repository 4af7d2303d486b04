"""The cells of the failure matrix: what happens at a step, and how it must end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from opsconsole.data.ledger import Entry, Ledger
from opsconsole.recipes.recipe import Step
from opsconsole.recipes.runner.state import Progress, RunState, StepState
from tests.lab import faults
from tests.lab.conftest import Lab
from tests.lab.hosts import SUDO_PASSWORD
from tests.lab.matrix_agree import agree
from tests.lab.matrix_plan import StubbornLedger, also, changed, full, late, long, missing, untrue
from tests.lab.matrix_world import Subject, World
from tests.lab.sshroom import Person


@dataclass
class Case:
    """One cell of the matrix.

    Attributes:
        lab: The lab.
        folder: An empty folder.
        subject: What is tried.
        step: Index of the step at which it happens.
        before: The host's state before.
    """

    lab: Lab
    folder: Path
    subject: Subject
    step: int
    before: str = ""

    def world(self, **more: Any) -> World:
        return World(self.lab, self.subject, self.folder, **more)


async def _in_plan(case: Case, change: Callable[[Step], Step], words: str) -> None:
    async with case.world().open() as world:
        plan = await world.planned(changed(case.step, change))
        result = await world.run(plan)
        assert result.state is RunState.UNDONE, result
        assert words in result.verdict
        agree(world, result, case.before)
        story = world.story(result.run_id)
        undone = [f"undo-check {step.name}" for step in reversed(plan.steps[: case.step + 1])]
        assert [line for line in story if line.startswith("undo-check")] == undone


async def connection_cut(case: Case) -> None:
    """The connection dies in the midst of the step: it goes on, once, and so does the run."""
    async with case.world().open() as world:
        await world.know_server()
        plan = await world.planned(changed(case.step, long(0.7)))
        world.when_running(case.step, world.cut)
        result = await world.run(plan)
        assert result.state is RunState.DONE, result
        agree(world, result, case.before)
        assert "reconnected" in world.story(result.run_id)


async def deadline(case: Case) -> None:
    """The step is late: everything it started is ended, and all is undone."""
    await _in_plan(case, late, "deadline")
    left = faults.execute(
        case.subject.host, ["sh", "-c", "ps ax -o args 2>/dev/null | grep -c '^sleep 600$'"]
    )
    assert left.stdout.strip() in {"", "0"}


async def command_missing(case: Case) -> None:
    """A command of the step is not there: the step is half applied, and undone."""
    await _in_plan(case, missing, "127")


async def postcondition_false(case: Case) -> None:
    """Every command ended with 0, and yet it did not work."""
    await _in_plan(case, untrue, "17 of 20 lines")


async def disk_full(case: Case) -> None:
    """The disk is full in the midst of the step."""
    await _in_plan(case, full(case.subject.full), "(dd)")


async def wrong_sudo_password(case: Case) -> None:
    """Root is refused from this step on; when it is given again, the run can be taken back."""
    subject = replace(case.subject, user="pwsudo", values={**case.subject.values})
    case = replace(case, subject=subject)

    def password(word: str) -> None:
        done = faults.execute(subject.host, ["chpasswd"], stdin=f"pwsudo:{word}\n")
        assert done.returncode == 0, done.stderr

    person = Person(SUDO_PASSWORD, SUDO_PASSWORD, SUDO_PASSWORD)
    try:
        async with case.world(person=person).open() as world:
            plan = await world.planned(changed(case.step, lambda step: also(step, "true")))

            def refuse(progress: Progress) -> None:  # before the step's intent: nothing of it has begun
                if progress.step == case.step and progress.steps[case.step] is StepState.PLANNED:
                    password("another one")
                    person.answers = ["wrong"]

            world.hooks.append(refuse)
            result = await world.run(plan)
            assert result.state is RunState.NEEDS_PERSON, result
            assert "password" in result.verdict
            world.hooks.clear()
            password(SUDO_PASSWORD)
            person.answers = [SUDO_PASSWORD] * 9
            result = await world.undo(result.run_id)
            assert result.state is RunState.UNDONE, result
            agree(world, result, case.before)
    finally:
        password(SUDO_PASSWORD)


async def lock_held(case: Case) -> None:
    """At first: another has the lock, so nothing is done. Later: it is taken away, so nothing more is."""
    async with case.world().open() as world:
        plan = await world.planned(changed(case.step, lambda step: also(step, "true")))
        test = ["sh", "-c", "[ -d /run/lock ] && echo /run/lock || echo /tmp"]
        lock = f"{faults.execute(world.host.name, test).stdout.strip()}/opsconsole.lock"
        holder = """other 1\n{"who": "anna", "origin": "laptop"}\n"""
        script = f"rm -rf {lock}; mkdir {lock}; cat >{lock}/holder; chmod -R a+rX {lock}"

        def steal() -> None:
            faults.execute(world.host.name, ["sh", "-c", script], stdin=holder)

        def give_back() -> None:
            faults.execute(world.host.name, ["rm", "-rf", lock])

        try:
            if case.step == 0:
                steal()
                result = await world.run(plan, wait_lock_seconds=0)
                assert result.state is RunState.REFUSED
                assert "anna on laptop" in result.verdict
                give_back()
                agree(world, result, case.before)
                return

            def hook(progress: Progress) -> None:
                if progress.step == case.step and progress.steps[case.step] is StepState.PLANNED:
                    steal()

            world.hooks.append(hook)
            result = await world.run(plan)
            assert (result.state, result.resumable) == (RunState.NEEDS_PERSON, True), result
            agree(world, result, case.before)
            ran = case.subject.ran() if case.subject.ran is not None else {}
            assert ran.get(plan.steps[case.step].name, 0) == 0
        finally:
            give_back()
            world.hooks.clear()
        result = await world.resume(result.run_id)
        assert result.state is RunState.DONE, result
        agree(world, result, case.before)


async def ledger_not_writable(case: Case) -> None:
    """The intent cannot be written, so the step does not begin; when it can be again, the run goes on."""
    real = Ledger.open(case.folder / "ledger.db")
    refusing = True

    def refuses(entry: Entry) -> bool:
        return (
            refusing
            and entry.kind in {"intent", "undo-intent", "verdict", "interrupted"}
            and (bool(started.get(entry.kind)) or entry.step == name or not entry.step)
        )

    started: dict[str, bool] = {}
    stubborn: Any = StubbornLedger(real, refuses)
    async with case.world().open(stubborn) as world:
        plan = await world.planned(changed(case.step, lambda step: also(step, "true")))
        name = plan.steps[case.step].name
        result = await world.run(plan)
        assert (result.state, result.resumable) == (RunState.NEEDS_PERSON, True), result
        assert "cannot be written" in result.verdict
        assert f"intent {name}" not in world.story(result.run_id)
        if case.subject.ran is not None:
            assert case.subject.ran().get(name, 0) == 0
        refusing = False
        assert [row.run_id for row in world.runner.interrupted()] == [result.run_id]
        result = await world.resume(result.run_id)
        assert result.state is RunState.DONE, result
        agree(world, result, case.before)


FAULTS: dict[str, Callable[[Case], Awaitable[None]]] = {
    "connection-cut": connection_cut,
    "deadline": deadline,
    "command-missing": command_missing,
    "postcondition-false": postcondition_false,
    "disk-full": disk_full,
    "wrong-sudo-password": wrong_sudo_password,
    "lock-held": lock_held,
    "ledger-not-writable": ledger_not_writable,
}
"""Name -> what happens; `console-killed` is `check_killed`, drift is the recipe's own (`check_drift`)."""
