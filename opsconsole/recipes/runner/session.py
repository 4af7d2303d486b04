"""One run with everything that belongs to it: its book, its way to the host, its lock, its end."""

from __future__ import annotations

import asyncio
import logging
import platform
import secrets as randomness
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from opsconsole.data.host import Login, Shell, SudoError
from opsconsole.data.ledger import Entry, Ledger, LedgerError, Operator, RunQuery, Signer, SigningError
from opsconsole.data.ledger_echo import echo_command
from opsconsole.data.ledger_entry import ECHO, REFUSED, VERDICT
from opsconsole.recipes.recipe import Plan
from opsconsole.recipes.runner import lock
from opsconsole.recipes.runner import words as run_words
from opsconsole.recipes.runner.book import Book
from opsconsole.recipes.runner.host_scripts import AnswerError
from opsconsole.recipes.runner.line import Line, UnreachableError
from opsconsole.recipes.runner.lock import Holder, LockAnswer, LockState
from opsconsole.recipes.runner.recover import last_owner
from opsconsole.recipes.runner.state import Control, Listener, Phase, RunResult, RunState, StepResult
from opsconsole.recipes.runner.steps import Ending, Place, StepRun
from opsconsole.recipes.runner.tell import Teller
from opsconsole.recipes.runner.work import HostTroubleError, LostLockError, Work

LOCK_PAUSE_SECONDS = 1.0
_HAD = frozenset({LockState.TAKEN, LockState.HELD, LockState.TAKEN_OVER})

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Means:
    """What every run of a runner is made with."""

    ledger: Ledger
    operator: Operator
    signer: Signer | None
    reconnect_seconds: float


@dataclass(frozen=True, slots=True)
class Wishes:
    """How one run is to go.

    Attributes:
        reason: Why, as the operator typed it.
        incident: Id of the incident or maintenance.
        secrets: Name -> value of the secret parameters.
        wait_lock_seconds: How long to wait for another's lock.
        listener: Told how it goes on.
        control: Stops it.
    """

    reason: str = ""
    incident: str = ""
    secrets: Mapping[str, str] = field(default_factory=dict)
    wait_lock_seconds: float = 0.0
    listener: Listener | None = None
    control: Control = field(default_factory=Control)


class Session:
    """One run, from its first event to its verdict or to where it had to be left."""

    def __init__(self, means: Means, plan: Plan, run_id: str, shell: Shell, wishes: Wishes) -> None:
        self.plan = plan
        self.run_id = run_id
        self.shell = shell
        self.wishes = wishes
        self.started_at = datetime.now(UTC)
        self.token = randomness.token_hex(8)
        self.undo_asked = False  # by a person; see `RunResult.undo_asked`
        self._means = means
        self._locked = False
        self._was_free = False
        host = shell.host
        login = getattr(shell, "login", Login())  # a shell that is no connection may not have one
        user = login.user or ("" if host.is_local else host.user or "")
        operator = replace(means.operator, ssh_user=user, key_fingerprint=login.key_fingerprint)
        base = Entry(
            kind="",
            host=host.name,
            address="" if host.is_local else f"{host.address}:{host.port}",
            host_key=login.host_key,
            run_id=run_id,
            plan_id=plan.plan_id,
            recipe=plan.recipe,
            reason=wishes.reason,
            incident=wishes.incident,
            operator=operator,
        )
        self.book = Book(means.ledger, base, wishes.secrets.values())
        self.teller = Teller(run_id, host.name, wishes.listener)
        self.line = Line(shell, means.reconnect_seconds, self.teller, self._back_again)
        self.work = Work(self.line, self.book, self.teller, wishes.secrets)
        commands = [command for step in plan.steps for command in step.commands]
        commands += [step.check.command for step in plan.steps]
        for step in plan.steps:
            if step.undo is not None:
                commands += [*step.undo.commands, step.undo.check.command]
        self._users = frozenset(command.sudo for command in commands) or frozenset({False})

    @property
    def needs_root(self) -> bool:
        """Whether anything of the plan runs as root; then the lock is root's as well."""
        return True in self._users

    # The lock --------------------------------------------------------------------------------------

    async def lock(self, silence_seconds: float = lock.SILENCE_SECONDS) -> tuple[str, str]:
        """Take the lock, waiting for it as long as was wished.

        Args:
            silence_seconds: How long this run's own earlier console must have been silent.

        Returns:
            Why it was not had (empty: it was), and the host's boot id.

        Raises:
            LedgerError: It is on the host, but that could not be written; it was released again.
            UnreachableError: The host did not come back in time.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.wishes.wait_lock_seconds
        cleared: set[str] = set()
        self.teller.begin(Phase.LOCKING)
        while True:
            answer, trouble = await self._take(silence_seconds)
            if answer is None:
                return trouble, ""
            if answer.state in _HAD:
                break
            holder = answer.holder
            if holder is not None and holder.run_id not in cleared:
                cleared.add(holder.run_id)
                if await asyncio.to_thread(self._is_over, holder.run_id):
                    await self._clear(holder)
                    continue
            left = deadline - loop.time()
            if left <= 0 or self.wishes.control.is_stopping:
                if answer.state is LockState.ALIVE:
                    return f"the run goes on at another console: {holder}", ""
                return f"{self.shell.host.name} is locked by {holder}", ""
            self.teller.say(f"waiting for the lock of {holder}")
            await asyncio.sleep(min(LOCK_PAUSE_SECONDS, left))
        self._locked = True
        self._was_free = answer.state is LockState.TAKEN
        await self.book.note("lock-taken", how=answer.state.value, boot_id=answer.boot_id)
        return "", answer.boot_id

    def _is_over(self, run_id: str) -> bool:
        """Whether a run of this very ledger has its verdict, and its console died before it unlocked."""
        rows = self._means.ledger.runs(RunQuery(run_id=run_id)) if run_id else []
        if not any(row.run_id == run_id and row.verdict for row in rows):
            return False
        owner = last_owner(self._means.ledger.events(run_id))
        return owner is not None and owner.is_alive(run_id) is False

    async def _clear(self, holder: Holder) -> None:
        """Remove the lock of a run that is over, once; as the login when it is the login's."""
        why = "its run has a verdict, and its console is gone"
        await self.book.note("lock-broken", holder_run_id=holder.run_id, holder=str(holder), why=why)
        output = await self.line.ask(lock.break_it(holder.run_id, sudo=False))
        try:
            lock.read_lock(output)
        except AnswerError:
            await self.line.ask(lock.break_it(holder.run_id, sudo=self.needs_root))

    async def put_back(self) -> str:
        """Leave the lock as it was before `lock`, and the run's jobs where they are; return what failed."""
        if not self._locked or not self._was_free:  # it was this run's already, and stays so
            return ""
        try:
            command = lock.break_it(self.run_id, sudo=self.needs_root)
            lock.read_lock(await self.line.ask(command))
        except (AnswerError, SudoError, UnreachableError) as error:
            return f"; {self.shell.host.name} is still locked by this run: {self.book.text(str(error))}"
        self._locked = False
        await self.book.note("lock-released")
        return ""

    async def relock(self) -> str:
        """Take the lock again after the host was restarted; return its new boot id.

        Raises:
            LostLockError: It was not had.
        """
        answer, trouble = await self._take(lock.SILENCE_SECONDS)
        if answer is None or answer.state not in _HAD:
            words = trouble or f"it is locked by {answer.holder if answer else ''}"
            raise LostLockError(f"the host was restarted, and {words}")
        await self.book.note("lock-taken", how=answer.state.value, boot_id=answer.boot_id, again=True)
        return answer.boot_id

    async def _take(self, silence_seconds: float) -> tuple[LockAnswer | None, str]:
        holder = Holder(
            run_id=self.run_id,
            who=self._means.operator.local_user,
            origin=platform.node(),
            recipe=self.plan.recipe,
            since=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        )
        command = lock.take(holder, self.token, silence_seconds=silence_seconds, sudo=self.needs_root)
        try:
            return await self._told_by_login(lock.read_lock(await self.line.ask(command))), ""
        except (AnswerError, SudoError) as error:
            return None, self.book.text(str(error))

    async def _told_by_login(self, answer: LockAnswer) -> LockAnswer:
        """Return who holds the lock as our login sees it, where root sees a stranger.

        A run that needed no root has a lock of the login's. Root reads nothing in a user's folder, not even
        in that of who came by sudo; the login itself may.
        """
        if answer.holder is None or not answer.holder.stranger or not self.needs_root:
            return answer
        seen = lock.read_lock(await self.line.ask(lock.show()))
        return replace(answer, holder=seen.holder or answer.holder)

    def place(self, boot_id: str) -> Place:
        """Return where the run's jobs are."""
        return Place(self.run_id, self.token, boot_id, self.relock)

    # The end ---------------------------------------------------------------------------------------

    async def refuse(self, why: str, *, differences: Sequence[str] = ()) -> RunResult:
        """End before anything was changed."""
        more = "".join(f"\n  {line}" for line in differences)
        text = self.book.text(f"{why}{more}", limit_chars=8000)
        try:
            await self.book.note(REFUSED, why=why, differences=list(differences))
        except LedgerError as error:
            text = f"{text} (and the ledger does not know of it: {error})"
        return await self.end(Ending(RunState.REFUSED, text), [StepRun(step) for step in self.plan.steps])

    async def end(self, ending: Ending, records: Sequence[StepRun]) -> RunResult:
        """Write the verdict, vouch for it, and unlock the host."""
        self.teller.begin(Phase.FINISHING)
        verdict = self.book.text(ending.verdict, limit_chars=8000)
        steps = [record.result() for record in records]
        try:
            await self.book.note(
                VERDICT,
                verdict=ending.state.value,
                text=verdict,
                steps=[
                    {"name": step.name, "state": step.state.value, "evidence": step.evidence[:500]}
                    for step in steps
                ],
            )
        except LedgerError as error:
            if ending.state is RunState.REFUSED:
                await self._unlock("")
                return self.result(ending.state, f"{verdict} (not in the ledger: {error})", steps)
            why = f"{verdict}; but the ledger could not take this verdict: {error}"
            return self.result(RunState.NEEDS_PERSON, why, steps, resumable=True)
        trouble = await self._vouch()
        return self.result(ending.state, f"{verdict}{trouble}", steps)

    async def _vouch(self) -> str:
        """Sign the ledger's head and echo it to the host, which is unlocked with that; return what failed."""
        troubles = []
        signed = False
        echo = ""
        try:
            try:
                head = await asyncio.to_thread(self._means.ledger.sign_head, self._means.signer)
                signed = head.signature is not None
            except SigningError as error:
                troubles.append(f"the ledger is not signed: {error}")
                head = await asyncio.to_thread(self._means.ledger.sign_head, None)
            echo = echo_command(head.ledger_id, head.seq, head.hash).argv[-1]
            seq = head.seq
        except LedgerError as error:
            troubles.append(str(error))
            seq = 0
        if self._locked:
            echoed, trouble = await self._unlock(echo)
            troubles += [trouble] if trouble else []
            try:
                if echo:
                    await self.book.note(ECHO, seq=seq, echoed=echoed, signed=signed)
                if not trouble:
                    await self.book.note("lock-released")
            except LedgerError as error:
                troubles.append(str(error))
        return "".join(f"; {self.book.text(trouble)}" for trouble in troubles)

    async def _unlock(self, echo: str) -> tuple[bool, str]:
        """Remove the run's jobs and its lock; return whether the head was echoed, and what failed."""
        if not self._locked:
            return False, ""
        name = self.shell.host.name
        try:
            if self.needs_root and False in self._users:  # jobs of both users; the lock is root's
                await self.line.ask(lock.finish(self.run_id, "", "", sudo=False))
            command = lock.finish(self.run_id, self.token, echo, sudo=self.needs_root)
            answer = lock.read_lock(await self.line.ask(command))
        except (AnswerError, SudoError, UnreachableError) as error:
            return False, f"{name} is still locked by this run: {error}"
        if answer.state is LockState.BUSY:
            return bool(answer.echoed), f"{name} was locked by another meanwhile: {answer.holder}"
        self._locked = False
        return bool(answer.echoed), ""

    def leave(self, why: str, records: Sequence[StepRun]) -> RunResult:
        """Leave the run open: nobody drives it from here on."""
        text = run_words.interrupted(self.book.text(why), self.plan, self.run_id)
        try:
            self.book.interrupted(text)
        except LedgerError as error:
            text = f"{text} ({error})"
        steps = [record.result() for record in records]
        return self.result(RunState.NEEDS_PERSON, text, steps, resumable=True)

    def result(
        self, state: RunState, verdict: str, steps: Sequence[StepResult] = (), *, resumable: bool = False
    ) -> RunResult:
        """Return how it ended, and tell the listener."""
        self.teller.begin(Phase.ENDED, None, verdict)
        return RunResult(
            run_id=self.run_id,
            plan_id=self.plan.plan_id,
            host=self.shell.host.name,
            recipe=self.plan.recipe,
            state=state,
            verdict=verdict,
            steps=tuple(steps) or tuple(StepRun(step).result() for step in self.plan.steps),
            started_at=self.started_at,
            ended_at=datetime.now(UTC),
            resumable=resumable,
            undo_asked=self.undo_asked,
        )

    async def _back_again(self, why: str, seconds: float) -> None:
        self.teller.say("connected again")
        await self.book.note("reconnected", why=why, seconds=round(seconds, 1))


LEAVES = (LedgerError, LostLockError, UnreachableError, HostTroubleError)
"""What makes a run be left open once something may have been changed."""
