"""A recipe refuses the undo of a run whose console was closed in the midst: it stays what it was."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Set
from dataclasses import replace
from pathlib import Path

import pytest

from opsconsole.data.host import Shell
from opsconsole.recipes.recipe import Plan
from opsconsole.recipes.runner.state import RunState, StepState
from tests.lab import matrix
from tests.lab.matrix import World
from tests.lab.recipe_trio import TrioRecipe, subject

pytestmark = pytest.mark.lab

HOST, FOLDER = "nosystemd1", "/tmp/lab-runner-undo-refused"


class Wary(TrioRecipe):
    """The three files, of which somebody needs one meanwhile."""

    says = "a is needed now"

    async def undo_trouble(self, _shell: Shell, _plan: Plan, _steps: Set[str]) -> str:
        """Return why not; see `Recipe`."""
        return self.says


@pytest.fixture
async def world(lab, tmp_path: Path) -> AsyncIterator[World]:
    wary = replace(subject(HOST, FOLDER), recipe=Wary())
    wary.prepare()
    async with World(lab, wary, tmp_path).open() as open_world:
        yield open_world


async def _left(world: World) -> str:
    """Return the run of a console that was closed while its second step was at work."""
    plan = await world.planned(matrix.changed(1, matrix.long(1.0)))
    running = asyncio.Event()

    async def tell() -> None:
        running.set()

    world.when_running(1, tell)
    task = asyncio.create_task(world.run(plan))
    await running.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return world.seen[-1].run_id


async def test_an_open_run_goes_on_forward(world: World) -> None:
    before = world.subject.state()
    run_id = await _left(world)
    holder = await world.runner.holder(world.shell)
    refused = await world.undo(run_id)
    assert (refused.state, refused.resumable) == (RunState.REFUSED, True)
    assert "a is needed now; nothing was changed" in refused.verdict
    now = await world.runner.holder(world.shell)
    assert holder is not None
    assert now is not None
    assert now.run_id == holder.run_id == run_id  # its second step may still be at work
    assert [row.run_id for row in world.runner.interrupted()] == [run_id]
    result = await world.resume(run_id)
    assert result.state is RunState.DONE, result
    assert [step.state for step in result.steps] == [StepState.DONE] * 3
    assert await world.runner.holder(world.shell) is None
    matrix.agree(world, result, before)


async def test_a_lock_that_was_not_there_is_not_left_there(world: World) -> None:
    run_id = await _left(world)
    await world.runner.break_lock(world.shell, holder_run_id=run_id, reason="test")
    assert (await world.undo(run_id)).state is RunState.REFUSED
    assert await world.runner.holder(world.shell) is None
    result = await world.resume(run_id)  # what is known of its job is still there
    assert result.state is RunState.DONE, result
    assert world.subject.ran is not None
    assert set(world.subject.ran().values()) == {1}


async def test_an_ended_run_is_over_again_though_its_console_was_closed_at_the_question(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = await world.run(await world.planned())
    asked = asyncio.Event()

    async def ask_for_ever(*_words: object) -> str:
        asked.set()
        await asyncio.Event().wait()
        return ""

    with monkeypatch.context() as patched:
        patched.setattr(Wary, "undo_trouble", ask_for_ever)
        task = asyncio.create_task(world.undo(done.run_id))
        await asked.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    after = world.subject.state()
    refused = await world.resume(done.run_id)
    assert (refused.state, refused.verdict) == (RunState.REFUSED, "a is needed now")
    assert world.subject.state() == after
    assert world.runner.interrupted() == []
    assert await world.runner.holder(world.shell) is None
    monkeypatch.setattr(Wary, "says", "")
    assert (await world.undo(done.run_id)).state is RunState.UNDONE
