"""The one door to every change: confirm, lock, apply, verify, undo; and the ledger knows of it all.

The order never varies: policy, confirmation, `start` in the ledger, lock on the host, facts read anew; then
for each step `intent` in the ledger, its job on the host, `outcome`, its check. What cannot be written to the
ledger is not done.
"""

from __future__ import annotations

import asyncio
import logging
import secrets as randomness
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from opsconsole import recipes
from opsconsole.data.host import Shell
from opsconsole.data.ledger import Entry, Ledger, LedgerError, Operator, RunRow, Signer
from opsconsole.recipes import document
from opsconsole.recipes.recipe import Plan, Recipe
from opsconsole.recipes.runner import lock_break
from opsconsole.recipes.runner import owner as run_owner
from opsconsole.recipes.runner.lock import Holder
from opsconsole.recipes.runner.policy import Policy
from opsconsole.recipes.runner.recover import Recovered, last_owner, recover
from opsconsole.recipes.runner.session import LEAVES, Means, Session, Wishes
from opsconsole.recipes.runner.state import Control, Listener, RunResult, RunState
from opsconsole.recipes.runner.steps import StepRun
from opsconsole.recipes.runner.ways import Ways

RECONNECT_SECONDS = 600.0

log = logging.getLogger(__name__)


class Runner:
    """Applies plans. One for the life of the console; it may drive several hosts at once."""

    def __init__(
        self,
        ledger: Ledger,
        *,
        policy: Policy,
        operator: Operator,
        signer: Signer | None = None,
        load: Callable[[str], Recipe] = recipes.load,
        reconnect_seconds: float = RECONNECT_SECONDS,
    ) -> None:
        """Make it.

        Args:
            ledger: Where everything is written before it is done.
            policy: Where nothing may be changed.
            operator: Who is at the console.
            signer: Signs the ledger's head at the end of each run; None: it stays unsigned.
            load: Returns the recipe of a name; raises KeyError.
            reconnect_seconds: How long a lost connection is waited for. The shell must reconnect by itself
                (`Connections.keep`).
        """
        self._ledger = ledger
        self._policy = policy
        self._ways = Ways(ledger, policy, load)
        self._means = Means(ledger, operator, signer, reconnect_seconds)

    async def plan(self, recipe: Recipe, shell: Shell, values: Mapping[str, Any]) -> Plan:
        """Read the facts, make the plan and keep it in the ledger; changes nothing on the host.

        Raises:
            PlanError: There can be no plan.
            ShellError: The host could not be asked.
            LedgerError: The plan could not be kept.
        """
        facts = await recipe.facts(shell, values)

        def made() -> Plan:
            host = shell.host
            plan = recipe.plan(host, values, facts)
            address = "" if host.is_local else f"{host.address}:{host.port}"
            self._ledger.keep_plan(document.to_document(plan), address=address, operator=self._means.operator)
            return plan

        # Of a host with very many files it is much work: other hosts and the screen wait for this loop.
        return await asyncio.to_thread(made)

    async def run(  # noqa: PLR0913 - all but two are by name
        self,
        plan: Plan,
        shell: Shell,
        *,
        confirmed: str,
        reason: str = "",
        incident: str = "",
        secrets: Mapping[str, str] | None = None,
        wait_lock_seconds: float = 0.0,
        listener: Listener | None = None,
        control: Control | None = None,
    ) -> RunResult:
        """Apply a plan. Every failure is a result; only cancellation is raised.

        Cancelling the task leaves the step's job running on the host and the run interrupted: see `resume`.

        Args:
            plan: What to do.
            shell: The host.
            confirmed: The plan id that was confirmed.
            reason: Why, as the operator typed it.
            incident: Id of the incident or maintenance it belongs to.
            secrets: Name -> value of the secret parameters.
            wait_lock_seconds: How long to wait for another's lock.
            listener: Told how it goes on; called on the event loop, must not block.
            control: To stop it.
        """
        wishes = Wishes(reason, incident, secrets or {}, wait_lock_seconds, listener, control or Control())
        session = Session(self._means, plan, _new_run_id(), shell, wishes)
        return await self._driven(session, lambda records: self._ways.run(session, confirmed, records))

    async def resume(
        self,
        run_id: str,
        shell: Shell,
        *,
        reason: str = "",
        secrets: Mapping[str, str] | None = None,
        wait_lock_seconds: float = 0.0,
        listener: Listener | None = None,
        control: Control | None = None,
    ) -> RunResult:
        """Go on with an interrupted run from exactly where it stands; like `run` in everything else.

        Raises:
            KeyError: The ledger knows of no such run, or not its plan.
            LedgerError: The ledger cannot be read.
        """
        wishes = Wishes(reason, "", secrets or {}, wait_lock_seconds, listener, control or Control())
        session, found = await self._taken_up(run_id, shell, wishes)
        return await self._driven(session, lambda records: self._ways.resume(session, found, records))

    async def undo(
        self,
        run_id: str,
        shell: Shell,
        *,
        reason: str = "",
        secrets: Mapping[str, str] | None = None,
        wait_lock_seconds: float = 0.0,
        listener: Listener | None = None,
        control: Control | None = None,
    ) -> RunResult:
        """Take back every applied step of an interrupted or ended run; refused when one has no undo.

        Raises:
            As `resume`.
        """
        wishes = Wishes(reason, "", secrets or {}, wait_lock_seconds, listener, control or Control())
        session, found = await self._taken_up(run_id, shell, wishes)
        return await self._driven(session, lambda records: self._ways.undo(session, found, records))

    async def holder(self, shell: Shell) -> Holder | None:
        """Return who holds the host's lock; None: nobody. Changes nothing.

        Raises:
            ShellError: The host could not be asked.
        """
        return await lock_break.holder(shell)

    async def break_lock(self, shell: Shell, *, holder_run_id: str, reason: str) -> str:
        """Take another's lock off the host on purpose; audited.

        Args:
            shell: The host.
            holder_run_id: The run that was shown as the holder: another that came meanwhile is not touched.
            reason: Why, as the operator typed it.

        Returns:
            What happened, for a person.

        Raises:
            LockError: It was not broken; the message says why.
            LedgerError: It could not be written down; nothing was done.
            ShellError: The host could not be asked.
        """
        entry = Entry(kind="", reason=reason, operator=self._means.operator)
        refusal = self._policy.refusal(shell.host)
        return await lock_break.break_lock(self._ledger, entry, shell, holder_run_id, refusal)

    def interrupted(self) -> list[RunRow]:
        """Return the runs that began, have no verdict, and that nobody drives any more. Blocks (ledger).

        One that was driven from another machine is among them: whether it still is, only its host can tell
        (`resume` asks it).
        """
        found = []
        for row in self._ledger.open_runs():
            owner = last_owner(self._ledger.events(row.run_id))
            if owner is None or not owner.is_alive(row.run_id):
                found.append(row)
        return found

    # One run ---------------------------------------------------------------------------------------

    async def _driven(
        self, session: Session, go: Callable[[list[StepRun]], Awaitable[RunResult]]
    ) -> RunResult:
        """Drive a run; whatever happens, it is left in a known state and nobody waits for it in vain."""
        records = [StepRun(step) for step in session.plan.steps]
        if run_owner.driven_here(session.run_id):
            return session.result(RunState.REFUSED, "the run goes on in this console")
        run_owner.drive(session.run_id)
        try:
            return await go(records)
        except LEAVES as error:
            return session.leave(str(error), records)
        except asyncio.CancelledError:
            session.leave("the console was closed", records)
            raise
        except Exception as error:  # noqa: BLE001 - the run must not be left as if somebody drove it
            # The traceback's locals may hold secrets; only where it came from is told.
            log.error("run %s failed: %s", session.run_id, type(error).__name__)  # noqa: TRY400
            return session.leave(f"a mistake of opsconsole ({type(error).__name__})", records)
        finally:
            run_owner.leave(session.run_id)

    async def _taken_up(self, run_id: str, shell: Shell, wishes: Wishes) -> tuple[Session, Recovered]:
        events = await asyncio.to_thread(self._ledger.events, run_id)
        plan_id = next((event.plan_id for event in events if event.plan_id), "")
        kept = await asyncio.to_thread(self._ledger.plan, plan_id) if plan_id else None
        if kept is None:
            raise KeyError(run_id)
        try:
            plan = document.from_document(kept)
        except ValueError as error:
            raise LedgerError(f"run {run_id}: {error}") from None
        found = recover(plan, events, run_id)
        wishes = replace(wishes, reason=wishes.reason or found.reason, incident=found.incident)
        session = Session(self._means, plan, run_id, shell, wishes)
        session.started_at = found.started_at or session.started_at
        return session, found


def _new_run_id() -> str:
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{randomness.token_hex(3)}"
