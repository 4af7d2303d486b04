"""What must be true after a run: host, result and ledger tell the same."""

from __future__ import annotations

from collections.abc import Sequence

from opsconsole.data.ledger import Event
from opsconsole.recipes.runner.state import RunResult, RunState, StepState
from tests.lab import faults
from tests.lab.matrix_world import World


def agree(world: World, result: RunResult, before: str, after: str | None = None) -> None:
    """Assert that host, result and ledger tell the same.

    Args:
        world: The world.
        result: How the run ended.
        before: The host's state before it.
        after: Its state when all is applied; None: anything else than before.
    """
    subject = world.subject
    now = subject.state()
    story = world.story(result.run_id)
    words = f"{result}\n{story}\nbefore {before!r}\nnow {now!r}"
    if result.state in {RunState.UNDONE, RunState.REFUSED} and not result.resumable:
        assert now == before, words
        assert all(step.state in {StepState.UNDONE, StepState.PLANNED} for step in result.steps), words
    elif result.state is RunState.DONE:
        assert now == after if after is not None else now != before, words
        assert all(step.state is StepState.DONE and step.evidence for step in result.steps), words
    else:
        assert result.state is RunState.NEEDS_PERSON, words
        assert world.subject.host in result.verdict, words
        assert "to do" in result.verdict.lower(), words
    assert result.verdict, words
    assert (not result.resumable) == (story[-1] in {"verdict", "lock-released", "echo"}), words
    locked = faults.execute(
        subject.host, ["sh", "-c", "ls -d /run/lock/opsconsole.lock /tmp/opsconsole.lock 2>/dev/null"]
    )
    assert bool(locked.stdout.strip()) == result.resumable, words
    if not result.resumable:
        left = faults.execute(
            subject.host,
            ["sh", "-c", f"ls -d /*/opsconsole*/{result.run_id} /run/lock/*/{result.run_id} 2>/dev/null"],
        )
        assert not left.stdout.strip(), words
    _well_told(world.events(result.run_id), words)
    if subject.ran is not None:
        assert all(times <= 1 for times in subject.ran().values()), f"{subject.ran()}\n{words}"


def _well_told(events: Sequence[Event], words: str) -> None:
    """Assert that what was done was announced, and that every announcement has an end or is the last."""
    assert events[0].kind in {"start", "refused"}, words
    open_: dict[tuple[str, str], int] = {}
    for event in events:
        key = (event.step, "undo" if event.kind.startswith("undo") else "do")
        if event.kind in {"intent", "undo-intent"}:
            assert key not in open_, words
            open_[key] = event.seq
        elif event.kind in {"outcome", "undo-outcome"}:
            assert key in open_, words
            del open_[key]
    assert not open_ or events[-1].kind not in {"verdict", "lock-released", "echo"}, words
