"""A console that is killed at any point of its run, and the next one that finds what it left."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from opsconsole.recipes.recipe import Plan
from opsconsole.recipes.runner.state import RunState
from tests.lab.conftest import Lab
from tests.lab.matrix_agree import agree
from tests.lab.matrix_plan import changed, long
from tests.lab.matrix_world import Subject, World


def kill_points(names: Sequence[str]) -> list[str]:
    """Return where a console is killed: right after each event of its run, and while a job runs."""
    points = ["start", "lock-taken"]
    for name in names:
        points += [f"intent {name}", f"running {name}", f"outcome {name}", f"check {name}"]
    return [*points, "verdict"]


async def check_killed(lab: Lab, folder: Path, subject: Subject, point: str, way: str) -> None:
    """Kill a console with SIGKILL at a point of its run; a new one finds it, and goes on or takes it back."""
    subject.prepare()
    before = subject.state()
    async with World(lab, subject, folder).open() as world:
        kind, _, name = point.partition(" ")
        index = next((at for at, step in enumerate((await world.planned()).steps) if step.name == name), -1)
        plan = await world.planned(changed(index, long(0.7)) if kind == "running" else lambda plan: plan)
        child = await asyncio.to_thread(console_until, world, plan, point)
        assert child.returncode == -signal.SIGKILL, child
        rows = await asyncio.to_thread(world.ledger.runs)
        run_id = rows[0].run_id
        if point == "verdict":
            assert world.runner.interrupted() == []
            result = await (world.resume(run_id) if way == "resume" else world.undo(run_id))
            expected = RunState.REFUSED if way == "resume" else RunState.UNDONE
            assert result.state is expected, result
            if way == "resume":  # the lock that the dead console left is not in the way of the next run
                assert (await world.run(plan)).state is RunState.REFUSED
                assert "lock-broken" in [event.kind for event in world.ledger.all_events()]
            else:
                agree(world, result, before)
            return
        assert [row.run_id for row in world.runner.interrupted()] == [run_id]
        result = await (world.resume(run_id) if way == "resume" else world.undo(run_id))
        assert result.state is (RunState.DONE if way == "resume" else RunState.UNDONE), result
        agree(world, result, before)
        assert world.runner.interrupted() == []


def console_until(world: World, plan: Plan, point: str) -> subprocess.CompletedProcess[str]:
    """Run a plan in a process of its own, that kills itself at a point."""
    wishes = {
        "ledger": str(world.path),
        "host": world.subject.host,
        "user": world.subject.user,
        "plan": plan.plan_id,
        "recipe": world.subject.load,
        "point": point,
    }
    return subprocess.run(
        [sys.executable, "-m", "tests.lab.matrix_console", json.dumps(wishes)],
        input=json.dumps(dict(world.subject.secrets)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
