"""A recipe may have something against an undo that a person asks for: then nothing is begun."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Set
from types import SimpleNamespace
from typing import Any

import pytest

from opsconsole.data.host import Host
from opsconsole.data.ledger_entry import UNDO_ASKED
from opsconsole.recipes.recipe import Plan, PlanError
from opsconsole.recipes.runner import ways
from opsconsole.recipes.runner.policy import Policy
from opsconsole.recipes.runner.recover import recover
from opsconsole.recipes.runner.state import RunState
from opsconsole.recipes.runner.steps import Ending
from opsconsole.recipes.runner.ways import Ways
from tests.unit.runner.runner_samples import RUN, events, plan

APPLIED = [("intent", "one", {}), ("outcome", "one", {}), ("check", "one", {"holds": True})]
ENDED = ("verdict", "", {"verdict": "done", "text": "all is well"})


class Demo:
    """A recipe that says so many words against an undo."""

    version = 1

    def __init__(self, *says: str | Exception) -> None:
        self.says = list(says)
        self.asked: list[tuple[Plan, Set[str]]] = []

    async def undo_trouble(self, _shell: object, wanted: Plan, steps: Set[str]) -> str:
        self.asked.append((wanted, steps))
        says = self.says.pop(0)
        if isinstance(says, Exception):
            raise says
        return says


class Session:
    """A session whose host is always there, and locked for it."""

    def __init__(self) -> None:
        self.plan = plan()
        self.shell = SimpleNamespace(host=Host("web1", "192.0.2.1"))
        self.wishes = SimpleNamespace(secrets={})
        self.notes: list[str] = []
        self.endings: list[Ending] = []
        self.book = SimpleNamespace(note=self._note)
        self.teller = SimpleNamespace(begin=lambda *_words: None)
        self.line = SimpleNamespace(whole=self._whole)
        self.work = None

    async def _note(self, kind: str, **_body: Any) -> None:
        self.notes.append(kind)

    async def _whole(self, question: Callable[[], Awaitable[str]]) -> str:
        return await question()

    async def lock(self, _silence: float) -> tuple[str, str]:
        return "", "boot"

    def place(self, boot_id: str) -> str:
        return boot_id

    async def end(self, ending: Ending, _records: object) -> Ending:
        self.endings.append(ending)
        return ending

    def result(self, state: RunState, verdict: str, _steps: object) -> tuple[RunState, str]:
        return state, verdict

    def leave(self, why: str, _records: object) -> str:
        return f"left: {why}"


@pytest.fixture
def backs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return why there was a way back, each time there was one."""
    gone: list[str] = []

    class Flow:
        def __init__(self, *_words: object) -> None:
            pass

        async def back(self, why: str) -> Ending:
            gone.append(why)
            return Ending(RunState.UNDONE, "undone")

    monkeypatch.setattr(ways, "Flow", Flow)
    return gone


async def undo(session: Session, recipe: object, *said: tuple[str, str, dict[str, Any]]) -> Any:
    found = recover(session.plan, events(*said), RUN)
    found.silence_seconds = 0.0
    return await Ways(None, Policy(), lambda _name: recipe).undo(session, found, [])  # type: ignore[arg-type,return-value]


@pytest.mark.parametrize("says", ["it is over", PlanError("it is over")])
async def test_an_undo_that_is_not_wise_is_refused_and_the_run_stays_what_it_was(
    backs: list[str], says: str | Exception
) -> None:
    session, recipe = Session(), Demo(says)
    assert await undo(session, recipe, *APPLIED, ENDED) == (RunState.REFUSED, "it is over")
    assert session.endings == [Ending(RunState.DONE, "the undo was refused: it is over; all is well")]
    assert session.notes == [UNDO_ASKED]
    assert recipe.asked == [(session.plan, {"one"})]
    assert backs == []


async def test_an_interrupted_run_is_left_as_it_is(backs: list[str]) -> None:
    assert await undo(Session(), Demo("it is over"), *APPLIED) == "left: it is over"
    assert backs == []


@pytest.mark.parametrize("recipe", [Demo(""), SimpleNamespace(version=1), SimpleNamespace(version=2)])
async def test_else_the_run_is_taken_back(backs: list[str], recipe: object) -> None:
    assert await undo(Session(), recipe, *APPLIED, ENDED) == Ending(RunState.UNDONE, "undone")
    assert backs == ["it was to be undone"]
