"""What a run has its host do: jobs to their end, checks until they hold, a timer armed and disarmed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace

from opsconsole.data.host import Command, Output, SudoError
from opsconsole.recipes.recipe import Check
from opsconsole.recipes.runner import jobs
from opsconsole.recipes.runner.book import Book
from opsconsole.recipes.runner.host_scripts import AnswerError
from opsconsole.recipes.runner.jobs import Fence, Job, JobReport, JobState
from opsconsole.recipes.runner.line import Line
from opsconsole.recipes.runner.tell import Teller

FIRST_WAIT_SECONDS = 1.0
LATER_WAIT_SECONDS = 2.0
START_SECONDS = 5.0
"""How long systemd may take to start a job before it is started without; still it runs once."""
GIVE_UP_SECONDS = 30.0
_CHECK_PAUSE_SECONDS = 0.5
_TRIES = 3
_ENDS = frozenset(
    {JobState.DONE, JobState.LOST, JobState.WITHDRAWN, JobState.REBOOTED, JobState.ABSENT, JobState.SHORT}
)


class LostLockError(Exception):
    """The lock on the host is not ours any more: somebody else may be at work there. For a person."""


class HostTroubleError(Exception):
    """The host answers, but not as it should; nothing was changed by that. For a person."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What a check said.

    Attributes:
        holds: Whether it holds; None: nobody knows.
        evidence: Its words; cleaned and redacted.
        exit_status: Its exit status, where it has one.
        tries: How often it was asked.
    """

    holds: bool | None
    evidence: str
    exit_status: int | None = None
    tries: int = 1


class Work:
    """The work of one run on its host.

    Args:
        line: The way to it.
        book: For what may be shown.
        teller: Told how it goes on.
        secrets: Name -> value of the secret parameters.
    """

    def __init__(self, line: Line, book: Book, teller: Teller, secrets: Mapping[str, str]) -> None:
        self.line = line
        self._book = book
        self._teller = teller
        self._secrets = secrets

    async def run_job(self, job: Job, check: Check | None = None) -> JobReport:
        """See to it that the job was started, and wait for its end.

        Args:
            job: The job.
            check: Asked for in the same breath when the job ends well at once: a way to the host less.

        Returns:
            How it ended. `WITHDRAWN` and `SHORT`: it never started. `LOST`, `REBOOTED`, `ABSENT`: it may have
            run, wholly or in part.

        Raises:
            LostLockError: The lock is not ours any more; a job that was started goes on.
            HostTroubleError: The host did not take it; it was not started.
            SudoError: Root was wanted and not given.
            UnreachableError: The host did not come back in time; a job that was started goes on.
        """
        loop = asyncio.get_running_loop()
        began = tried_at = loop.time()
        shorts = 0
        report = await self._begun(job, check)
        while True:
            self._say(report)
            if report.fence in {Fence.OTHER, Fence.NONE} and report.state is not JobState.REBOOTED:
                raise LostLockError(_LOST_LOCK[report.fence])
            now = loop.time()
            if report.state is JobState.SHORT and shorts < _TRIES:
                shorts += 1
                report = await self._report(self._submit(job))
            elif report.state is JobState.ABSENT:  # it was there: somebody removed its folder
                return replace(report, state=JobState.LOST)
            elif report.state in _ENDS:
                return report
            elif report.state is JobState.RUNNING:
                wait = FIRST_WAIT_SECONDS if now - began < GIVE_UP_SECONDS else LATER_WAIT_SECONDS
                report = await self._report(jobs.poll(job, wait_seconds=wait))
            elif now - began > GIVE_UP_SECONDS:
                report = await self._report(jobs.withdraw(job))
            elif now - tried_at > START_SECONDS:
                tried_at = now
                report = await self._report(self._submit(job, plainly=True))
            else:
                report = await self._report(jobs.poll(job, wait_seconds=FIRST_WAIT_SECONDS))

    async def _begun(self, job: Job, check: Check | None) -> JobReport:
        """Have the job started; with it goes its check, when that can be."""
        asked = None if check is None else self._filled(check)
        if check is None or asked is None or not jobs.goes_along(job, asked):
            return await self._report(self._submit(job))
        command = jobs.submit(job, self._secrets, wait_seconds=FIRST_WAIT_SECONDS, check=asked)
        words = f"it has ended, or will be waited for; then: {check.says}"
        loop = asyncio.get_running_loop()
        told = loop.call_later(FIRST_WAIT_SECONDS + 1, self._teller.say, words)
        try:
            report = jobs.read_report(await self.line.whole(lambda: self.line.shell.run(command)))
        except AnswerError:
            return await self._report(self._submit(job))
        finally:
            told.cancel()
        return report

    async def settle(self, job: Job) -> JobReport:
        """See to it that a job which may have been sent is over: it never starts, or has ended.

        Raises:
            As `run_job`.
        """
        report = await self._report(jobs.withdraw(job))
        if report.state in {JobState.RUNNING, JobState.WAITING} and report.fence is Fence.OURS:
            return await self.run_job(job)
        if report.fence in {Fence.OTHER, Fence.NONE} and report.state is not JobState.REBOOTED:
            raise LostLockError(_LOST_LOCK[report.fence])
        return report

    async def arm(self, undo: Job, after_seconds: float) -> JobReport:
        """Have the host run a job by itself after so long.

        Raises:
            As `run_job`.
        """
        report = await self._report(jobs.arm(undo, self._secrets, after_seconds=after_seconds))
        if report.fence in {Fence.OTHER, Fence.NONE} and report.state is not JobState.REBOOTED:
            raise LostLockError(_LOST_LOCK[report.fence])
        return report

    async def disarm(self, undo: Job) -> JobReport:
        """Withdraw a job that a timer would start: `WITHDRAWN` when it never will, else where it stands.

        Raises:
            As `run_job`.
        """
        report = await self._report(jobs.withdraw(undo))
        if report.fence in {Fence.OTHER, Fence.NONE} and report.state is not JobState.REBOOTED:
            raise LostLockError(_LOST_LOCK[report.fence])
        return report

    async def prove(self, check: Check, first: Output | None = None) -> Proof:
        """Ask a check until it holds or its time is over; without root it proves nothing.

        Args:
            check: The check.
            first: What it left when it was asked for with its job; None: it was not.

        Raises:
            UnreachableError: The host did not come back in time.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + check.within_seconds
        command = self._filled(check)
        output = first
        tries = 0
        while True:
            tries += 1
            if tries > 1 or output is None:
                try:
                    output = await self.line.whole(lambda: self.line.shell.run(command))
                except SudoError as error:
                    return Proof(None, self._book.text(str(error)), tries=tries)
            proof = self._proof(check, output, tries)
            left = deadline - loop.time()
            if proof.holds or left <= 0:
                return proof
            self._teller.say(f"not yet: {proof.evidence.splitlines()[0] if proof.evidence else check.says}")
            await asyncio.sleep(min(_CHECK_PAUSE_SECONDS, left))

    def _filled(self, check: Check) -> Command:
        stdin = check.command.stdin
        values = tuple(value for value in self._secrets.values() if value)
        return replace(
            check.command,
            stdin=None if stdin is None else jobs.filled(stdin, self._secrets),
            redact=(*check.command.redact, *values),
        )

    def _proof(self, check: Check, output: Output, tries: int) -> Proof:
        said = self._book.text(output.stdout)
        if output.timed_out:
            words = f"not known: no answer within {check.command.deadline_seconds:g} s"
            return Proof(None, f"{words}\n{said}".strip(), tries=tries)
        if output.exit_status in {0, 1}:
            evidence = said or self._book.text(output.stderr)
            return Proof(output.exit_status == 0, evidence, output.exit_status, tries)
        words = self._book.text(output.stderr) or said
        return Proof(None, f"not known: exit status {output.exit_status}\n{words}".strip(), tries=tries)

    def _submit(self, job: Job, *, plainly: bool = False) -> Command:
        return jobs.submit(job, self._secrets, wait_seconds=FIRST_WAIT_SECONDS, plainly=plainly)

    def _say(self, report: JobReport) -> None:
        if report.state is JobState.RUNNING:
            self._teller.say(tail=self._book.tail(report), size=report.output_bytes)

    async def _report(self, command: Command) -> JobReport:
        """Return what the host says; an answer that was cut is asked for again."""
        for left in reversed(range(_TRIES)):
            try:
                return jobs.read_report(await self.line.ask(command))
            except AnswerError as error:
                if not left:
                    raise HostTroubleError(self._book.text(str(error))) from None
            await asyncio.sleep(_CHECK_PAUSE_SECONDS)
        raise AssertionError


_LOST_LOCK = {
    Fence.OTHER: "the lock on the host is another's now",
    Fence.NONE: "the lock on the host is gone: it was broken, or the host was restarted",
}
