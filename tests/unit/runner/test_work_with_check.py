"""A check asked for with its job: used once, and asked alone wherever it could not go along."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from opsconsole.data.host import Command, Host, Output, ShellError
from opsconsole.data.ledger import Entry, Ledger
from opsconsole.recipes.recipe import Check
from opsconsole.recipes.runner.book import Book
from opsconsole.recipes.runner.jobs import Job
from opsconsole.recipes.runner.line import Line
from opsconsole.recipes.runner.tell import Teller
from opsconsole.recipes.runner.work import Work
from tests.unit.runner.runner_samples import RUN, TRUE

DONE = b"@opsconsole-job state=done boot=b exit=0 late=0 at=1 bytes=0 fence=ours took=7 shown=0\n"
HOLDS = DONE + b"@opsconsole-check\nit is so\n"
CHECK = Check("it is so", Command(("prove-it",), stdin=b"list"), within_seconds=5)
JOB = Job(RUN, "one", (TRUE,), 20.0, "token", "b")


class Host1:
    """A shell that answers what it is told to, in order, and notes what it is asked."""

    host = Host("web1", "192.0.2.1")

    def __init__(self) -> None:
        self.answers: list[Output | Exception] = []
        self.asked: list[Command] = []

    async def run(self, command: Command) -> Output:
        self.asked.append(command)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def kinds(self) -> list[str]:
        """What was asked for: `submit`, `submit+check`, `poll`, `prove-it`."""
        return [
            f"{command.argv[4]}{'+check' if '--' in command.argv else ''}"
            if len(command.argv) > 4
            else command.argv[0]
            for command in self.asked
        ]


def said(stdout: bytes, status: int = 0, **more: bool) -> Output:
    return replace(Output(status, stdout, b"", 0.1), **more)


@pytest.fixture
async def work(tmp_path: Path) -> AsyncIterator[Callable[[Host1], Work]]:
    ledger = Ledger.open(tmp_path / "ledger.db")

    async def back(_why: str, _seconds: float) -> None:
        return None

    def make(host: Host1) -> Work:
        teller = Teller(RUN, "web1", None)
        line = Line(host, 30, teller, back)  # type: ignore[arg-type]  # a shell as far as it is asked
        return Work(line, Book(ledger, Entry(kind=""), ()), teller, {})

    yield make
    ledger.close()


async def test_one_way_to_the_host_for_both(work: Callable[[Host1], Work]) -> None:
    host = Host1()
    host.answers = [said(HOLDS)]
    one = work(host)
    report = await one.run_job(JOB, CHECK)
    proof = await one.prove(CHECK, report.checked)
    assert host.kinds == ["submit+check"]
    assert (proof.holds, proof.evidence, proof.tries) == (True, "it is so", 1)
    assert report.took_seconds == 0.07


async def test_one_that_does_not_hold_yet_is_asked_again_alone(work: Callable[[Host1], Work]) -> None:
    host = Host1()
    host.answers = [said(HOLDS, 1), said(b"now it is so\n")]
    one = work(host)
    report = await one.run_job(JOB, CHECK)
    proof = await one.prove(CHECK, report.checked)
    assert host.kinds == ["submit+check", "prove-it"]
    assert (proof.holds, proof.evidence, proof.tries) == (True, "now it is so", 2)


async def test_one_that_hangs_proves_nothing(work: Callable[[Host1], Work]) -> None:
    host = Host1()
    host.answers = [said(HOLDS, 124, timed_out=True)]
    one = work(host)
    report = await one.run_job(JOB, CHECK)
    assert report.ok
    proof = await one.prove(replace(CHECK, within_seconds=0), report.checked)
    assert proof.holds is None
    assert proof.evidence.startswith("not known: no answer")


@pytest.mark.parametrize(
    ("answers", "kinds"),
    [
        ([said(DONE)], ["submit+check"]),
        ([said(DONE.replace(b"done", b"running")), said(DONE)], ["submit+check", "poll"]),
        ([said(b""), said(DONE)], ["submit+check", "submit"]),
        ([said(b"", 124, timed_out=True), said(DONE)], ["submit+check", "submit"]),
        ([ShellError("lost"), said(DONE)], ["submit+check", "submit+check"]),
    ],
    ids=["not answered", "takes longer", "no answer", "no answer in time", "connection cut"],
)
async def test_the_job_s_end_is_learned_all_the_same(
    work: Callable[[Host1], Work], answers: list[Output | Exception], kinds: list[str]
) -> None:
    host = Host1()
    host.answers = answers
    report = await work(host).run_job(JOB, CHECK)
    assert host.kinds == kinds
    assert report.ok
    assert report.checked is None
