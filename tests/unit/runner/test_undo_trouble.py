"""A recipe may have something against an undo that a person asks for: then nothing is begun."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Set
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from opsconsole.data.host import Host
from opsconsole.data.ledger_entry import RESUMED, UNDO_ASKED, UNDO_REFUSED
from opsconsole.recipes.recipe import Plan, PlanError
from opsconsole.recipes.runner import ways, words
from opsconsole.recipes.runner.line import UnreachableError
from opsconsole.recipes.runner.policy import Policy
from opsconsole.recipes.runner.recover import recover
from opsconsole.recipes.runner.state import RunResult, RunState
from opsconsole.recipes.runner.steps import Ending
from opsconsole.recipes.runner.ways import Ways
from tests.unit.runner.runner_samples import RUN, events, plan

APPLIED = [("intent", "one", {}), ("outcome", "one", {}), ("check", "one", {"holds": True})]
ENDED = ("verdict", "", {"verdict": "done", "text": "all is well"})


class Demo:
    """A recipe that says so many words against an undo."""

    parameters = ()

    def __init__(self, *says: str | BaseException, version: int = 1) -> None:
        self.version = version
        self.says = list(says)
        self.asked: list[tuple[Plan, Set[str]]] = []

    async def undo_trouble(self, _shell: object, wanted: Plan, steps: Set[str]) -> str:
        self.asked.append((wanted, steps))
        says = self.says.pop(0)
        if isinstance(says, BaseException):
            raise says
        return says


class Session:
    """A session whose host is there and locked for it, unless it is said why it is not."""

    def __init__(self, locked: str | Exception = "") -> None:
        self.plan = plan()
        self.run_id = RUN
        self.locked = locked
        self.put = 0
        self.undo_asked = False
        self.shell = SimpleNamespace(host=Host("web1", "192.0.2.1"))
        self.wishes = SimpleNamespace(secrets={}, control=None)
        self.notes: list[str] = []
        self.endings: list[Ending] = []
        self.book = SimpleNamespace(note=self._note, text=str)
        self.teller = SimpleNamespace(begin=lambda *_words: None)
        self.line = SimpleNamespace(whole=self._whole)
        self.work = None

    async def _note(self, kind: str, **_body: Any) -> None:
        self.notes.append(kind)

    async def _whole(self, question: Callable[[], Awaitable[str]]) -> str:
        return await question()

    async def lock(self, _silence: float) -> tuple[str, str]:
        if isinstance(self.locked, Exception):
            raise self.locked
        return self.locked, "boot"

    async def put_back(self) -> str:
        self.put += 1
        return ""

    def place(self, boot_id: str) -> str:
        return boot_id

    async def end(self, ending: Ending, _records: object) -> Ending:
        self.endings.append(ending)
        return ending

    def result(
        self, state: RunState, verdict: str, _steps: object, *, resumable: bool = False
    ) -> tuple[RunState, str]:
        self.resumable = resumable
        return state, verdict


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

        async def forward(self, _control: object) -> Ending:
            return Ending(RunState.DONE, "done")

    monkeypatch.setattr(ways, "Flow", Flow)
    return gone


Said = tuple[str, str, dict[str, Any]]


async def undo(session: Session, recipe: object, *said: Said) -> Any:
    found = recover(session.plan, events(*said), RUN)
    return await Ways(None, Policy(), lambda _name: recipe).undo(session, found, [])  # type: ignore[arg-type,return-value]


async def resume(session: Session, recipe: object, *said: Said) -> Any:
    found = recover(session.plan, events(*said), RUN)
    return await Ways(None, Policy(), lambda _name: recipe).resume(session, found, [])  # type: ignore[arg-type,return-value]


@pytest.mark.parametrize("says", ["it is over", PlanError("it is over"), UnreachableError("it is over")])
async def test_an_undo_that_is_not_wise_is_refused_and_the_run_stays_what_it_was(
    backs: list[str], says: str | Exception
) -> None:
    session, recipe = Session(), Demo(says)
    assert await undo(session, recipe, *APPLIED, ENDED) == (RunState.REFUSED, "it is over")
    assert session.endings == [Ending(RunState.DONE, "the undo was refused: it is over; all is well")]
    assert session.notes == [UNDO_ASKED]
    assert recipe.asked == [(session.plan, {"one"})]
    assert (backs, session.resumable) == ([], False)


async def test_a_recipe_that_fails_at_the_question_is_no_yes(backs: list[str]) -> None:
    state, why = await undo(Session(), Demo(ValueError("odd")), *APPLIED, ENDED)
    assert (state, why) == (RunState.REFUSED, "the recipe could not tell whether that is wise: ValueError")
    assert backs == []


@pytest.mark.parametrize(
    "session", [Session(), Session("it is over"), Session(UnreachableError("it is over"))]
)
async def test_an_interrupted_run_is_left_as_it_is(backs: list[str], session: Session) -> None:
    """What `resume` does with it is what it would have done before."""
    state, why = await undo(session, Demo("it is over"), *APPLIED)
    assert state is RunState.REFUSED
    assert why == words.undo_refused("it is over", RUN, back="")
    assert f"`opsconsole resume {RUN}` goes on from there" in why
    assert session.notes == [UNDO_ASKED, UNDO_REFUSED]
    assert (session.put, session.endings, session.resumable) == (1, [], True)
    refused = [(kind, "", {}) for kind in session.notes]
    assert recover(session.plan, events(*APPLIED, *refused), RUN) == recover(
        session.plan, events(*APPLIED), RUN
    )
    ending = await resume(Session(), Demo(), *APPLIED, *refused)
    assert (ending.state, backs) == (RunState.DONE, [])


async def test_a_run_that_had_failed_goes_back_as_before_and_says_so(backs: list[str]) -> None:
    failed = ("outcome", "two", {"failure": "exit status 1"})
    session = Session()
    _state, why = await undo(session, Demo("it is over"), *APPLIED, ("intent", "two", {}), failed)
    assert "goes on taking it back, for “do two” failed: exit status 1" in why
    refused = [(kind, "", {}) for kind in session.notes]
    await resume(Session(), Demo(), *APPLIED, ("intent", "two", {}), failed, *refused)
    assert backs == ["“do two” failed: exit status 1"]


ASKED = (UNDO_ASKED, "", {})
LOST = ("interrupted", "", {})


async def test_who_was_lost_while_it_was_asked_has_decided_nothing(backs: list[str]) -> None:
    """The run had ended: going on with it asks again, and it may be over again."""
    session, recipe = Session(), Demo("it is over")
    lost = [*APPLIED, ENDED, ASKED, LOST, ASKED, LOST]
    assert await resume(session, recipe, *lost) == (RunState.REFUSED, "it is over")
    assert session.endings == [Ending(RunState.DONE, "the undo was refused: it is over; all is well")]
    assert (session.notes, backs) == ([RESUMED], [])
    assert (await resume(Session(), Demo(""), *lost)).state is RunState.UNDONE
    assert backs == ["it was to be undone"]


async def test_an_undo_that_was_begun_goes_on_unasked(backs: list[str]) -> None:
    begun = ("undo-intent", "one", {"undo": 1})
    assert (await resume(Session(), Demo(), *APPLIED, ENDED, ASKED, begun, LOST)).state is RunState.UNDONE
    assert backs == ["the operator asked for it to be undone"]


BEGUN = ("undo-intent", "one", {"undo": 1})
FAILED = ("outcome", "one", {"failure": "exit status 1"})
NOT_WISE = (UNDO_REFUSED, "", {})


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ((*APPLIED, ENDED, ASKED, BEGUN, LOST), True),
        ((*APPLIED, ENDED, ASKED, LOST), True),
        ((*APPLIED, ASKED, BEGUN, LOST, ASKED, NOT_WISE), True),  # refused now, but begun before
        ((APPLIED[0], FAILED, BEGUN, LOST), False),  # by itself, for it failed
        ((APPLIED[0], FAILED, LOST, ASKED, NOT_WISE), False),
    ],
)
async def test_who_asked_for_the_undo_and_gets_it_by_resume_is_told_that_it_is_done(
    backs: list[str], said: tuple[Said, ...], asked: bool
) -> None:
    session = Session()
    assert (await resume(session, Demo(""), *said)).state is RunState.UNDONE
    now = datetime.now(UTC)
    result = RunResult(RUN, "", "web1", "", RunState.UNDONE, "", (), now, now, undo_asked=session.undo_asked)
    assert (result.is_taken_back, result.exit_status) == (asked, 0 if asked else 1)


async def test_a_way_back_needs_no_recipe(backs: list[str]) -> None:
    def load(_name: str) -> Any:
        raise KeyError

    session = Session()
    found = recover(session.plan, events(*APPLIED, ENDED, ASKED, LOST), RUN)
    await Ways(None, Policy(), load).resume(session, found, [])  # type: ignore[arg-type]
    assert backs == [
        "it was to be undone, and no recipe was asked whether that is wise (there is no recipe demo)"
    ]


@pytest.mark.parametrize("recipe", [Demo(""), SimpleNamespace(version=1), Demo("", version=2)])
async def test_else_the_run_is_taken_back(backs: list[str], recipe: object) -> None:
    assert await undo(Session(), recipe, *APPLIED, ENDED) == Ending(RunState.UNDONE, "undone")
    assert backs == ["it was to be undone"]


OTHER = "the plan is of version 1 of demo, which is version 2 now"


async def test_a_recipe_of_another_version_is_asked_as_well(backs: list[str]) -> None:
    state, why = await undo(Session(), Demo("it is over", version=2), *APPLIED, ENDED)
    assert (state, why, backs) == (RunState.REFUSED, f"it is over ({OTHER})", [])


async def test_one_that_cannot_be_asked_is_told(backs: list[str]) -> None:
    await undo(Session(), SimpleNamespace(version=2), *APPLIED, ENDED)
    assert backs == [f"it was to be undone, and no recipe was asked whether that is wise ({OTHER})"]
