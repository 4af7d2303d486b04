"""The way through the recipe screens: choose, set, plan, confirm, run; and to take up an interrupted run.

Nothing here changes a host: `Runs.start`, `resume` and `undo` do, and behind them stands the one runner. What
is refused here (read-only) is refused early, in the same words; the runner refuses it again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from opsconsole import recipes
from opsconsole.console.given import prepared, typed
from opsconsole.console.helps import normal_name
from opsconsole.console.plans import secrets_wanted
from opsconsole.console.presets import from_files
from opsconsole.console.tui import recipe_unlock
from opsconsole.console.tui.dialogs import Dialog, SecretDialog
from opsconsole.console.tui.dialogs_base import Answer
from opsconsole.console.tui.recipe_chooser import RecipeChooser
from opsconsole.console.tui.recipe_confirm import Confirmed, ConfirmRun
from opsconsole.console.tui.recipe_form import Planned, RecipeForm
from opsconsole.console.tui.recipe_plan import PlanScreen
from opsconsole.console.tui.recipe_plan_lines import risk_words
from opsconsole.console.tui.recipe_plans import PlansScreen
from opsconsole.console.tui.recipe_run import RunScreen
from opsconsole.console.tui.recipe_runs import RunsScreen
from opsconsole.console.tui.source_runs import LiveRunLike, RunsLike
from opsconsole.data.host import Host
from opsconsole.data.text import clean_line
from opsconsole.recipes.confirm import Confirmation, confirmation
from opsconsole.recipes.recipe import Plan, SecretNeededError
from opsconsole.recipes.runner.rollout import fleet_id, ordered
from opsconsole.recipes.runner.words import way_on

if TYPE_CHECKING:
    from opsconsole.console.tui.app import OpsconsoleApp
    from opsconsole.data.ledger import RunRow

TakeUp = Literal["resume", "undo"]

log = logging.getLogger(__name__)


class RecipeDoor:
    """Opens the recipe screens of a console, one after the other."""

    def __init__(self, app: OpsconsoleApp) -> None:
        self._app = app

    @property
    def runs(self) -> RunsLike:
        """The runs of the session."""
        return self._app.source.runs

    @property
    def _hosts(self) -> dict[str, Host]:
        return {name: state.host for name, state in self._app.source.hosts.items()}

    def confirmation(self, plans: Sequence[Plan], *, undoing: bool = False) -> Confirmation:
        """Return how plans must be confirmed."""
        return confirmation(plans, self._hosts, undoing=undoing)

    # Choosing and planning ---------------------------------------------------------------------

    def choose(self, hosts: Sequence[str], suggested: str = "") -> None:
        """Choose a recipe for hosts."""
        if not hosts:
            self._tell("No host is chosen.")
            return

        def chosen(name: str | None) -> None:
            if name is not None:
                self.open_form(name, hosts)

        self._app.push_screen(RecipeChooser(hosts, suggested), chosen)

    def open_form(self, name: str, hosts: Sequence[str], values: Mapping[str, str] | None = None) -> None:
        """Set the parameters of a recipe; `values` stand in the form at first."""
        if not hosts:
            self._tell("No host is chosen: put the cursor on one, or mark several with space.")
            return
        try:
            recipe = recipes.load(normal_name(name))
        except KeyError:
            self._tell(f"There is no recipe {name}.")
            return
        self._app.push_screen(RecipeForm(recipe, hosts, values))

    def show_plans(self, planned: Planned, hosts: Sequence[str]) -> None:
        """Show what would be done."""
        if len(hosts) == 1 and planned.plans:
            self._app.push_screen(PlanScreen(planned, planned.plans[0]))
        else:
            known = self._hosts
            names = [host.name for host in ordered(known[plan.host] for plan in planned.plans)]
            in_order = sorted(planned.plans, key=lambda plan: names.index(plan.host))
            self._app.push_screen(PlansScreen(replace(planned, plans=tuple(in_order))))

    def look(self, row: RunRow) -> None:
        """Read the story of a run of the ledger."""
        from opsconsole.console.tui.audit_story import StoryScreen
        from opsconsole.console.tui.audit_trail import Trail

        self._app.push_screen(StoryScreen(Trail(self._app.source.settings.ledger_path), row))

    # Running -----------------------------------------------------------------------------------

    def ask_to_run(self, planned: Planned) -> None:
        """Ask for a run in the way that its tier wants, and begin it."""
        plans = [plan for plan in planned.plans if plan.steps]
        if not plans:
            self._tell("There is nothing to do, and so nothing to run.")
            return
        if self._refused([plan.host for plan in plans]):
            return
        several = len(plans) > 1
        first = plans[0]
        where = f"{len(plans):,} hosts" if several else first.host
        lines = (
            [f"plans {fleet_id(plans)}, {len(plans)} in all"]
            if several
            else [
                first.summary,
                f"risk: {risk_words(first)[0]}",
                f"plan {first.plan_id}, {len(first.steps)} steps",
            ]
        )
        dialog = ConfirmRun(
            f"Run {first.recipe} on {where}",
            f"Run on {where}",
            self.confirmation(plans),
            lines=lines,
            hosts=[plan.host for plan in plans] if several else (),
            production=self._production(plans),
        )

        def answered(said: Confirmed | None) -> None:
            if said is not None:
                self._work(self._start(planned, plans, said))

        self._app.push_screen(dialog, answered)

    async def _start(self, planned: Planned, plans: Sequence[Plan], said: Confirmed) -> None:
        confirmed = await self.runs.keep(plans)
        live = self.runs.start(
            plans,
            confirmed=confirmed,
            reason=said.reason,
            incident=said.incident,
            secrets=dict(planned.secrets),
            pace=said.pace,
            wait_lock_seconds=said.wait_lock_seconds,
        )
        self._leave_planning()
        self.show_run(live)

    def _leave_planning(self) -> None:
        """Leave the plan and its form: the plan is spent."""
        while isinstance(self._app.screen, (PlanScreen, PlansScreen, RecipeForm)):
            self._app.pop_screen()

    def show_run(self, live: LiveRunLike) -> None:
        """Show how a run goes on."""
        self._app.watch_runs.wake()
        self._app.push_screen(RunScreen(live))

    def show_runs(self) -> None:
        """List the runs of this session and those that were interrupted."""
        if not isinstance(self._app.screen, RunsScreen):
            self._app.push_screen(RunsScreen())

    def unlock(self, host: str) -> None:
        """Ask, then break the lock of a run that is no more off a host."""
        if not self._refused([host]):
            self._work(self._unlock(host))

    async def _unlock(self, host: str) -> None:
        known = self._hosts
        production = host in known and known[host].is_production
        said = await recipe_unlock.unlock(self.runs, host, production=production, ask=self._ask)
        if said:
            self._tell(said)

    # Taking up ---------------------------------------------------------------------------------

    def take_up(self, kind: TakeUp, run_id: str, host: str) -> None:
        """Ask to resume or undo a run, and do it."""
        if not run_id:
            self._tell("This run has no entry in the ledger: there is nothing to take up.")
        elif not self._refused([host]):
            self._work(self._ask_to_take_up(kind, run_id, host))

    async def _ask_to_take_up(self, kind: TakeUp, run_id: str, host: str) -> None:
        plan, far = await self.runs.plan_of(run_id), await self.runs.far(run_id)
        if plan is None or far is None:
            self._tell(f"The plan of run {run_id} is not in the ledger: it cannot be taken up.")
            return
        lines = [plan.summary, f"run {run_id}, plan {plan.plan_id}"]
        if kind == "undo":
            what, verb = f"Undo {plan.recipe} on {host}", "Undo"
            if far.no_way_back:
                self._tell(f"Refused: {far.no_way_back}. Nothing was changed.")
                return
            applied = f"{len(far.applied)} of {len(plan.steps)} steps were applied, wholly or in part"
            lines.append(f"{applied}: taken back, the last one first, and each is proved")
        else:
            what, verb = f"Go on with {plan.recipe} on {host}", "Resume"
            on = "goes on from where the host and the ledger say that it stands"
            lines.append(f"It {way_on(far.back) if far.back else on}; no step runs twice.")
        dialog = ConfirmRun(
            what,
            verb,
            self.confirmation([plan], undoing=kind == "undo"),
            lines=lines,
            production=self._production([plan]),
            asks=("wait", "reason"),
        )
        said = await self._ask(dialog)
        if said is None:
            return
        secrets = await self._ask_secrets(plan, undoing=kind == "undo")
        if secrets is None:
            return
        take_up = self.runs.undo if kind == "undo" else self.runs.resume
        live = await take_up(
            run_id,
            confirmed=plan.plan_id,
            reason=said.reason,
            secrets=secrets,
            wait_lock_seconds=said.wait_lock_seconds,
        )
        self.show_run(live)

    async def _ask_secrets(self, plan: Plan, *, undoing: bool) -> dict[str, str] | None:
        """Ask again for what is never remembered; None: one was declined."""
        recipe = recipes.load(plan.recipe)
        parameters = {one.name: one for one in recipe.parameters}
        texts: dict[str, str] = {}
        wanted = list(secrets_wanted([plan], undoing=undoing))
        offered = self.runs.presets(recipe, [])
        known = await asyncio.to_thread(from_files, recipe, wanted, [plan], offered, {})
        wanted = [name for name in wanted if name not in known]
        while True:
            for name in wanted:
                is_file = name in parameters and parameters[name].is_file
                what = "path of its file, the same as for" if is_file else "as for"
                answer = await self._ask(SecretDialog(plan.recipe, f"{name}, {what} the run before"))
                if answer is None:
                    return None
                texts[name] = answer
            try:
                given = await asyncio.to_thread(lambda: prepared(recipe, typed(recipe.parameters, texts)))
            except SecretNeededError as error:
                if error.name in texts:
                    raise
                wanted = [error.name]
            else:
                return {**known, **given.secrets}

    async def _ask(self, dialog: Dialog[Answer]) -> Answer | None:
        return await self._app.push_screen_wait(dialog)

    # Helpers -----------------------------------------------------------------------------------

    def refusal(self, hosts: Sequence[str]) -> str:
        """Return why nothing may be changed on one of these hosts, or an empty text."""
        known = self._app.source.hosts
        for host in hosts:
            why = self.runs.refusal(host) if host in known else f"{host} is not in the inventory"
            if why:
                return why
        return ""

    def _refused(self, hosts: Sequence[str]) -> bool:
        why = self.refusal(hosts)
        if why:
            self._tell(f"Refused: {why}. Nothing was changed.")
        return bool(why)

    def _production(self, plans: Sequence[Plan]) -> list[str]:
        hosts = self._hosts
        return [plan.host for plan in plans if plan.host in hosts and hosts[plan.host].is_production]

    def _tell(self, text: str) -> None:
        self._app.notify(clean_line(text), severity="warning", timeout=8, markup=False)

    def _work(self, work: Coroutine[Any, Any, None]) -> None:
        self._app.run_worker(self._told(work), group="recipes", exit_on_error=False)

    async def _told(self, work: Coroutine[Any, Any, None]) -> None:
        """Do it; tell what went wrong rather than lose it with the worker."""
        try:
            await work
        except Exception as error:
            log.exception("a recipe screen failed")
            self._app.notify(
                clean_line(str(error) or type(error).__name__), severity="error", timeout=12, markup=False
            )
