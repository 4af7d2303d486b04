"""The three ways into a run: a new one, one that goes on, one that is taken back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from opsconsole.data.host import Shell, SudoError
from opsconsole.data.ledger import Ledger, LedgerError
from opsconsole.data.ledger_entry import REFUSED, START, UNDO_ASKED, UNDO_REFUSED
from opsconsole.recipes import document
from opsconsole.recipes.recipe import Plan, PlanError, Recipe
from opsconsole.recipes.runner import lock
from opsconsole.recipes.runner import values as run_values
from opsconsole.recipes.runner import words as run_words
from opsconsole.recipes.runner.flow import Flow
from opsconsole.recipes.runner.owner import Owner
from opsconsole.recipes.runner.policy import Policy
from opsconsole.recipes.runner.recover import Recovered, Standing
from opsconsole.recipes.runner.session import LEAVES, Session
from opsconsole.recipes.runner.state import Phase, RunResult, RunState
from opsconsole.recipes.runner.steps import Ending, StepRun

_DRIVEN = "another console on this machine drives it"


class Ways:
    """Begins runs, or refuses to; what it raises is told by its caller.

    Args:
        ledger: The ledger.
        policy: Where nothing may be changed.
        load: Returns the recipe of a name; raises KeyError.
    """

    def __init__(self, ledger: Ledger, policy: Policy, load: Callable[[str], Recipe]) -> None:
        self._ledger = ledger
        self._policy = policy
        self._load = load

    async def run(self, session: Session, confirmed: str, records: list[StepRun]) -> RunResult:
        """Apply a plan from its beginning."""
        plan, shell = session.plan, session.shell
        why = self._policy.refusal(shell.host) or _not_its_host(plan, shell)
        if not why and confirmed != plan.plan_id:
            why = f"plan {plan.plan_id} was not confirmed ({confirmed or 'none'} was)"
        recipe, trouble = self._recipe(plan)
        why = why or trouble or run_values.problem(plan, session.wishes.secrets)
        if why or recipe is None:
            return await session.refuse(why)
        try:
            known = await asyncio.to_thread(self._ledger.plan, plan.plan_id)
            if known is None:
                await asyncio.to_thread(lambda: self._ledger.keep_plan(document.to_document(plan)))
            await session.book.note(
                START,
                parameters=dict(plan.parameters),
                risk=plan.risk.value,
                steps=[step.title for step in plan.steps],
                console=Owner.here().body(),
            )
        except LedgerError as error:
            return session.result(
                RunState.REFUSED, f"nothing was done, for it could not be recorded: {error}"
            )
        refused = await self._begin(session, recipe)
        if isinstance(refused, RunResult):
            return refused
        return await self._forward(session, records, refused)

    async def _begin(
        self, session: Session, recipe: Recipe, silence_seconds: float = lock.SILENCE_SECONDS
    ) -> RunResult | str:
        """Take the lock and read the facts anew; return the refusal, or the host's boot id."""
        try:
            why, boot_id = await session.lock(silence_seconds)
            if why:
                return await session.refuse(why)
            if session.wishes.control.is_stopping:
                return await session.refuse("it was stopped before anything was begun")
            session.teller.begin(Phase.READING)
            differences = await self._drift(session, recipe)
        except (SudoError, PlanError, *LEAVES) as error:
            return await session.refuse(str(error))
        except Exception as error:  # noqa: BLE001 - a recipe's mistake; nothing was changed yet
            return await session.refuse(f"the recipe could not read the facts: {type(error).__name__}")
        if differences:
            return await session.refuse(
                f"{session.shell.host.name} is not as it was when this was planned; plan again",
                differences=differences,
            )
        return boot_id

    async def _forward(self, session: Session, records: list[StepRun], boot_id: str) -> RunResult:
        flow = Flow(session.plan, records, session.place(boot_id), session.work, session.book, session.teller)
        ending = await flow.forward(session.wishes.control)
        return await session.end(ending, records)

    async def resume(self, session: Session, found: Recovered, records: list[StepRun]) -> RunResult:
        """Go on with a run from where it stands, forward or backward."""
        records[:] = found.steps
        session.undo_asked = found.undo_asked
        recipe, trouble = self._recipe(session.plan)
        silence = found.silence_seconds
        why = self._not_resumed(session, found, trouble)
        if why or silence is None:
            return await self._not_taken_up(session, found, why or _DRIVEN)
        await session.book.note("resumed", console=Owner.here().body())
        if found.before_undo is not None:
            return await self._back_if_wise(session, found, records, silence)
        if found.is_fresh and not found.back and recipe is not None:
            refused = await self._begin(session, recipe, silence)
            if isinstance(refused, RunResult):
                return refused
            return await self._forward(session, records, refused)
        why, boot_id = await session.lock(silence)
        if why:
            return session.leave(why, records)
        flow = Flow(session.plan, records, session.place(boot_id), session.work, session.book, session.teller)
        control = session.wishes.control
        ending = await (flow.back(found.back) if found.back else flow.forward(control))
        return await session.end(ending, records)

    def _not_resumed(self, session: Session, found: Recovered, trouble: str) -> str:
        """Return why a run is not gone on with; what stands against its recipe is none of the way back."""
        why = self._policy.refusal(session.shell.host) or _not_its_host(session.plan, session.shell)
        if not why and (found.verdict or found.refused):
            why = f"the run has ended: {found.verdict or 'refused'}"
        if not why and found.back:
            return _lacks(found.applied, session.wishes.secrets)
        return why or trouble or run_values.problem(session.plan, session.wishes.secrets)

    async def undo(self, session: Session, found: Recovered, records: list[StepRun]) -> RunResult:
        """Take back what a run applied."""
        records[:] = found.steps
        session.undo_asked = True
        why = self._policy.refusal(session.shell.host) or _not_its_host(session.plan, session.shell)
        why = why or found.no_way_back or _lacks(found.applied, session.wishes.secrets)
        silence = found.silence_seconds
        if why or silence is None:
            return await self._not_taken_up(session, found, why or _DRIVEN)
        await session.book.note(UNDO_ASKED, console=Owner.here().body())
        return await self._back_if_wise(session, found, records, silence)

    async def _back_if_wise(
        self, session: Session, found: Recovered, records: list[StepRun], silence: float
    ) -> RunResult:
        """Take back what a person wants undone, unless the recipe has something against it.

        The ledger says before that it was asked for: from then on other consoles leave the lock alone. Who is
        gone before there is an answer has decided nothing: `resume` asks again (`Recovered.before_undo`).
        """
        remark = ""
        try:
            why, boot_id = await session.lock(silence)
            if not why:
                why, remark = await self._trouble_of_undo(session, found)
        except LEAVES as error:  # nothing was begun
            why = str(error)
        if why:
            return await self._stays(session, found.standing, records, session.book.text(why))
        flow = Flow(session.plan, records, session.place(boot_id), session.work, session.book, session.teller)
        ending = await flow.back(f"it was to be undone{remark}")
        return await session.end(ending, records)

    async def _trouble_of_undo(self, session: Session, found: Recovered) -> tuple[str, str]:
        """Return what the recipe has against an undo that a person asks for (`Recipe`), and a remark.

        Most have nothing. Where no recipe is there to be asked an undo stays possible; the remark says so.
        """
        recipe, unknown = self._recipe(session.plan)
        unknown = _other_version(session.plan, recipe) if recipe else unknown
        ask = getattr(recipe, "undo_trouble", None)
        if ask is None:
            return "", f", and no recipe was asked whether that is wise ({unknown})" if unknown else ""
        session.teller.begin(Phase.READING)
        steps = frozenset(record.step.name for record in found.applied)
        try:
            trouble = str(await session.line.whole(lambda: ask(session.shell, session.plan, steps)))
        except (SudoError, PlanError, *LEAVES) as error:
            trouble = str(error)
        except Exception as error:  # noqa: BLE001 - a recipe's mistake; nothing was changed yet
            trouble = f"the recipe could not tell whether that is wise: {type(error).__name__}"
        return (f"{trouble} ({unknown})" if trouble and unknown else trouble), ""

    async def _stays(self, session: Session, was: Standing, records: list[StepRun], why: str) -> RunResult:
        """Refuse an undo that was asked for; the run is again what it was."""
        if was.verdict:
            text = f"the undo was refused: {why}; {was.verdict_text}"
            await session.end(Ending(RunState(was.verdict), text), records)
        else:
            trouble = await session.put_back()
            await session.book.note(UNDO_REFUSED, why=why)
            why = run_words.undo_refused(why, session.run_id, back=was.back) + trouble
        steps = [record.result() for record in records]
        return session.result(RunState.REFUSED, why, steps, resumable=not was.verdict)

    async def _not_taken_up(self, session: Session, found: Recovered, why: str) -> RunResult:
        """Refuse to resume or undo; the run stays what it was."""
        steps = [record.result() for record in found.steps]
        text = session.book.text(why)
        try:
            await session.book.note(REFUSED, why=why)
        except LedgerError as error:
            text = f"{text} ({error})"
        return session.result(
            RunState.REFUSED, text, steps, resumable=not found.verdict and not found.refused
        )

    def _recipe(self, plan: Plan) -> tuple[Recipe | None, str]:
        """Return the recipe of a plan, and why the plan is none of it."""
        try:
            recipe = self._load(plan.recipe)
        except KeyError:
            return None, f"there is no recipe {plan.recipe}"
        other = _other_version(plan, recipe)
        return recipe, f"{other}; plan again" if other else ""

    async def _drift(self, session: Session, recipe: Recipe) -> list[str]:
        values = run_values.values_of(recipe.parameters, session.plan)
        facts = await session.line.whole(lambda: recipe.facts(session.shell, values))
        found = await asyncio.to_thread(run_values.differences, session.plan.facts, facts.binding)
        return [session.book.text(line) for line in found]


def _not_its_host(plan: Plan, shell: Shell) -> str:
    if plan.host != shell.host.name:
        return f"the plan is for {plan.host}, not for {shell.host.name}"
    return ""


def _other_version(plan: Plan, recipe: Recipe) -> str:
    if recipe.version == plan.version:
        return ""
    return f"the plan is of version {plan.version} of {plan.recipe}, which is version {recipe.version} now"


def _lacks(applied: Sequence[StepRun], secrets: Mapping[str, str]) -> str:
    for record in applied:
        if names := run_values.lacks_secret(record.step, secrets, undoing=True):
            return f"the secret {names} is needed to take back “{record.step.title}”, and was not given"
    return ""
