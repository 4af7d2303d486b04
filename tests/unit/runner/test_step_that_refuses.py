"""A step that refused before it touched anything strands no run, though it could not be taken back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from opsconsole.data.ledger import Entry, Ledger
from opsconsole.recipes.recipe import UNTOUCHED_STATUS
from opsconsole.recipes.runner.book import Book
from opsconsole.recipes.runner.flow import Flow
from opsconsole.recipes.runner.jobs import Fence, Job, JobReport, JobState
from opsconsole.recipes.runner.recover import recover
from opsconsole.recipes.runner.state import Control, RunState, StepState
from opsconsole.recipes.runner.steps import JOB, Place, StepRun
from opsconsole.recipes.runner.tell import Teller
from opsconsole.recipes.runner.work import Proof
from tests.unit.runner.runner_samples import RUN, plan, step

FOR_GOOD = step("two", undo=None, irreversible="what is deleted is gone")
PLAN = plan(step("one"), FOR_GOOD)
WELL = JobReport(JobState.DONE, Fence.OURS, exit_status=0)
REFUSED = replace(WELL, exit_status=UNTOUCHED_STATUS, output=b"a look\nnot every file is as planned\n")


class FakeWork:
    """Jobs end as they are told to, and every check holds."""

    def __init__(self, **ends: JobReport) -> None:
        self.ends = ends
        self.ran: list[str] = []

    async def run_job(self, job: Job, _check: object = None) -> JobReport:
        self.ran.append(job.name)
        return self.ends.get(job.name.replace(".undo-", "_undo_"), WELL)

    settle = run_job

    async def prove(self, _check: object, _first: object = None) -> Proof:
        return Proof(True, "it is so")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger.open(tmp_path / "ledger.db")
    yield opened
    opened.close()


async def _nowhere() -> str:
    return "b"


def flow(ledger: Ledger, work: FakeWork, *records: StepRun) -> Flow:
    book = Book(ledger, Entry(kind="", run_id=RUN), ())
    teller = Teller(RUN, "web1", None)
    steps = records or tuple(StepRun(one) for one in PLAN.steps)
    return Flow(PLAN, steps, Place(RUN, "token", "b", _nowhere), work, book, teller)  # type: ignore[arg-type]


async def test_the_steps_before_it_are_taken_back_and_the_ledger_reads_alike(ledger: Ledger) -> None:
    work = FakeWork(two=REFUSED)
    one = flow(ledger, work)
    ending = await one.forward(Control())
    assert ending.state is RunState.UNDONE
    assert "it refused, and nothing was touched: not every file is as planned; 1 step was" in ending.verdict
    assert work.ran == ["one", "two", "one.undo-1"]
    states = [record.state for record in one.records]
    assert states == [StepState.UNDONE, StepState.PLANNED]
    found = recover(PLAN, ledger.events(RUN), RUN)
    assert [record.state for record in found.steps] == states
    assert found.back.endswith("nothing was touched: not every file is as planned")


@pytest.mark.parametrize(
    "end",
    [replace(REFUSED, exit_status=1), replace(REFUSED, late=True), replace(REFUSED, state=JobState.LOST)],
)
async def test_nothing_else_is_taken_for_it(ledger: Ledger, end: JobReport) -> None:
    one = flow(ledger, FakeWork(two=end))
    ending = await one.forward(Control())
    assert ending.state is RunState.NEEDS_PERSON
    assert [record.state for record in one.records] == [StepState.DONE, StepState.FAILED]


async def test_so_it_is_for_one_whose_console_died_meanwhile(ledger: Ledger) -> None:
    work = FakeWork(two=REFUSED)
    one = flow(
        ledger,
        work,
        StepRun(PLAN.steps[0], StepState.DONE),
        StepRun(FOR_GOOD, StepState.RUNNING, pending=JOB, boot_id="b"),
    )
    ending = await one.back("it was to be undone")
    assert ending.state is RunState.UNDONE
    assert [record.state for record in one.records] == [StepState.UNDONE, StepState.PLANNED]


async def test_an_undo_that_ends_so_is_still_proved(ledger: Ledger) -> None:
    one = flow(ledger, FakeWork(one_undo_1=REFUSED, two=REFUSED))
    assert (await one.forward(Control())).state is RunState.UNDONE  # by its proof, as any undo
