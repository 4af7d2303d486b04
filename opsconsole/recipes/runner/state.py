"""What is known of a run: its result, its steps, and how it goes on at the moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

DOCUMENT_VERSION = 1


class RunState(StrEnum):
    """How a run ended."""

    DONE = "done"
    """Every step was applied and proved."""
    UNDONE = "undone"
    """It failed or was stopped; every applied step was taken back, and that was proved."""
    REFUSED = "refused"
    """Nothing was changed."""
    NEEDS_PERSON = "needs-person"
    """It stands somewhere between: the verdict says where, what is left, and what to do."""

    @property
    def exit_status(self) -> int:
        """The exit status of `opsconsole run`; where an undo was asked for see `RunResult.exit_status`."""
        return _EXIT_STATUS[self]


_EXIT_STATUS = {RunState.DONE: 0, RunState.UNDONE: 1, RunState.REFUSED: 3, RunState.NEEDS_PERSON: 4}


class StepState(StrEnum):
    """Where one step stands."""

    PLANNED = "planned"
    """Its job was never started, or refused before it touched anything."""
    RUNNING = "running"
    """It was begun and nothing is known of its end."""
    DONE = "done"
    """Applied, and its check holds."""
    FAILED = "failed"
    """Begun, failed or not proved, and not taken back: the host has it wholly, in part, or not."""
    UNDONE = "undone"
    """Taken back, and the check of its undo holds."""


class Phase(StrEnum):
    """What a run does at the moment. The value is the word that is shown."""

    LOCKING = "waiting for the lock"
    READING = "reading"
    ARMING = "arming the timer"
    STEP = "running"
    CHECKING = "checking"
    DISARMING = "disarming the timer"
    UNDOING = "undoing"
    RECONNECTING = "reconnecting"
    FINISHING = "finishing"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class StepResult:
    """One step of a run.

    Attributes:
        name: The step's name.
        title: Its title.
        state: Where it stands.
        evidence: What its check said, or why it failed; cleaned and redacted.
        seconds: How long its job ran, as seen from here; 0.0 when it is not known.
    """

    name: str
    title: str
    state: StepState
    evidence: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a run ended, or where it had to be left.

    Attributes:
        run_id: Its id.
        plan_id: The plan's.
        host: Name of the host.
        recipe: Name of the recipe.
        state: How it ended.
        verdict: What an engineer must know, in a sentence or more; cleaned and redacted.
        steps: Every step of the plan, in order.
        started_at: When (UTC).
        ended_at: When (UTC).
        resumable: There is no verdict in the ledger: `resume` or `undo` can take it up.
        undo_asked: A person asked for it to be taken back, just now or before the run was taken up again.
    """

    run_id: str
    plan_id: str
    host: str
    recipe: str
    state: RunState
    verdict: str
    steps: tuple[StepResult, ...]
    started_at: datetime
    ended_at: datetime
    resumable: bool = False
    undo_asked: bool = False

    @property
    def exit_status(self) -> int:
        """0 done, or undone as was asked for · 1 undone · 3 refused · 4 needs a person."""
        return 0 if self.is_taken_back else self.state.exit_status

    @property
    def is_taken_back(self) -> bool:
        """Whether a person asked for the undo and got it, whole and proved."""
        return self.undo_asked and self.state is RunState.UNDONE

    def document(self) -> dict[str, Any]:
        """Return the run document."""
        return {
            "version": DOCUMENT_VERSION,
            "run_id": self.run_id,
            "plan_id": self.plan_id,
            "host": self.host,
            "recipe": self.recipe,
            "state": self.state.value,
            "started_at": self.started_at.isoformat(),
            "ended_at": self.ended_at.isoformat(),
            "resumable": self.resumable,
            "steps": [
                {
                    "name": step.name,
                    "title": step.title,
                    "state": step.state.value,
                    "evidence": step.evidence,
                    "seconds": round(step.seconds, 3),
                }
                for step in self.steps
            ],
            "verdict": self.verdict,
        }


@dataclass(frozen=True, slots=True)
class Progress:
    """How a run goes on; told at every change, and about once a second while a job runs.

    Attributes:
        run_id: Its id.
        host: Name of the host.
        step: Index of the step in the plan; None before the first and after the last.
        phase: What it does.
        elapsed_seconds: Since this step began; since the run began when there is no step.
        output_tail: The last of what the job wrote; cleaned and redacted.
        output_bytes: How much it wrote so far.
        message: One line for a person, such as who holds the lock.
        steps: Where every step stands, in the plan's order.
        results: The same with what each step's check said, as soon as it has.
    """

    run_id: str
    host: str
    step: int | None
    phase: Phase
    elapsed_seconds: float = 0.0
    output_tail: str = ""
    output_bytes: int = 0
    message: str = ""
    steps: tuple[StepState, ...] = ()
    results: tuple[StepResult, ...] = ()


Listener = Callable[[Progress], None]


class Control:
    """How to stop a run that goes on. Made by who starts it, asked by the runner between two steps."""

    def __init__(self) -> None:
        self._stop = False

    def stop_after_step(self) -> None:
        """Stop at the next boundary between two steps, and undo what was applied."""
        self._stop = True

    @property
    def is_stopping(self) -> bool:
        """Whether it was asked to stop."""
        return self._stop
