"""Where a run stands by its events: what resume and undo begin with after the console was killed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.recipes.runner.recover import last_owner, recover
from opsconsole.recipes.runner.state import StepState
from opsconsole.recipes.runner.steps import JOB, PROOF, UNDO_JOB, UNDO_PROOF
from tests.unit.runner.runner_samples import BEGAN, RUN, events, plan, step

INTENT = ("intent", "one", {"boot_id": "b1"})
DONE = ("outcome", "one", {"exit_status": 0, "seconds": 1.5})
PROVED = ("check", "one", {"holds": True, "evidence": "inode 7"})
SECOND = ("intent", "two", {"boot_id": "b1"})
FAILED = ("outcome", "two", {"failure": "exit status 1"})
UNDONE = ("verdict", "", {"verdict": "undone", "text": "as before"})
CONSOLE = {"machine": "desk", "boot": "x", "pid": 7, "started": 5}

Said = tuple[str, str, dict[str, Any]]


@pytest.mark.parametrize(
    ("said", "states", "pending"),
    [
        ([], ["planned", "planned"], ["", ""]),
        ([INTENT], ["running", "planned"], [JOB, ""]),
        ([INTENT, DONE], ["running", "planned"], [PROOF, ""]),
        ([INTENT, DONE, PROVED], ["done", "planned"], ["", ""]),
        ([INTENT, DONE, PROVED, SECOND], ["done", "running"], ["", JOB]),
        ([INTENT, DONE, PROVED, SECOND, FAILED], ["done", "failed"], ["", ""]),
        (
            [INTENT, ("outcome", "one", {"failure": "half an upload", "began": False})],
            ["planned"] * 2,
            [""] * 2,
        ),
        ([INTENT, DONE, ("check", "one", {"holds": None})], ["failed", "planned"], ["", ""]),
        ([INTENT, DONE, PROVED, ("undo-intent", "one", {"undo": 1})], ["done", "planned"], [UNDO_JOB, ""]),
        (
            [INTENT, DONE, PROVED, ("undo-intent", "one", {"undo": 1}), ("undo-outcome", "one", {})],
            ["done", "planned"],
            [UNDO_PROOF, ""],
        ),
        (
            [
                INTENT,
                DONE,
                PROVED,
                ("undo-intent", "one", {"undo": 1}),
                ("undo-check", "one", {"holds": True}),
            ],
            ["undone", "planned"],
            ["", ""],
        ),
    ],
)
def test_each_cut_of_the_story_leaves_the_steps_where_they_stand(
    said: list[Said], states: list[str], pending: list[str]
) -> None:
    found = recover(plan(), events(*said), RUN)
    assert [record.state.value for record in found.steps] == states
    assert [record.pending for record in found.steps] == pending
    assert found.started_at is not None
    assert (found.started_at - BEGAN).total_seconds() == 1


def test_a_failure_is_gone_back_from_and_never_on() -> None:
    found = recover(plan(), events(INTENT, DONE, PROVED, SECOND, FAILED), RUN)
    assert found.back == "“do two” failed: exit status 1"
    assert recover(plan(), events(INTENT, DONE, PROVED), RUN).back == ""


def test_an_armed_step_is_not_done_before_its_timer_is_off() -> None:
    armed = ("dead-man-armed", "one", {"undo": 1, "boot_id": "b1"})
    record = recover(plan(), events(INTENT, armed, DONE, PROVED), RUN).steps[0]
    assert (record.state, record.pending, record.armed) == (StepState.RUNNING, PROOF, True)
    off = ("dead-man-disarmed", "one", {})
    record = recover(plan(), events(INTENT, armed, DONE, PROVED, off), RUN).steps[0]
    assert (record.state, record.pending, record.armed) == (StepState.DONE, "", False)
    found = recover(plan(), events(INTENT, armed, DONE, PROVED, ("dead-man-fired", "one", {})), RUN)
    assert found.steps[0].state is StepState.FAILED
    assert "timer had taken it back" in found.back


def test_whoever_drove_it_last_said_so_or_left() -> None:
    driven = [("resumed", "", {"console": CONSOLE})]
    assert last_owner(events(*driven)) is not None
    assert last_owner(events(*driven, ("interrupted", "", {}))) is None


def test_a_verdict_is_taken_back_by_resuming() -> None:
    ended = [INTENT, DONE, PROVED, ("verdict", "", {"verdict": "done", "text": "all"})]
    assert recover(plan(), events(*ended), RUN).verdict == "done"
    again = recover(plan(), events(*ended, ("undo-asked", "", {})), RUN)
    assert (again.verdict, again.back) == ("", "the operator asked for it to be undone")


def test_an_undo_that_is_refused_leaves_no_trace() -> None:
    driven = ("resumed", "", {"console": CONSOLE})
    asked, refused = ("undo-asked", "", {"console": CONSOLE}), ("undo-refused", "", {})
    for before in ([INTENT, DONE, PROVED], [INTENT, DONE, PROVED, SECOND, FAILED]):
        found = recover(plan(), events(*before, asked, asked, refused), RUN)
        assert found == recover(plan(), events(*before), RUN)
        assert last_owner(events(*before, driven, asked, refused)) is None


KINDS = [
    "start",
    "refused",
    "intent",
    "outcome",
    "check",
    "undo-intent",
    "undo-outcome",
    "undo-check",
    "dead-man-armed",
    "dead-man-fired",
    "dead-man-disarmed",
    "resumed",
    "undo-asked",
    "undo-refused",
    "cancelled",
    "interrupted",
    "verdict",
    "reconnected",
    "nonsense",
]
BODIES = st.dictionaries(
    st.sampled_from(["holds", "failure", "began", "undo", "boot_id", "seconds", "state", "console", "text"]),
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
)


@given(st.lists(st.tuples(st.sampled_from(KINDS), st.sampled_from(["one", "two", "", "three"]), BODIES)))
def test_any_story_leaves_every_step_in_a_known_state(said: list[Said]) -> None:
    found = recover(plan(), events(*said), RUN)
    for record in found.steps:
        assert record.state in set(StepState)
        assert record.pending in {"", JOB, PROOF, UNDO_JOB, UNDO_PROOF}
        proved = [body for kind, name, body in said if (kind, name) == ("check", record.step.name)]
        if record.state is StepState.DONE:
            assert any(body.get("holds") is True for body in proved)  # nothing is done that was not proved


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ([], ""),
        ([INTENT, DONE, PROVED], ""),
        ([INTENT, DONE, PROVED, SECOND], "it cannot be taken back: “do two” (sent)"),
        ([INTENT, DONE, PROVED, SECOND, FAILED], "it cannot be taken back: “do two” (sent)"),
        (
            [INTENT, DONE, PROVED, ("outcome", "two", {"failure": "no room", "began": False})],
            "",
        ),
        (
            [INTENT, DONE, PROVED, ("undo-check", "one", {"holds": True}), UNDONE],
            "there is nothing to take back: as before",
        ),
        ([("verdict", "", {"verdict": "refused", "text": "drift"})], "there is nothing to take back: drift"),
    ],
)
def test_whether_there_is_a_way_back_is_known_before_anybody_is_asked(said: list[Said], why: str) -> None:
    steps = (step("one"), step("two", undo=None, irreversible="sent"))
    assert recover(plan(*steps), events(*said), RUN).no_way_back == why
