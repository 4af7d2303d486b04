"""The failure matrix of the recipe has no hole: each step that it can plan, each fault of the contract."""

from __future__ import annotations

import ast
import itertools
from pathlib import Path

from opsconsole.recipes import log_rotation
from tests.lab import matrix_log_rotation as matrix
from tests.lab.matrix_table import tried

CONTRACT = {
    "connection-cut",
    "console-killed",
    "deadline",
    "wrong-sudo-password",
    "disk-full",
    "command-missing",
    "postcondition-false",
    "lock-held",
    "drift",
    "ledger-not-writable",
}


def planned_steps() -> set[str]:
    """Return the name of every step in the recipe's source."""
    names = set()
    for file in Path(log_rotation.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Step":
                (name,) = (word.value for word in node.keywords if word.arg == "name")
                assert isinstance(name, ast.Constant), f"{file.name}: a step whose name is made"
                names.add(str(name.value))
    return names


def test_every_step_meets_every_fault_or_it_is_told_why_not() -> None:
    steps = planned_steps()
    assert len(steps) == 10
    assert set(matrix.FAULTS) == CONTRACT
    wanted = set(itertools.product(steps, CONTRACT))
    assert set(matrix.IMPOSSIBLE) <= wanted
    assert all(len(reason) > 40 for reason in matrix.IMPOSSIBLE.values())
    assert wanted - set().union(*map(tried, matrix.ROOMS)) == set(matrix.IMPOSSIBLE)


def test_each_room_tries_its_own_steps_and_no_others() -> None:
    for module, steps in matrix.ROOMS.items():
        assert {name for name, _ in tried(module)} == set(steps)
