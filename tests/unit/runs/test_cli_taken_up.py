"""The verbs of runs that were: list, resume, undo, unlock; the runner only pretends."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsconsole.data.ledger import Entry, Ledger, Operator
from opsconsole.data.ledger_entry import UNDO_ASKED

from .cli_room import Call, Interrupting, call, planned
from .demo import FakeRunner

_ = call  # a fixture


@pytest.fixture
def interrupted(call: Call, runner: type[FakeRunner], tmp_path: Path) -> str:
    """Return the id of an interrupted run."""
    plan_id = planned(call, "web1", "--set=files=1")
    runner.holds["web1"] = Interrupting(2)  # type: ignore[assignment]
    call("run", "demo", "web1", f"--confirm={plan_id}", "--reason=why not")
    del runner.holds["web1"]
    runner.interrupted_ids.add("0001-web1")
    return "0001-web1"


def test_interrupted_runs_come_first_with_what_to_do(call: Call, interrupted: str) -> None:
    plan_id = planned(call, "web2")
    call("run", "demo", "web2", f"--confirm={plan_id}")
    answer = call("runs")
    lines = answer.out.splitlines()
    assert answer.status == 0
    assert lines[0] == "demo on web1 was interrupted:"
    assert lines[1].startswith(f"   look:   opsconsole runs {interrupted}")
    assert lines[2].startswith(f"   resume: opsconsole resume {interrupted}")
    assert lines[3].startswith(f"   undo:   opsconsole undo {interrupted}")
    assert [line.split()[4] for line in lines[5:]] == ["interrupted", "done"]
    runs = call("runs", "--json").json("runs")["runs"]
    assert [(run["state"], run["host"], run["reason"]) for run in runs] == [
        ("interrupted", "web1", ""),
        ("done", "web2", ""),
    ]


def test_a_list_that_is_cut_short_says_so(call: Call, interrupted: str) -> None:
    for _ in range(2):
        plan_id = planned(call, "web2")
        call("run", "demo", "web2", f"--confirm={plan_id}")
        assert "only the newest" not in call("runs", "--limit=2").err
    answer = call("runs", "--limit=1")
    assert "only the newest 1 of the runs that ended; --limit N lists N of them" in answer.err
    assert answer.out.count("done") == 1
    assert "interrupted" in answer.out


def test_every_verb_that_reads_the_inventory_tells_of_interrupted_runs(call: Call, interrupted: str) -> None:
    answer = call("hosts")
    assert answer.status == 0
    assert "opsconsole: warning: run 0001-web1 of demo on web1, " in answer.err
    assert "`resume 0001-web1` to go on, `undo 0001-web1` to take it back" in answer.err


def test_one_run_is_told_step_by_step(call: Call, interrupted: str) -> None:
    answer = call("runs", interrupted)
    assert answer.status == 0
    lines = answer.out.splitlines()
    assert "interrupted" in lines[1]
    assert lines[2] == "    1 touch file 0  planned"
    assert lines[-1].startswith("undo:   opsconsole undo 0001-web1")
    [run] = call("runs", interrupted, "--json").json("runs")["runs"]
    assert [step["state"] for step in run["steps"]] == ["planned"]


@pytest.mark.parametrize("verb", ["resume", "undo"])
def test_a_run_is_taken_up_by_who_confirms_its_plan(
    call: Call, runner: type[FakeRunner], interrupted: str, verb: str
) -> None:
    shown = call(verb, interrupted)
    assert shown.status == 3
    assert "risk: reversible" in shown.out
    plan_id = shown.out.split("plan ")[1].split()[0]
    assert f"opsconsole {verb} {interrupted} --confirm={plan_id}" in shown.err
    call(verb, interrupted, "--json").json("plan")
    assert runner.calls == [("run", "web1")]
    wrong = call(verb, interrupted, "--confirm=0123")
    assert (wrong.status, wrong.out) == (3, "")
    assert f"run {interrupted} applied plan {plan_id}; 0123 was confirmed; nothing was changed" in wrong.err
    taken_up = call(verb, interrupted[:6], f"--confirm={plan_id}", "--json")
    assert (taken_up.status, taken_up.json("run")["state"]) == (0, {"resume": "done", "undo": "undone"}[verb])
    assert runner.calls == [("run", "web1"), (verb, interrupted)]


def test_a_run_that_goes_backwards_says_so_before_it_is_gone_on_with(
    call: Call, interrupted: str, tmp_path: Path
) -> None:
    back = "goes on taking it back, for the operator asked for it to be undone"
    assert "resume goes on with it from where it stands" in call("resume", interrupted).err
    assert back not in call("runs", interrupted).out
    ledger = Ledger.open(tmp_path / "ledger.sqlite")
    ledger.append(Entry(kind=UNDO_ASKED, run_id=interrupted, host="web1", operator=Operator("ada")))
    ledger.close()
    assert f"applied this plan; resume {back}\n" in call("resume", interrupted).err
    assert f"   `resume` {back}\nlook:" in call("runs", interrupted).out


@pytest.mark.parametrize("verb", ["runs", "resume", "undo"])
def test_a_run_that_is_not_there_is_refused(call: Call, verb: str) -> None:
    answer = call(verb, "nope")
    assert (answer.status, answer.out) == (3, "")
    assert "there is no run nope; `opsconsole runs` lists them" in answer.err


def test_a_look_makes_no_ledger(call: Call, tmp_path: Path) -> None:
    answer = call("runs")
    assert (answer.status, answer.out) == (0, "There are no runs yet.\n")
    assert call("runs", "--json").json("runs")["runs"] == []
    for argv in (("runs", "x"), ("undo", "x"), ("resume", "x"), ("run", "demo", "web1", "--confirm=0123")):
        assert call(*argv).status == 3
    assert list(tmp_path.glob("ledger*")) == []


def test_a_look_changes_no_ledger(call: Call, interrupted: str, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.sqlite"
    ledger.chmod(0o640)
    for argv in (("runs",), ("runs", interrupted), ("undo", interrupted)):
        call(*argv)
    assert ledger.stat().st_mode & 0o777 == 0o640  # who opens it to write mends that


def test_a_ledger_that_is_gone_is_not_taken_for_none(call: Call, interrupted: str, tmp_path: Path) -> None:
    for file in tmp_path.glob("ledger.sqlite*"):
        if "anchors" not in file.name:
            file.unlink()
    answer = call("runs")
    assert (answer.status, answer.out) == (3, "")
    assert "ledger.sqlite is gone; its anchors know 2 events" in answer.err
    assert "ledger.sqlite is gone; its anchors know 2 events" in call("hosts").err


def test_a_ledger_that_cannot_be_had_refuses_every_verb(call: Call, tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").mkdir()
    for argv in (
        ("plan", "demo", "web1"),
        ("run", "demo", "web1", "--confirm=0123"),
        ("runs",),
        ("resume", "x"),
        ("undo", "x"),
        ("unlock", "web1", "--holder=0001", "--reason=x"),
    ):
        answer = call(*argv)
        assert (answer.status, answer.out) == (3, ""), argv
        assert "ledger.sqlite" in answer.err


def test_a_lock_is_broken_on_purpose_only(call: Call) -> None:
    answer = call("unlock", "web1", "--holder=0001", "--reason=it crashed")
    assert (answer.status, answer.out) == (0, "the lock of web1 is gone: it crashed\n")
    document = call("unlock", "web1", "--holder=0001", "--reason=it crashed", "--json").json("unlock")
    assert (document["host"], document["holder"]) == ("web1", "0001")
    assert document["said"] == "the lock of web1 is gone: it crashed"
    answer = call("unlock", "web1", "--holder=0002", "--reason=it crashed")
    assert (answer.status, answer.out) == (3, "")
    assert "refused: it is held by another run" in answer.err


def test_the_ledger_keeps_every_plan_that_was_shown(call: Call, tmp_path: Path) -> None:
    plan_id = planned(call, "@web")
    ledger = Ledger.read(tmp_path / "ledger.sqlite")
    kept = ledger.plan(plan_id)
    assert kept is not None
    assert all(ledger.plan(part["plan_id"]) for part in kept["plans"])
    ledger.close()
