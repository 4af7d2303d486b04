"""Faults that are put into a plan, and into a ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from opsconsole.data.ledger import Entry, Head, Ledger, LedgerError
from opsconsole.recipes.recipe import Check, Plan, Step

MISSING = "opsconsole-no-such-command"


def changed(index: int, change: Callable[[Step], Step]) -> Callable[[Plan], Plan]:
    """Return what changes one step of a plan."""

    def apply(plan: Plan) -> Plan:
        steps = list(plan.steps)
        steps[index] = change(steps[index])
        return replace(plan, steps=tuple(steps))

    return apply


def also(step: Step, *argv: str, first: bool = False) -> Step:
    """Return the step with one command more."""
    command = replace(step.commands[0], argv=argv, stdin=None)
    return replace(step, commands=(command, *step.commands) if first else (*step.commands, command))


def long(seconds: float) -> Callable[[Step], Step]:
    """Return what makes a step last longer, before and after what it does."""

    def change(step: Step) -> Step:
        return also(also(step, "sleep", f"{seconds:g}", first=True), "sleep", f"{seconds:g}")

    return change


def late(step: Step) -> Step:
    return replace(also(step, "sleep", "600"), deadline_seconds=1.0)


def missing(step: Step) -> Step:
    return also(step, MISSING)


def untrue(step: Step) -> Step:
    command = replace(step.check.command, argv=("sh", "-c", "echo 17 of 20 lines; exit 1"), stdin=None)
    return replace(step, check=Check("it is so", command))


def full(folder: str) -> Callable[[Step], Step]:
    def change(step: Step) -> Step:
        file = f"{folder}/.opsconsole-lab-full"
        assert step.undo is not None
        rest = replace(step.undo.commands[0], argv=("rm", "-f", file), stdin=None)
        undo = replace(step.undo, commands=(rest, *step.undo.commands))
        return replace(also(step, "dd", "if=/dev/zero", f"of={file}", "bs=64k"), undo=undo)

    return change


class StubbornLedger:
    """A ledger that takes no event of some kind; everything else is the real one's."""

    def __init__(self, ledger: Ledger, refuses: Callable[[Entry], bool]) -> None:
        self._ledger = ledger
        self._refuses = refuses

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    def append(self, entry: Entry, **more: Any) -> Head:
        if self._refuses(entry):
            raise LedgerError(f"the ledger {self._ledger.path} cannot be written: No space left on device")
        return self._ledger.append(entry, **more)
