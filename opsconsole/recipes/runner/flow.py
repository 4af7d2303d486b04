"""The order of a run: steps forward, each proved; after a failure backwards, each undo proved.

It may begin anywhere: a run that is resumed begins with what the ledger knows of each step.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from opsconsole.data.host import Output, SudoError
from opsconsole.data.ledger_entry import CHECK, INTENT, OUTCOME, UNDO_CHECK, UNDO_INTENT, UNDO_OUTCOME
from opsconsole.recipes.recipe import Check, Plan
from opsconsole.recipes.runner import words
from opsconsole.recipes.runner.book import Book, shown_commands
from opsconsole.recipes.runner.deadman import come_back
from opsconsole.recipes.runner.jobs import Job, JobReport, JobState
from opsconsole.recipes.runner.state import Control, Phase, RunState, StepState
from opsconsole.recipes.runner.steps import JOB, PROOF, UNDO_JOB, UNDO_PROOF, Ending, JobEnd, Place, StepRun
from opsconsole.recipes.runner.tell import Teller
from opsconsole.recipes.runner.work import HostTroubleError, Proof, Work

UNDO_SECONDS = 60.0
"""The least time that an undo gets, however short its step's deadline is."""
_NEVER_STARTED = frozenset({JobState.WITHDRAWN, JobState.SHORT})
_GONE = frozenset({JobState.REBOOTED, JobState.LOST})


class Flow:
    """One run on its way."""

    def __init__(
        self, plan: Plan, records: Sequence[StepRun], place: Place, work: Work, book: Book, teller: Teller
    ) -> None:
        self.records = list(records)
        self._plan = plan
        self._place = place
        self._work = work
        self._book = book
        self._teller = teller
        self._by_timer: list[str] = []
        self._tell_states()

    async def forward(self, control: Control) -> Ending:
        """Apply what is not applied yet, in order; when it fails or is stopped, go back.

        Raises:
            LedgerError: Something could not be written; what it was about was not begun.
            LostLockError: The lock is not ours any more.
            UnreachableError: The host did not come back in time.
        """
        for index, record in enumerate(self.records):
            if record.state is StepState.DONE:
                continue
            if control.is_stopping and not record.pending:
                await self._book.note("cancelled", step=record.step.name)
                return await self.back(f"it was stopped before “{record.step.title}”")
            failure = await self._apply(index)
            if failure:
                return await self.back(f"“{record.step.title}” failed: {failure}")
        return Ending(RunState.DONE, words.done(self._plan))

    async def back(self, why: str) -> Ending:
        """Take back every applied step, the last first, and prove each.

        It ends where a step cannot be taken back: what an earlier step did, later ones may rest on.

        Raises:
            As `forward`.
        """
        taken = 0
        for index in reversed(range(len(self.records))):
            record = self.records[index]
            if record.pending == JOB and not await self._settle(index):
                continue
            if record.state is StepState.UNDONE:
                taken += 1
            if record.state in {StepState.PLANNED, StepState.UNDONE}:
                continue
            if record.step.undo is None:
                proof = await self._work.prove(record.step.check)
                await self._note_proof(CHECK, record, record.step.check, proof)
                lines = words.irreversible(why, record.step, proof.holds, proof.evidence)
                return Ending(RunState.NEEDS_PERSON, self._left(lines))
            failure = await self._take_back(index)
            if failure:
                lines = words.not_undone(why, record.step, failure)
                return Ending(RunState.NEEDS_PERSON, self._left(lines))
            taken += 1
        self._teller.begin(Phase.FINISHING)
        return Ending(RunState.UNDONE, words.undone(why, self._plan.host, taken, self._by_timer))

    # Forward ---------------------------------------------------------------------------------------

    async def _apply(self, index: int) -> str:
        """Apply one step and prove it; return why it failed."""
        record = self.records[index]
        step = record.step
        self._teller.begin(Phase.STEP, index)
        if not record.pending:
            record.boot_id = self._place.boot_id
            await self._book.note(
                INTENT,
                step=step.name,
                title=step.title,
                effect=step.effect,
                job=self._job(record).name,
                boot_id=record.boot_id,
                deadline_seconds=step.deadline_seconds,
                commands=shown_commands(step.commands),
            )
            record.pending = JOB
            self._set(record, StepState.RUNNING)
        checked: Output | None = None
        if record.pending == JOB:
            if step.dead_man_seconds and not record.armed and (failure := await self._arm(record)):
                return failure
            self._teller.begin(Phase.STEP, index)
            # After a step that can cut us off its check must come over a new login.
            check = None if step.dead_man_seconds else step.check
            end = await self._end_of(self._job(record), record, OUTCOME, check=check)
            checked = end.checked
            record.pending = PROOF if not end.failure else ""
            if end.failure:
                self._set(record, StepState.FAILED if end.began else StepState.PLANNED, end.failure)
                if not end.began:
                    await self._disarm(record)
                return end.failure
        return await self._prove_step(index, checked)

    async def _prove_step(self, index: int, checked: Output | None) -> str:
        record = self.records[index]
        step = record.step
        if record.armed:
            self._teller.begin(Phase.RECONNECTING, index, "logging in anew")
            why_not = await come_back(self._work.line.shell, step.dead_man_seconds)
            if why_not:
                return self._failed(record, f"no new login was possible after it: {why_not}")
        self._teller.begin(Phase.CHECKING, index, step.check.says)
        proof = await self._work.prove(step.check, checked)
        await self._note_proof(CHECK, record, step.check, proof)
        record.pending = ""
        if not proof.holds:
            known = "is not true" if proof.holds is False else "could not be proved"
            return self._failed(record, f"its postcondition ({step.check.says}) {known}: {proof.evidence}")
        if record.armed and not await self._disarm(record):
            return self._failed(
                record, "the host's timer had already taken it back when we came to disarm it"
            )
        self._set(record, StepState.DONE, proof.evidence)
        return ""

    async def _arm(self, record: StepRun) -> str:
        """Arm the host's timer with the step's undo; return why it could not be."""
        self._teller.begin(Phase.ARMING, self._teller.step)
        record.undos += 1
        record.undo_boot_id = self._place.boot_id
        seconds = record.step.dead_man_seconds
        job = self._undo_job(record)
        try:
            report = await self._work.arm(job, seconds)
            failure = "" if report.armed else words.why_failed(job, report, "") or "no timer was set"
        except (HostTroubleError, SudoError) as error:
            failure = str(error)
        if failure:
            failure = f"it was not begun, for the timer that undoes it could not be set: {failure}"
            await self._book.note(OUTCOME, step=record.step.name, failure=failure, began=False)
            record.pending = ""
            self._set(record, StepState.PLANNED, failure)
            return failure
        record.armed = True
        await self._book.note(
            "dead-man-armed",
            step=record.step.name,
            job=job.name,
            undo=record.undos,
            seconds=seconds,
            by=report.armed,
            boot_id=record.undo_boot_id,
        )
        return ""

    async def _disarm(self, record: StepRun) -> bool:
        """Disarm the host's timer; False when it has fired: then it is an undo like any other."""
        if not record.armed:
            return True
        self._teller.begin(Phase.DISARMING, self._teller.step)
        try:
            report = await self._work.disarm(self._undo_job(record))
        except (HostTroubleError, SudoError) as error:
            raise HostTroubleError(f"the timer on the host could not be disarmed: {error}") from None
        off = report.state in {JobState.WITHDRAWN, JobState.REBOOTED}
        await self._book.note(
            "dead-man-disarmed" if off else "dead-man-fired",
            step=record.step.name,
            job=self._undo_job(record).name,
            timer_left=report.armed,
        )
        record.armed = record.armed and not off
        return off

    # Backward --------------------------------------------------------------------------------------

    async def _settle(self, index: int) -> bool:
        """Learn the end of a step's job that is under way; False when it never began, and never will."""
        record = self.records[index]
        self._teller.begin(Phase.STEP, index, "waiting for the end of what was begun")
        end = await self._end_of(self._job(record), record, OUTCOME, settle=True)
        record.pending = ""
        self._set(record, StepState.FAILED if end.began else StepState.PLANNED, end.failure)
        if not end.began:
            await self._disarm(record)
        return end.began

    async def _take_back(self, index: int) -> str:
        """Undo one step and prove it; return why that failed."""
        record = self.records[index]
        undo = record.step.undo
        if undo is None:
            raise AssertionError
        self._teller.begin(Phase.UNDOING, index, undo.says)
        failure = ""
        by_timer = False
        while record.pending != UNDO_PROOF:
            begun_here = record.pending != UNDO_JOB
            if begun_here:
                if not record.armed:
                    record.undos += 1
                    record.undo_boot_id = self._place.boot_id
                await self._book.note(
                    UNDO_INTENT,
                    step=record.step.name,
                    says=undo.says,
                    job=self._undo_job(record).name,
                    undo=record.undos,
                    boot_id=record.undo_boot_id,
                    commands=shown_commands(undo.commands),
                )
                record.pending = UNDO_JOB
            end = await self._end_of(self._undo_job(record), record, UNDO_OUTCOME)
            failure, by_timer = end.failure, end.by_timer
            record.pending = UNDO_PROOF
            if end.state is JobState.REBOOTED or (end.state in _GONE and not begun_here):
                record.pending = ""  # it was begun long ago, or in another boot: once more
                record.armed = False
            elif not end.began:
                record.pending = ""
                return self._failed(record, failure)
        if by_timer:
            self._by_timer.append(record.step.title)
        if record.armed:
            await self._stop_timer(record, fired=by_timer)
        proof = await self._work.prove(undo.check)
        await self._note_proof(UNDO_CHECK, record, undo.check, proof)
        record.pending = ""
        if not proof.holds:
            known = "is not true" if proof.holds is False else "could not be proved"
            words_ = f"({undo.check.says}) {known}: {proof.evidence}"
            return self._failed(record, f"{failure}; {words_}" if failure else words_)
        self._set(record, StepState.UNDONE, proof.evidence)
        return ""

    async def _stop_timer(self, record: StepRun, *, fired: bool) -> None:
        """Take away the timer of an undo that has run; should it fire, nothing runs a second time."""
        record.armed = False
        try:
            report = await self._work.disarm(self._undo_job(record))
        except (HostTroubleError, SudoError):
            return
        kind = "dead-man-fired" if fired else "dead-man-disarmed"
        await self._book.note(kind, step=record.step.name, timer_left=report.armed)

    # Both ------------------------------------------------------------------------------------------

    async def _end_of(
        self, job: Job, record: StepRun, kind: str, *, settle: bool = False, check: Check | None = None
    ) -> JobEnd:
        """Wait for a job's end and write it down; its check may be asked for with it."""
        loop = asyncio.get_running_loop()
        began_at = loop.time()
        report: JobReport | None = None
        trouble = ""
        try:
            report = await (self._work.settle(job) if settle else self._work.run_job(job, check))
        except SudoError as error:
            trouble = str(error)
        except HostTroubleError as error:
            trouble = str(error)
            try:
                report = await self._work.settle(job)
            except (HostTroubleError, SudoError) as again:
                trouble = f"{trouble}; {again}"
        if report is not None and report.state is JobState.REBOOTED:
            self._place.boot_id = await self._place.relock()
        if report is None:
            failure, began, body = f"how it ended is not known: {trouble}", True, {}
        else:
            said = self._book.text(report.output)
            failure = words.why_failed(job, report, said)
            if trouble and failure:
                failure = f"{failure} ({trouble})"
            began, body = report.state not in _NEVER_STARTED, self._book.outcome(report)
            if kind == OUTCOME and report.refused:
                began = False  # nothing to take back, as if it had never been started
        seconds = loop.time() - began_at
        if report is not None and report.checked is not None and report.took_seconds is not None:
            seconds = report.took_seconds  # without the check
        if kind == OUTCOME:
            record.seconds = seconds
        await self._book.note(
            kind,
            step=record.step.name,
            job=job.name,
            failure=failure,
            began=began,
            seconds=round(seconds, 3),
            **body,
        )
        if report is None:
            return JobEnd(failure, began, None)
        return JobEnd(failure, began, report.state, report.by_timer, report.checked)

    async def _note_proof(self, kind: str, record: StepRun, check: Check, proof: Proof) -> None:
        await self._book.note(
            kind,
            step=record.step.name,
            says=check.says,
            holds=proof.holds,
            evidence=proof.evidence,
            exit_status=proof.exit_status,
            tries=proof.tries,
        )

    def _job(self, record: StepRun) -> Job:
        step = record.step
        return Job(
            self._place.run_id,
            step.name,
            step.commands,
            step.deadline_seconds,
            self._place.token,
            record.boot_id,
        )

    def _undo_job(self, record: StepRun) -> Job:
        step = record.step
        commands = step.undo.commands if step.undo is not None else ()
        return Job(
            self._place.run_id,
            f"{step.name}.undo-{record.undos}",
            commands,
            max(UNDO_SECONDS, step.deadline_seconds),
            self._place.token,
            record.undo_boot_id,
        )

    def _failed(self, record: StepRun, why: str) -> str:
        self._set(record, StepState.FAILED, why)
        return why

    def _set(self, record: StepRun, state: StepState, evidence: str = "") -> None:
        record.state = state
        record.evidence = evidence
        self._tell_states()
        self._teller.say()

    def _tell_states(self) -> None:
        self._teller.results = tuple(record.result() for record in self.records)

    def _left(self, lines: Sequence[str]) -> str:
        states = [record.state for record in self.records]
        return words.left(lines, self._plan, states, self._place.run_id)
