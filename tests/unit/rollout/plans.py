"""Plans for tests that need no recipe."""

from __future__ import annotations

from opsconsole.data.host import Command
from opsconsole.recipes.recipe import Check, Plan, Step, Undo

CHECK = Check("it is there", Command(("test", "-e", "/tmp/it")))
UNDO = Undo("take it away", (Command(("rm", "/tmp/it")),), CHECK)


def step(name: str = "make", *, reversible: bool = True) -> Step:
    return Step(
        name=name,
        title=f"{name} it",
        commands=(Command(("touch", "/tmp/it")),),
        effect="0 → 1 files",
        check=CHECK,
        undo=UNDO if reversible else None,
        irreversible="" if reversible else "it is deleted",
    )


def plan(host: str, *steps: Step) -> Plan:
    return Plan("demo", 1, host, {"keep": 3}, {"there": False}, steps, "makes it")
