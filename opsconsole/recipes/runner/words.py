"""What a run has to say, in sentences for a person. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from opsconsole.data.text import clean_line
from opsconsole.data.units import format_duration
from opsconsole.recipes.recipe import Plan, Step
from opsconsole.recipes.runner.jobs import Job, JobReport, JobState
from opsconsole.recipes.runner.state import StepState

_SAID_CHARS = 200


def why_failed(job: Job, report: JobReport, said: str) -> str:
    """Return why a job is no success; empty: it is one.

    Args:
        job: The job.
        report: How it ended.
        said: What it said; cleaned and redacted.
    """
    if report.ok:
        return ""
    if report.refused:
        return f"it refused, and nothing was touched{_last_line(said)}"
    if report.state is JobState.DONE and report.late:
        return f"it was ended at its deadline of {format_duration(job.deadline_seconds)}{_last_line(said)}"
    if report.state is JobState.DONE:
        which = ""
        if 0 < report.command <= len(job.commands):
            program = clean_line(job.commands[report.command - 1].argv[0], 100)
            which = f" ({program})"
            if len(job.commands) > 1:
                which = f" {report.command} of {len(job.commands)}{which}"
        return f"its command{which} ended with status {report.exit_status}{_last_line(said)}"
    return {
        JobState.SHORT: "it was not started: its files found no room in the host's memory",
        JobState.WITHDRAWN: "it was not started: the host did not begin with it in time",
        JobState.REBOOTED: "the host was restarted meanwhile, and whether it ran is not known",
    }.get(report.state, "it was ended on the host without a word, wholly or in part done")


def _last_line(said: str) -> str:
    lines = [line for line in said.splitlines() if line.strip()]
    return f": {clean_line(lines[-1], _SAID_CHARS)}" if lines else ""


def done(plan: Plan) -> str:
    """Return the verdict when all steps are applied."""
    if not plan.steps:
        return f"there was nothing to do: {plan.summary}"
    count = f"all {len(plan.steps)} steps are" if len(plan.steps) > 1 else "its one step is"
    return f"{count} applied and proved: {plan.summary}"


def undone(why: str, host: str, count: int, by_timer: Sequence[str]) -> str:
    """Return the verdict when every applied step was taken back, some by the host's timer."""
    if not count:
        return f"{why}; nothing had been changed on {host}"
    steps = f"{count} steps were" if count > 1 else "1 step was"
    timer = f" ({_titles(by_timer)} by the timer on the host)" if by_timer else ""
    return f"{why}; {steps} taken back{timer}, and it is proved that {host} is as before"


def irreversible(why: str, step: Step, holds: bool | None, evidence: str) -> list[str]:
    """Return the lines that say that a step stays applied."""
    state = "whether its postcondition holds is not known"
    if holds is not None:
        state = "its postcondition holds" if holds else "its postcondition does not hold"
    return [why, f"“{step.title}” cannot be taken back: {step.irreversible}; {state}{_last_line(evidence)}"]


def not_undone(why: str, step: Step, failure: str) -> list[str]:
    """Return the lines that say that a step could not be taken back."""
    return [why, f"“{step.title}” could not be taken back ({step.undo.says if step.undo else ''}): {failure}"]


def left(lines: Sequence[str], plan: Plan, states: Sequence[StepState], run_id: str) -> str:
    """Return the verdict when a person is needed: what happened, what is left on the host, what to do."""
    pairs = list(zip(plan.steps, states, strict=True))
    applied = [step.title for step, state in pairs if state is StepState.DONE]
    unclear = [step.title for step, state in pairs if state in {StepState.FAILED, StepState.RUNNING}]
    taken = [step.title for step, state in pairs if state is StepState.UNDONE]
    parts = list(lines)
    if unclear:
        parts.append(f"in part or wholly applied on {plan.host}: {_titles(unclear)}")
    if applied:
        parts.append(f"applied and left: {_titles(applied)}")
    if taken:
        parts.append(f"taken back: {_titles(taken)}")
    stuck = any(step.undo is None and state is not StepState.PLANNED for step, state in pairs)
    if stuck:
        parts.append(f"to do: look at {plan.host} and decide by hand; this cannot be undone from here")
    else:
        parts.append(f"to do: look at {plan.host}; `opsconsole undo {run_id}` tries again to take it back")
    return "; ".join(parts)


def interrupted(why: str, plan: Plan, run_id: str) -> str:
    """Return what is said of a run that had to be left."""
    return (
        f"{why}; the run is not over: a step that was begun on {plan.host} goes on there by itself."
        f" To do: `opsconsole resume {run_id}` goes on from there, `opsconsole undo {run_id}` takes it back"
    )


def way_on(back: str) -> str:
    """Return what `resume` does with a run; `back` is why it goes backwards, empty when it goes forward."""
    if not back:
        return "goes on with it from where it stands"
    return f"goes on taking it back, for {clean_line(back, 1000)}"


def undo_refused(why: str, run_id: str, *, back: str) -> str:
    """Return what is said of an open run whose undo was refused.

    Args:
        why: Why it was.
        run_id: The run.
        back: Why the run goes backwards all the same; empty: it goes forward.
    """
    way = way_on(back) if back else "goes on from there"
    return (
        f"the undo was refused: {why}; nothing was changed, and the run stays what it was."
        f" To do: `opsconsole resume {run_id}` {way}"
    )


def _titles(titles: Sequence[str]) -> str:
    return ", ".join(f"“{title}”" for title in titles)
