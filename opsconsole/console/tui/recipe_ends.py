"""What a run came to, as it is told: its sign, its words, and what to do next. Pure.

An undo that took everything back has done what it was asked for; the same end of a run is a failure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from opsconsole.console.tui.source_runs import HostRunLike, LiveRunLike
from opsconsole.data.text import clean_line
from opsconsole.recipes.runner.state import RunResult, RunState, StepState


@dataclass(frozen=True, slots=True)
class End:
    """How a run ended, in words.

    Attributes:
        sign: One cell.
        words: What it came to.
        look: As a `Line` has it.
    """

    sign: str
    words: str
    look: str

    @property
    def is_good(self) -> bool:
        """Whether what was asked for is done."""
        return self.look == "ok"


_ENDS: Mapping[RunState, End] = {
    RunState.NEEDS_PERSON: End("●", "THE HOST NEEDS A PERSON", "critical"),
    RunState.UNDONE: End("↶", "not done; everything was undone, the host is as before", "warning"),
    RunState.REFUSED: End("○", "refused; nothing was changed", "warning"),
    RunState.DONE: End("✓", "done and verified", "ok"),
}
"""The worst first."""
_TAKEN_BACK = End("✓", "taken back and proved; the host is as before", "ok")

_AFTER_UNDO: Mapping[RunState, str] = {
    RunState.UNDONE: "esc leaves. r plans it again.",
    RunState.REFUSED: "esc leaves. The run stays what it was.",
}


def end(result: RunResult) -> End:
    """Return how a run ended. An undo may have been asked for before it was taken up again by `resume`."""
    return _TAKEN_BACK if result.is_taken_back else _ENDS[result.state]


def worst(run: LiveRunLike) -> End | None:
    """Return the worst end of its hosts so far."""
    order = list(_ENDS)
    results = [one.result for one in run.hosts.values() if one.result is not None]
    ends = [end(result) for result in sorted(results, key=lambda result: order.index(result.state))]
    return min(ends, key=lambda one: one.is_good, default=None)


def advice(run: HostRunLike) -> str:
    """Return what to do with a run that has ended, or that was left without a verdict."""
    result, undone = run.result, undo_words(run)
    if result is None or result.resumable:
        return f"It has no verdict yet: p goes on from where it stands; {undone}."
    if result.undo_asked and result.state in _AFTER_UNDO:
        return _AFTER_UNDO[result.state]
    return {
        RunState.NEEDS_PERSON: f"Do what the verdict says: s opens a shell there, l the logs; {undone}.",
        RunState.UNDONE: "esc leaves. Mend what failed (its step says why), then plan again with r.",
        RunState.REFUSED: "esc leaves. Plan again with r: a new plan rests on what the host is like now.",
        RunState.DONE: f"esc leaves; {undone}.",
    }[result.state]


def undo_words(run: HostRunLike) -> str:
    """Return what `u` does: one step that cannot be taken back, and the undo is refused as a whole."""
    stuck = list(applied_for_good(run))
    if not stuck:
        return "u takes it back"
    more = f" and {len(stuck) - 1:,} more" if len(stuck) > 1 else ""
    return f"it cannot be taken back, for “{clean_line(stuck[0], 200)}”{more} has no undo"


def applied_for_good(run: HostRunLike) -> Iterable[str]:
    """Yield the titles of the steps that were applied, as far as is known, and have no undo."""
    for step, known in zip(run.plan.steps, run.steps, strict=False):
        if step.undo is None and known.state not in {StepState.PLANNED, StepState.UNDONE}:
            yield step.title
