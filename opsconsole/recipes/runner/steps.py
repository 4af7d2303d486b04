"""What is known of a run's steps while it goes on; what a run that is resumed begins with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from opsconsole.data.host import Output
from opsconsole.recipes.recipe import Step
from opsconsole.recipes.runner.jobs import JobState
from opsconsole.recipes.runner.state import RunState, StepResult, StepState

# What is written, and whose end is still to come: `pending` of a step.
JOB, PROOF, UNDO_JOB, UNDO_PROOF = "job", "check", "undo", "undo-check"


@dataclass(slots=True)
class StepRun:
    """What is known of one step.

    Attributes:
        step: The step.
        state: Where it stands.
        evidence: What its last check said, or why it failed.
        seconds: How long its job ran.
        pending: Whose end the ledger does not know yet; empty: nothing is under way.
        boot_id: The boot of the host in which its job was begun.
        undos: How many undo jobs there have been.
        undo_boot_id: The boot in which the last of them was begun.
        armed: That one is armed on the host's timer.
    """

    step: Step
    state: StepState = StepState.PLANNED
    evidence: str = ""
    seconds: float = 0.0
    pending: str = ""
    boot_id: str = ""
    undos: int = 0
    undo_boot_id: str = ""
    armed: bool = False

    def result(self) -> StepResult:
        """Return it as others see it."""
        return StepResult(self.step.name, self.step.title, self.state, self.evidence, self.seconds)


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended, and its verdict."""

    state: RunState
    verdict: str


@dataclass(frozen=True, slots=True)
class JobEnd:
    """How a job ended.

    Attributes:
        failure: Why it is no success; empty: it is one.
        began: Whether it touched anything, or may have; False: it never started, or refused before.
        state: As the host told; None: it did not tell.
        by_timer: The host's timer started it.
        checked: What its check left behind, when it was asked for with the job.
    """

    failure: str
    began: bool
    state: JobState | None
    by_timer: bool = False
    checked: Output | None = None


@dataclass(slots=True)
class Place:
    """Where the run's jobs are.

    Attributes:
        run_id: The run.
        token: Of its lock.
        boot_id: The host's boot.
        relock: Takes the lock again after the host was restarted, and returns the new boot's id.
    """

    run_id: str
    token: str
    boot_id: str
    relock: Callable[[], Awaitable[str]]
