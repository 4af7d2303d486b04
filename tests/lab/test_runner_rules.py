"""The runner's rules on a real host: policy, confirmation, locks, stopping, leaving, no way back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from opsconsole.recipes.recipe import UNTOUCHED_STATUS, Step
from opsconsole.recipes.runner import lock
from opsconsole.recipes.runner.lock import Holder, LockError
from opsconsole.recipes.runner.policy import Policy
from opsconsole.recipes.runner.state import Control, Phase, Progress, RunState, StepState
from tests.lab import faults, matrix
from tests.lab.matrix import World
from tests.lab.recipe_trio import NAMES, subject

pytestmark = pytest.mark.lab

HOST, FOLDER = "nosystemd1", "/tmp/lab-runner-rules"
SUBJECT = subject(HOST, FOLDER)


@pytest.fixture
async def world(lab, tmp_path: Path) -> AsyncIterator[World]:
    SUBJECT.prepare()
    async with World(lab, SUBJECT, tmp_path).open() as open_world:
        yield open_world


async def test_a_plan_changes_nothing(world: World) -> None:
    """Not a file of the host, with its times and modes, not a job, not a lock. (Logs of logins do change.)"""
    script = (
        "find / \\( -path /proc -o -path /sys -o -path /dev -o -path /var/log"
        " -o -path /run/sshd -o -path /run/sudo -o -path /run/utmp -o -path /run/opsconsole-lab"
        " \\) -prune -o -printf '%p %m %u %s %T@ %C@\\n' | sort"
    )

    def snapshot() -> set[str]:
        return set(faults.execute(HOST, ["sh", "-c", script]).stdout.splitlines())

    before = snapshot()
    assert len(before) > 1000
    plan = await world.planned()
    assert len(plan.steps) == 3
    assert snapshot() ^ before == set()
    assert await world.runner.holder(world.shell) is None


async def test_what_is_read_only_is_refused_at_every_entrance(world: World) -> None:
    before = SUBJECT.state()
    plan = await world.planned()
    done = await world.run(plan)
    assert done.state is RunState.DONE
    after = SUBJECT.state()
    host = replace(world.host, environment="production")
    policies = [
        (Policy(read_only=True), world.host, "the console is read-only"),
        (Policy(read_only_environments=frozenset({"Production"})), host, "environment production"),
        (Policy(), replace(host, read_only=True), "nosystemd1 is read-only"),
    ]
    for policy, one, words in policies:
        runner = world.new_runner(policy=policy)
        world.shell._host = one  # type: ignore[attr-defined]
        for result in (
            await runner.run(plan, world.shell, confirmed=plan.plan_id),
            await runner.resume(done.run_id, world.shell),
            await runner.undo(done.run_id, world.shell),
        ):
            assert result.state is RunState.REFUSED
            assert result.exit_status == 3
            assert words in result.verdict
            assert world.story(result.run_id)[-1] in {"verdict", "refused"}
        with pytest.raises(LockError, match=words):
            await runner.break_lock(world.shell, holder_run_id="x", reason="test")
    assert SUBJECT.state() == after != before
    assert await world.runner.holder(world.shell) is None


async def test_only_what_was_confirmed_is_applied(world: World) -> None:
    before = SUBJECT.state()
    plan = await world.planned()
    for confirmed in ("", "0123456789abcdef"):
        result = await world.run(plan, confirmed=confirmed)
        assert result.state is RunState.REFUSED
        assert "was not confirmed" in result.verdict
        matrix.agree(world, result, before)
    other = replace(plan, version=2)
    result = await world.run(other, confirmed=other.plan_id)
    assert (result.state, "plan again" in result.verdict) == (RunState.REFUSED, True)
    other = replace(plan, host="web1")
    result = await world.run(other, confirmed=other.plan_id)
    assert (result.state, "is for web1" in result.verdict) == (RunState.REFUSED, True)


async def test_a_lock_is_waited_for_shown_and_broken_on_purpose(world: World) -> None:
    before = SUBJECT.state()
    plan = await world.planned()
    other = Holder("run-of-anna", "anna", "laptop", "scaling", "2026-11-26 05:00 UTC")
    assert (await world.shell.run(lock.take(other, "t", silence_seconds=60, sudo=True))).ok
    holder = await world.runner.holder(world.shell)
    assert holder is not None
    assert "anna on laptop (scaling, run run-of-anna, since 2026-11-26 05:00 UTC" in str(holder)

    released = asyncio.Event()

    def release(progress: Progress) -> None:
        if progress.phase is Phase.LOCKING and "anna" in progress.message and not released.is_set():
            released.set()
            command = lock.finish("run-of-anna", "t", "", sudo=True)
            world.tasks.append(asyncio.create_task(_ran(world, command)))

    world.hooks.append(release)
    result = await world.run(plan)
    assert released.is_set()
    assert result.state is RunState.DONE, result
    matrix.agree(world, result, before)
    assert (await world.undo(result.run_id)).state is RunState.UNDONE

    world.hooks.clear()
    SUBJECT.prepare()
    assert (await world.shell.run(lock.take(other, "t", silence_seconds=60, sudo=True))).ok
    result = await world.run(plan, wait_lock_seconds=0)
    assert (result.state, "anna on laptop" in result.verdict) == (RunState.REFUSED, True)
    with pytest.raises(LockError, match="run-of-anna"):
        await world.runner.break_lock(world.shell, holder_run_id="another", reason="test")
    words = await world.runner.break_lock(world.shell, holder_run_id="run-of-anna", reason="she is away")
    assert "is broken" in words
    broken = [event for event in world.ledger.all_events() if event.kind == "lock-broken"]
    assert {event.reason for event in broken} >= {"she is away"}
    result = await world.run(plan, wait_lock_seconds=0)
    assert result.state is RunState.DONE
    matrix.agree(world, result, before)


async def _ran(world: World, command: object) -> None:
    await world.shell.run(command)  # type: ignore[arg-type]


async def test_what_a_user_put_at_the_lock_s_place_is_not_believed(world: World) -> None:
    """A made-up holder, and a beat that is a link to a file of root's: nothing is taken over or written."""
    before = SUBJECT.state()
    plan = await world.planned()
    done = await world.run(plan)
    made = f"""file=/root/lab-runner-victim; echo keep >$file; chmod 600 $file; touch -d 2001-01-01 $file
    cd /run/lock 2>/dev/null || cd /tmp; mkdir opsconsole.lock; cd opsconsole.lock
    echo {done.run_id} x >holder; ln -s $file beat; touch -h -d 2001-01-01 beat; chown -hR nobody ."""
    victim = ["stat", "-c", "%a %s %Y", "/root/lab-runner-victim"]
    assert faults.execute(HOST, ["sh", "-c", made]).returncode == 0
    kept = faults.execute(HOST, victim).stdout
    try:
        for refused in (await world.undo(done.run_id), await world.run(plan, wait_lock_seconds=0)):
            assert refused.state is RunState.REFUSED, refused
        assert "a folder of nobody at the lock's place" in refused.verdict
        holder = await world.runner.holder(world.shell)
        assert holder is not None
        words = await world.runner.break_lock(world.shell, holder_run_id=holder.run_id, reason="not a lock")
        assert "is broken" in words
        assert await world.runner.holder(world.shell) is None
        assert (await world.undo(done.run_id)).state is RunState.UNDONE
        assert faults.execute(HOST, victim).stdout == kept
    finally:
        faults.execute(
            HOST,
            ["rm", "-rf", "/root/lab-runner-victim", "/run/lock/opsconsole.lock", "/tmp/opsconsole.lock"],
        )
    assert SUBJECT.state() == before


async def test_a_living_run_is_not_taken_over(world: World) -> None:
    """Neither by this console, nor by another on this machine, nor by one elsewhere while it is heard of."""
    before = SUBJECT.state()
    plan = await world.planned(matrix.changed(1, matrix.long(1.5)))
    answers: list[object] = []

    async def intrude() -> None:
        run_id = world.seen[-1].run_id
        assert world.runner.interrupted() == []
        answers.append(await world.runner.resume(run_id, world.shell))
        answers.append(await world.runner.undo(run_id, world.shell))
        mine = Holder(run_id, "eve", "elsewhere", "trio", "now")
        output = await world.shell.run(lock.take(mine, "another", silence_seconds=60, sudo=True))
        answers.append(lock.read_lock(output).state)

    world.when_running(1, intrude)
    result = await world.run(plan)
    await asyncio.gather(*world.tasks)
    assert result.state is RunState.DONE, result
    matrix.agree(world, result, before)
    resumed, undone, taken = answers
    for refused in (resumed, undone):
        assert refused.state is RunState.REFUSED  # type: ignore[attr-defined]
    assert taken is lock.LockState.ALIVE


async def test_stopping_undoes_at_the_next_boundary(world: World) -> None:
    before = SUBJECT.state()
    plan = await world.planned(matrix.changed(1, matrix.long(0.5)))
    control = Control()

    async def stop() -> None:
        control.stop_after_step()

    world.when_running(1, stop)
    result = await world.run(plan, control=control)
    assert result.state is RunState.UNDONE, result
    assert "it was stopped before “append" in result.verdict
    matrix.agree(world, result, before)
    assert SUBJECT.ran is not None
    assert dict(SUBJECT.ran()) == {"write": 1, "edit": 1, "append": 0}


async def test_a_console_that_quits_leaves_the_job_running(world: World) -> None:
    before = SUBJECT.state()
    plan = await world.planned(matrix.changed(1, matrix.long(0.7)))
    quitting = asyncio.Event()

    async def quit_() -> None:
        quitting.set()

    world.when_running(1, quit_)
    task = asyncio.create_task(world.run(plan))
    await quitting.wait()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    rows = world.runner.interrupted()
    assert len(rows) == 1
    assert world.story(rows[0].run_id)[-1] == "interrupted"
    result = await world.resume(rows[0].run_id)
    assert result.state is RunState.DONE, result
    matrix.agree(world, result, before)


def irreversible(step: Step) -> Step:
    return replace(step, undo=None, irreversible="the file is overwritten")


async def test_what_cannot_be_undone_stays_and_is_told(world: World) -> None:
    """The step after it fails: that one is taken back, the irreversible one and those before it stay."""
    plan = await world.planned(
        lambda plan: matrix.changed(2, matrix.untrue)(matrix.changed(1, irreversible)(plan))
    )
    result = await world.run(plan)
    assert (result.state, result.resumable) == (RunState.NEEDS_PERSON, False), result
    assert [step.state for step in result.steps] == [StepState.DONE, StepState.DONE, StepState.UNDONE]
    assert "cannot be taken back: the file is overwritten; its postcondition holds" in result.verdict
    assert "to do: look at nosystemd1" in result.verdict
    matrix.agree(world, result, "")
    refused = await world.undo(result.run_id)
    assert (refused.state, "the file is overwritten" in refused.verdict) == (RunState.REFUSED, True)
    assert [row.verdict for row in world.ledger.runs()] == ["needs-person"]


async def test_what_refused_before_it_touched_anything_strands_no_run(world: World) -> None:
    """Though it could not be undone, the steps before it are taken back."""
    before = SUBJECT.state()

    def refuses(step: Step) -> Step:
        said = f'echo "not as planned: nothing was touched"; exit {UNTOUCHED_STATUS}'
        return matrix.also(irreversible(step), "sh", "-c", said, first=True)

    plan = await world.planned(matrix.changed(2, refuses))
    result = await world.run(plan)
    assert (result.state, result.exit_status) == (RunState.UNDONE, 1), result
    assert [step.state for step in result.steps] == [StepState.UNDONE, StepState.UNDONE, StepState.PLANNED]
    assert "it refused, and nothing was touched: not as planned" in result.verdict
    matrix.agree(world, result, before)


async def test_an_undo_that_fails_can_be_tried_again(world: World) -> None:
    before = SUBJECT.state()

    def stubborn(step: Step) -> Step:
        assert step.undo is not None
        script = '[ -e "$0" ] || { echo "not while it is there" >&2; exit 5; }'
        gate = replace(step.commands[0], argv=("sh", "-c", script, f"{FOLDER}/../lab-runner-gate"))
        return replace(step, undo=replace(step.undo, commands=(gate, *step.undo.commands)))

    plan = await world.planned(
        lambda plan: matrix.changed(2, matrix.missing)(matrix.changed(1, stubborn)(plan))
    )
    result = await world.run(plan)
    assert result.state is RunState.NEEDS_PERSON, result
    assert "not while it is there" in result.verdict
    assert [step.state for step in result.steps] == [StepState.DONE, StepState.FAILED, StepState.UNDONE]
    faults.execute(HOST, ["touch", f"{FOLDER}/../lab-runner-gate"])
    try:
        result = await world.undo(result.run_id)
    finally:
        faults.execute(HOST, ["rm", "-f", f"{FOLDER}/../lab-runner-gate"])
    assert result.state is RunState.UNDONE, result
    matrix.agree(world, result, before)
    assert "nothing to take back" in (await world.undo(result.run_id)).verdict


async def test_a_check_is_waited_for(world: World) -> None:
    def patient(step: Step) -> Step:
        script = f'[ -e "{FOLDER}/late" ] && echo "it is there"'
        check = replace(
            step.check,
            command=replace(step.check.command, argv=("sh", "-c", script)),
            within_seconds=10,
        )
        late = f"(sleep 1; touch {FOLDER}/late) >/dev/null 2>&1 &"
        return replace(matrix.also(step, "sh", "-c", late), check=check)

    began = time.monotonic()
    result = await world.run(await world.planned(matrix.changed(0, patient)))
    faults.execute(HOST, ["rm", "-f", f"{FOLDER}/late"])
    assert result.state is RunState.DONE, result
    assert result.steps[0].evidence == "it is there"
    assert time.monotonic() - began < 9
    tries = [event.body["tries"] for event in world.events(result.run_id) if event.kind == "check"]
    assert tries[0] > 1
    assert [step.name for step in result.steps] == list(NAMES)
