"""A console in a process of its own that runs a kept plan, and kills itself with SIGKILL at a point of it."""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from opsconsole.data.ledger import Entry, Head, Ledger
from opsconsole.recipes import document
from opsconsole.recipes.runner.state import Progress, StepState
from tests.lab import matrix
from tests.lab.conftest import lab


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class FatalLedger(matrix.StubbornLedger):
    """Kills the console right after an event is durable."""

    def __init__(self, ledger: Ledger, kind: str, step: str) -> None:
        super().__init__(ledger, lambda _entry: False)
        self._fatal = (kind, step)

    def append(self, entry: Entry, **more: Any) -> Head:
        head = super().append(entry, **more)
        if (entry.kind, entry.step) == self._fatal:
            die()
        return head


async def main(wishes: dict[str, str], secrets: dict[str, str]) -> None:
    module, _, attribute = wishes["recipe"].partition(":")
    recipe = getattr(importlib.import_module(module), attribute)
    subject = matrix.Subject(
        recipe, {}, wishes["host"], lambda: None, lambda: "", user=wishes["user"], secrets=secrets
    )
    world = matrix.World(lab.__wrapped__(), subject, Path(wishes["ledger"]).parent)
    kind, _, step = wishes["point"].partition(" ")
    ledger: Any = FatalLedger(Ledger.open(Path(wishes["ledger"])), kind, step)
    async with world.open(ledger) as open_world:
        kept = ledger.plan(wishes["plan"])
        plan = document.from_document(kept)

        def hook(progress: Progress) -> None:
            running = progress.step is not None and progress.steps[progress.step] is StepState.RUNNING
            # Told by the host itself, after its answer: the job is under way there.
            if kind == "running" and running and plan.steps[progress.step or 0].name == step and told:
                die()
            if running and plan.steps[progress.step or 0].name == step:
                told.append(True)

        told: list[bool] = []
        open_world.hooks.append(hook)
        sys.stdout.write(repr(await open_world.run(plan)))


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1]), json.loads(sys.stdin.read())))
