"""The tests of a room of log-rotation's matrix whose steps cannot be taken back.

(
    test_every_fault_at_every_step,
    test_a_killed_console_goes_on_and_nothing_runs_twice,
    test_drift_is_refused_with_the_difference,
    test_the_steps_are_those_of_the_matrix,
) = four_tests(Room(SUBJECT, STEPS, DRIFT))
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from tests.lab import matrix, matrix_for_good
from tests.lab.log_rotation_lab import sh
from tests.lab.matrix_log_rotation import each

Test = Callable[..., Awaitable[None]]


@dataclass(frozen=True)
class Room:
    """A host, and the steps that are tried there.

    Attributes:
        subject: What is run.
        steps: Names of the steps that change something, in the order of the plan.
        drift: Step -> what changes between plan and run of what it rests on, and what the refusal says.
        killed_at: At which points of each step a console is killed.
        full: Step -> the folder whose disk is full while it acts, where that is not the subject's.
    """

    subject: matrix.Subject
    steps: tuple[str, ...]
    drift: Mapping[str, tuple[str, str]]
    killed_at: tuple[str, ...] = ("running", "outcome")
    full: Mapping[str, str] = field(default_factory=dict)


def four_tests(room: Room) -> tuple[Test, Test, Test, Test]:
    """Return the tests, in the order above."""
    subject, steps = room.subject, room.steps

    @each(steps, *matrix_for_good.FAULTS)
    async def test_every_fault_at_every_step(lab, tmp_path: Path, name: str, fault: str) -> None:
        tried = replace(subject, full=room.full.get(name, subject.full))
        await matrix_for_good.check(lab, tmp_path, tried, fault, steps.index(name))

    @pytest.mark.parametrize("event", room.killed_at)
    @each(steps, "console-killed")
    async def test_a_killed_console_goes_on_and_nothing_runs_twice(
        lab, tmp_path: Path, name: str, fault: str, event: str
    ) -> None:
        await matrix_for_good.check_killed(lab, tmp_path, subject, f"{event} {name}")

    @each(steps, "drift")
    async def test_drift_is_refused_with_the_difference(lab, tmp_path: Path, name: str, fault: str) -> None:
        script, words = room.drift[name]
        await matrix.check_drift(lab, tmp_path, subject, lambda: sh(subject.host, script), words)

    async def test_the_steps_are_those_of_the_matrix(lab, tmp_path: Path) -> None:
        subject.prepare()
        async with matrix.World(lab, subject, tmp_path).open() as world:
            assert tuple(step.name for step in (await world.planned()).steps) == (*steps, "prove")

    return (
        test_every_fault_at_every_step,
        test_a_killed_console_goes_on_and_nothing_runs_twice,
        test_drift_is_refused_with_the_difference,
        test_the_steps_are_those_of_the_matrix,
    )
