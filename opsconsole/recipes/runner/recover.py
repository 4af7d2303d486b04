"""From the events of a run to where it stands: what `resume` and `undo` begin with. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from opsconsole.data.ledger import Event
from opsconsole.data.ledger_entry import (
    ACTING_KINDS,
    CHECK,
    INTENT,
    OUTCOME,
    REFUSED,
    START,
    UNDO_ASKED,
    UNDO_CHECK,
    UNDO_INTENT,
    UNDO_OUTCOME,
    UNDO_REFUSED,
    VERDICT,
)
from opsconsole.recipes.recipe import Plan
from opsconsole.recipes.runner.jobs import JobState
from opsconsole.recipes.runner.lock import SILENCE_SECONDS
from opsconsole.recipes.runner.owner import Owner
from opsconsole.recipes.runner.state import StepState
from opsconsole.recipes.runner.steps import JOB, PROOF, UNDO_JOB, UNDO_PROOF, StepRun

INTERRUPTED = "interrupted"
Body = Mapping[str, Any]
_STOPPED = "it was stopped by the operator"


@dataclass(frozen=True, slots=True)
class Standing:
    """What a run was before a person asked for its undo, and is again when that is refused.

    Attributes:
        verdict: Its verdict; empty: it was open.
        verdict_text: That verdict's words.
        back: Why it went backwards; empty: it went forward.
        undo_asked: A person had asked for that.
    """

    verdict: str
    verdict_text: str
    back: str
    undo_asked: bool


@dataclass(slots=True)
class Recovered:
    """Where a run stands.

    Attributes:
        steps: Every step.
        started_at: When it began.
        verdict: Its last verdict; empty: it is open.
        verdict_text: That verdict's words.
        refused: It was refused before it began.
        back: Why it goes backwards; empty: it goes forward.
        undo_asked: A person asked for that: who takes all back has done what was wanted.
        before_undo: What it was before an undo that was asked for and not begun yet; None: there is none.
        reason: Why, as the operator typed it at its start.
        incident: Id of the incident or maintenance.
        owner: The console that drove it last; None: nobody does any more, it said so itself.
        silence_seconds: How long the lock on the host must have been silent for another console to take the
            run over; None: it must not, for its console lives.
    """

    steps: list[StepRun]
    started_at: datetime | None = None
    verdict: str = ""
    verdict_text: str = ""
    refused: bool = False
    back: str = ""
    undo_asked: bool = False
    before_undo: Standing | None = None
    reason: str = ""
    incident: str = ""
    owner: Owner | None = None
    silence_seconds: float | None = 0.0
    _by_name: dict[str, StepRun] = field(default_factory=dict)
    _proved: set[str] = field(default_factory=set)

    @property
    def is_fresh(self) -> bool:
        """Whether no step was begun."""
        return all(not step.pending and step.state is StepState.PLANNED for step in self.steps)

    @property
    def applied(self) -> list[StepRun]:
        """The steps that the host has, wholly or in part, as far as is known."""
        gone = {StepState.PLANNED, StepState.UNDONE}
        return [record for record in self.steps if record.state not in gone or record.pending]

    @property
    def standing(self) -> Standing:
        """What the run is when an undo of it is refused."""
        return self.before_undo or Standing(self.verdict, self.verdict_text, self.back, self.undo_asked)

    @property
    def no_way_back(self) -> str:
        """Why the run cannot be taken back; empty: nothing that is known stands against it."""
        if self.refused or (self.verdict and not self.applied):
            return f"there is nothing to take back: {self.verdict_text or 'the run was refused'}"
        stuck = [record.step for record in self.applied if record.step.undo is None]
        titles = ", ".join(f"“{step.title}” ({step.irreversible})" for step in stuck)
        return f"it cannot be taken back: {titles}" if stuck else ""


def recover(plan: Plan, events: Iterable[Event], run_id: str) -> Recovered:
    """Return where a run stands by its events, in order."""
    found = Recovered([StepRun(step) for step in plan.steps])
    found._by_name = {record.step.name: record for record in found.steps}
    for event in events:
        _run_event(found, event)
        record = found._by_name.get(event.step)
        if record is not None and event.kind in _STEP_EVENTS:
            _STEP_EVENTS[event.kind](found, record, event.body)
    if found.owner is not None and not found.verdict:
        alive = found.owner.is_alive(run_id)
        found.silence_seconds = SILENCE_SECONDS if alive is None else None if alive else 0.0
    return found


def last_owner(events: Iterable[Event]) -> Owner | None:
    """Return the console that drives a run by its events; None: none does any more."""
    owner: Owner | None = None
    for event in events:
        if event.kind in ACTING_KINDS:
            owner = Owner.read(event.body.get("console"))
        elif event.kind in {INTERRUPTED, UNDO_REFUSED}:
            owner = None
    return owner


def _run_event(found: Recovered, event: Event) -> None:
    if event.kind == UNDO_ASKED:
        found.before_undo = found.standing
    elif event.kind in {UNDO_INTENT, VERDICT}:
        found.before_undo = None
    if event.kind in ACTING_KINDS:
        found.verdict = found.verdict_text = ""
        found.owner = Owner.read(event.body.get("console"))
    if event.kind == START:
        found.started_at, found.reason, found.incident = event.at, event.reason, event.incident
    elif event.kind == UNDO_ASKED:
        found.back, found.undo_asked = "the operator asked for it to be undone", True
    elif event.kind == "cancelled":
        found.back = found.back or _STOPPED
    elif event.kind == INTERRUPTED:
        found.owner = None
    elif event.kind == UNDO_REFUSED:
        before = found.standing
        found.verdict, found.verdict_text = before.verdict, before.verdict_text
        found.back, found.undo_asked = before.back, before.undo_asked
        found.before_undo = found.owner = None
    elif event.kind == REFUSED and found.started_at is None:
        found.refused = True
        found.started_at = event.at
    elif event.kind == VERDICT:
        found.verdict, found.verdict_text = event.verdict, str(event.body.get("text", ""))
        found.back, found.undo_asked = "", False


def _intent(_found: Recovered, record: StepRun, body: Body) -> None:
    record.pending, record.state = JOB, StepState.RUNNING
    record.boot_id = str(body.get("boot_id", ""))


def _outcome(found: Recovered, record: StepRun, body: Body) -> None:
    failure = str(body.get("failure") or "")
    record.seconds = _seconds(body)
    record.pending = "" if failure else PROOF
    if failure:
        record.state = StepState.PLANNED if body.get("began") is False else StepState.FAILED
        record.evidence = failure
        _go_back(found, record, failure)


def _check(found: Recovered, record: StepRun, body: Body) -> None:
    record.evidence = str(body.get("evidence", ""))
    record.pending = ""
    if body.get("holds") is not True:
        record.state = StepState.FAILED
        says = body.get("says", record.step.check.says)
        _go_back(found, record, f"its postcondition ({says}) was not proved")
    elif record.armed:  # the timer is disarmed after the check: until then the step is not done
        record.pending = PROOF
        found._proved.add(record.step.name)
    else:
        record.state = StepState.DONE


def _armed(_found: Recovered, record: StepRun, body: Body) -> None:
    record.armed = True
    _undo_begun(record, body)


def _disarmed(found: Recovered, record: StepRun, _body: Body) -> None:
    if record.armed and record.pending == PROOF and record.step.name in found._proved:
        record.pending, record.state = "", StepState.DONE
    record.armed = False


def _fired(found: Recovered, record: StepRun, _body: Body) -> None:
    if record.pending == PROOF:
        record.pending, record.state = "", StepState.FAILED
    else:  # told after its undo ended
        record.armed = False
    _go_back(found, record, "the host's timer had taken it back")


def _undo_intent(_found: Recovered, record: StepRun, body: Body) -> None:
    record.pending = UNDO_JOB
    _undo_begun(record, body)


def _undo_outcome(_found: Recovered, record: StepRun, body: Body) -> None:
    record.pending = UNDO_PROOF
    if body.get("began") is False or body.get("state") == JobState.REBOOTED.value:
        record.pending, record.state = "", StepState.FAILED
        record.armed = False


def _undo_check(_found: Recovered, record: StepRun, body: Body) -> None:
    record.pending, record.armed = "", False
    record.state = StepState.UNDONE if body.get("holds") is True else StepState.FAILED
    record.evidence = str(body.get("evidence", ""))


_STEP_EVENTS: Mapping[str, Callable[[Recovered, StepRun, Body], None]] = {
    INTENT: _intent,
    OUTCOME: _outcome,
    CHECK: _check,
    "dead-man-armed": _armed,
    "dead-man-disarmed": _disarmed,
    "dead-man-fired": _fired,
    UNDO_INTENT: _undo_intent,
    UNDO_OUTCOME: _undo_outcome,
    UNDO_CHECK: _undo_check,
}


def _go_back(found: Recovered, record: StepRun, failure: str) -> None:
    found.back = found.back or f"“{record.step.title}” failed: {failure}"


def _undo_begun(record: StepRun, body: Body) -> None:
    attempt = body.get("undo")
    record.undos = attempt if isinstance(attempt, int) else record.undos + 1
    record.undo_boot_id = str(body.get("boot_id", ""))


def _seconds(body: Body) -> float:
    seconds = body.get("seconds")
    return float(seconds) if isinstance(seconds, int | float) else 0.0
