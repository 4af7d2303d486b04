"""`Runs`: plans kept, runs driven host after host, stopped, left, resumed; the runner only pretends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from opsconsole.console.plans import RunsError
from opsconsole.console.runs import Runs
from opsconsole.console.settings import Settings
from opsconsole.data.ledger import Ledger, LedgerError, RunQuery
from opsconsole.recipes.recipe import ParameterError, Plan, PlanError
from opsconsole.recipes.runner.rollout import Batch, Pace, fleet_id
from opsconsole.recipes.runner.state import RunState, StepState

from .demo import FakeRunner

Make = Callable[..., Runs]


async def plans_of(runs: Runs, *hosts: str, **texts: str) -> list[Plan]:
    return [await runs.plan("demo", host, texts) for host in hosts]


async def test_a_plan_is_kept_and_found_by_its_id(make_runs: Make) -> None:
    runs = make_runs("web1")
    [plan] = await plans_of(runs, "web1", files="3")
    assert len(plan.steps) == 3
    assert await runs.trail.stored(await runs.keep([plan])) == [plan]
    await runs.close()


async def test_several_plans_are_kept_under_one_id_in_their_order(make_runs: Make) -> None:
    runs = make_runs("web1", "web2")
    plans = await plans_of(runs, "web2", "web1")
    plan_id = await runs.keep(plans)
    assert plan_id == fleet_id(plans)
    assert await runs.trail.stored(plan_id) == plans
    await runs.close()


async def test_what_cannot_be_planned_is_told(make_runs: Make) -> None:
    runs = make_runs("web1", "broken", "away", away=("away",))
    with pytest.raises(PlanError, match="there is no recipe 'dema'; did you mean demo"):
        await runs.plan("dema", "web1", {})
    with pytest.raises(ParameterError, match="files: found"):
        await runs.plan("demo", "web1", {"files": "many"})
    with pytest.raises(PlanError, match="it has no /tmp"):
        await runs.plan("demo", "broken", {})
    with pytest.raises(Exception, match="connection refused"):
        await runs.plan("demo", "away", {})
    with pytest.raises(RunsError, match="there is no plan 0123"):
        await runs.trail.stored("0123")
    await runs.close()


async def test_without_a_ledger_there_is_no_plan() -> None:
    runs = Runs(Settings(), {}.__getitem__, {}.__getitem__)
    assert await runs.interrupted() == []
    with pytest.raises(LedgerError, match="there is no ledger"):
        await runs.trail.stored("0123")


async def test_a_run_goes_on_by_itself_and_tells_who_listens(
    make_runs: Make, runner: type[FakeRunner]
) -> None:
    runs = make_runs("web1")
    plans = await plans_of(runs, "web1")
    changes = runs.subscribe()
    live = runs.start(
        plans, confirmed=plans[0].plan_id, reason="disk full", incident="INC-7", secrets={"word": "x"}
    )
    one = live.hosts["web1"]
    assert (live.done, one.state, [step.state for step in one.steps]) == (False, "waiting", ["planned"] * 2)
    await live.wait()
    assert (live.done, one.state, live.exit_status) == (True, "done", 0)
    assert one.result is not None
    assert one.progress is not None
    assert (one.progress.step, one.run_id) == (1, one.result.run_id)
    assert changes.take() == {live.key}
    assert runs.live == {live.key: live}
    seen = {"reason": "disk full", "incident": "INC-7", "secrets": {"word": "x"}, "wait_lock_seconds": 0.0}
    assert runner.seen == [seen]
    await runs.close()


async def test_what_was_not_confirmed_is_refused_by_the_runner_itself(make_runs: Make) -> None:
    runs = make_runs("web1", "web2")
    plans = await plans_of(runs, "web1", "web2")
    for confirmed in ("", plans[0].plan_id, fleet_id(plans[::-1])):
        live = runs.start(plans, confirmed=confirmed, pace=Pace(Batch(2)))
        await live.wait()
        assert [one.state for one in live.hosts.values()] == ["refused", "refused"]
        assert live.exit_status == 3
    await runs.close()


async def test_hosts_come_batch_after_batch_until_too_many_have_failed(
    make_runs: Make, runner: type[FakeRunner]
) -> None:
    names = ("web1", "web2", "web3", "web4", "web5")
    runs = make_runs(*names)
    plans = await plans_of(runs, *names)
    runner.ends["web2"] = RunState.UNDONE
    live = runs.start(plans, confirmed=fleet_id(plans), pace=Pace(Batch(2), max_failures=0))
    await live.wait()
    assert {name: one.state for name, one in live.hosts.items()} == {
        "web1": "done",
        "web2": "undone",
        "web3": "not-started",
        "web4": "not-started",
        "web5": "not-started",
    }
    assert live.exit_status == 1
    assert live.rollout.stopped == "1 failed (web2), 0 may"
    assert [host for _, host in runner.calls] == ["web1", "web2"]
    live = runs.start(plans, confirmed=fleet_id(plans), pace=Pace(Batch(0, 40), max_failures=1))
    await live.wait()
    assert [one.state for one in live.hosts.values()] == ["done", "undone", "done", "done", "done"]
    await runs.close()


async def test_a_host_that_is_away_is_refused_and_counts_as_failed(make_runs: Make) -> None:
    runs = make_runs("web1", "web2")
    plans = await plans_of(runs, "web1", "web2")
    away = make_runs("web1", "web2", away=("web1",))
    live = away.start(plans, confirmed=fleet_id(plans))
    await live.wait()
    assert [one.state for one in live.hosts.values()] == ["refused", "not-started"]
    assert live.hosts["web1"].result is not None
    assert live.hosts["web1"].result.verdict == "web1: connection refused"
    assert live.exit_status == 3
    await away.close()
    await runs.close()


async def test_a_mistake_of_ours_needs_a_person_and_is_told(
    make_runs: Make, runner: type[FakeRunner]
) -> None:
    runs = make_runs("web1")
    plans = await plans_of(runs, "web1")
    runner.broken = True
    live = runs.start(plans, confirmed=plans[0].plan_id)
    await live.wait()
    result = live.hosts["web1"].result
    assert result is not None
    assert (result.state, live.exit_status) == (RunState.NEEDS_PERSON, 4)
    assert "a mistake of opsconsole: RuntimeError('a bug')" in result.verdict
    await runs.close()


async def test_stopped_it_ends_after_the_step_and_begins_with_no_other(
    make_runs: Make, runner: type[FakeRunner]
) -> None:
    runs = make_runs("web1", "web2")
    plans = await plans_of(runs, "web1", "web2")
    hold = runner.holds["web1"] = asyncio.Event()
    live = runs.start(plans, confirmed=fleet_id(plans))
    changes = runs.subscribe()
    await changes.wait()
    live.stop()
    hold.set()
    await live.wait()
    assert [one.state for one in live.hosts.values()] == ["undone", "not-started"]
    assert (live.stopping, live.rollout.stopped, live.exit_status) == (True, "stopped by the operator", 1)
    await runs.close()


async def test_left_it_is_interrupted_and_can_be_taken_up_by_who_confirms_its_plan(
    make_runs: Make, runner: type[FakeRunner]
) -> None:
    runs = make_runs("web1", "web2")
    plans = await plans_of(runs, "web1", "web2")
    runner.holds["web1"] = asyncio.Event()
    live = runs.start(plans, confirmed=fleet_id(plans))
    changes = runs.subscribe()
    await changes.wait()
    live.leave()
    await live.wait()
    left = live.hosts["web1"]
    assert [one.state for one in live.hosts.values()] == ["interrupted", "not-started"]
    assert (left.steps[0].state, live.exit_status) == (StepState.RUNNING, 4)
    runner.interrupted_ids.add(left.run_id)
    assert [row.run_id for row in await runs.interrupted()] == [left.run_id]
    assert await runs.plan_of(left.run_id) == plans[0]
    with pytest.raises(RunsError, match=f"applied plan {plans[0].plan_id}; none was confirmed"):
        await runs.resume(left.run_id, confirmed="")
    del runner.holds["web1"]
    for take_up, state in ((runs.resume, "done"), (runs.undo, "undone")):
        live = await take_up(left.run_id[:6], confirmed=plans[0].plan_id, reason="again")
        await live.wait()
        assert (live.hosts["web1"].state, live.exit_status) == (state, 0)
    assert runner.calls[1:] == [("resume", left.run_id), ("undo", left.run_id)]
    await runs.close()


@pytest.mark.parametrize("kind", ["resume", "undo"])
async def test_a_run_that_is_taken_up_while_its_host_is_away_stays_one_to_take_up(
    make_runs: Make, runner: type[FakeRunner], kind: str
) -> None:
    runs = make_runs("web1")
    plans = await plans_of(runs, "web1")
    runner.holds["web1"] = asyncio.Event()
    live = runs.start(plans, confirmed=plans[0].plan_id)
    await runs.subscribe().wait()
    live.leave()
    await live.wait()
    run_id = live.hosts["web1"].run_id
    await runs.close()

    runs = make_runs("web1", away=("web1",))
    live = await getattr(runs, kind)(run_id, confirmed=plans[0].plan_id)
    await live.wait()
    result = live.hosts["web1"].result
    assert result is not None
    assert (result.state.value, result.verdict) == ("refused", "web1: connection refused")
    assert (result.run_id, result.resumable) == (run_id, True)
    await runs.close()


async def test_closing_leaves_what_goes_on(make_runs: Make, runner: type[FakeRunner], tmp_path: Path) -> None:
    runs = make_runs("web1")
    plans = await plans_of(runs, "web1")
    runner.holds["web1"] = asyncio.Event()
    live = runs.start(plans, confirmed=plans[0].plan_id)
    changes = runs.subscribe()
    await changes.wait()
    await runs.close()
    assert live.hosts["web1"].state == "interrupted"
    ledger = Ledger.open(tmp_path / "ledger.sqlite")
    assert [row.host for row in ledger.open_runs()] == ["web1"]
    ledger.close()


async def test_runs_are_found_by_how_their_id_begins(make_runs: Make) -> None:
    runs = make_runs("web1")
    plans = await plans_of(runs, "web1")
    for _ in range(2):
        await runs.start(plans, confirmed=plans[0].plan_id).wait()
    assert (await runs.trail.row("0001")).run_id == "0001-web1"
    assert len(await runs.trail.rows(RunQuery(host="web1"), 10)) == 2
    for asked, said in (
        ("000", "more than one run begins with 000"),
        ("9", "there is no run 9"),
        ("", "no run"),
    ):
        with pytest.raises(RunsError, match=said):
            await runs.trail.row(asked)
    await runs.close()


async def test_a_lock_that_is_not_broken_is_told(make_runs: Make) -> None:
    runs = make_runs("web1")
    said = await runs.break_lock("web1", holder_run_id="0001", reason="it crashed")
    assert said == "the lock of web1 is gone: it crashed"
    with pytest.raises(RunsError, match="held by another run"):
        await runs.break_lock("web1", holder_run_id="0002", reason="")
    await runs.close()


async def test_a_host_without_an_inventory_entry_gets_nothing(make_runs: Make) -> None:
    runs = make_runs("web1")
    plans = await plans_of(runs, "web1")
    other = make_runs("web2")
    with pytest.raises(RunsError, match="the host web1 is not in the inventory"):
        other.start(plans, confirmed=plans[0].plan_id)
    with pytest.raises(RunsError, match="two plans for one host"):
        runs.start(plans * 2, confirmed=fleet_id(plans * 2))
    await runs.close()
