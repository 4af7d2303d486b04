"""What `resume` and `undo` have in common: both take up a run that the ledger knows."""

from __future__ import annotations

import argparse
import asyncio

from opsconsole.console.cli.context import fail, load, tell, warn
from opsconsole.console.cli.drive import drive, ended
from opsconsole.console.cli.order import REFUSED_STATUS, USAGE_STATUS, command
from opsconsole.console.cli.plan_text import plan_text
from opsconsole.console.cli.printing import print_json, print_lines
from opsconsole.console.cli.reach import reaching
from opsconsole.console.cli.texts import ask_secrets, prepared_here, read_set
from opsconsole.console.inventory import Inventory
from opsconsole.console.live_run import UNDO, LiveRun
from opsconsole.console.plans import RunsError, recipe_named, secrets_wanted
from opsconsole.console.presets import from_files, presets
from opsconsole.console.runs import Runs
from opsconsole.console.settings import Settings
from opsconsole.data.ledger import LedgerError, RunRow
from opsconsole.recipes.document import to_document
from opsconsole.recipes.recipe import HIDDEN, Given, ParameterError, Plan, PlanError
from opsconsole.recipes.runner.words import way_on


def take_up(args: argparse.Namespace, verb: str) -> int:
    """Resume or undo a run, or show its plan and refuse."""
    settings, inventory = load(args)
    warn(settings, inventory, interrupted=False)

    async def work() -> int:
        async with reaching(settings, inventory) as runs:
            try:
                row = await runs.trail.row(args.run_id)
                plans = await runs.trail.stored(row.plan_id)
                if args.confirm is None:
                    far = await runs.far(row.run_id)
                    on = way_on(far.back if far is not None else "")
                    return _show(args, verb, row, plans[0], inventory, on)
                live = await _begin(args, settings, verb, runs, row, plans[0])
            except ParameterError as error:
                return fail(str(error), status=USAGE_STATUS)
            except (RunsError, LedgerError, PlanError) as error:
                return fail(f"refused: {error}; nothing was changed", status=REFUSED_STATUS)
            await drive(runs, live)
        return ended(args, live)

    return asyncio.run(work())


async def _begin(
    args: argparse.Namespace, settings: Settings, verb: str, runs: Runs, row: RunRow, plan: Plan
) -> LiveRun:
    recipe = recipe_named(plan.recipe)
    given = read_set(args.texts, recipe.parameters)
    wanted = secrets_wanted([plan], undoing=verb == UNDO)
    known = from_files(recipe, wanted, [plan], presets(recipe, settings, ()), given.secrets)
    secrets = await ask_secrets(wanted, known, recipe.parameters)
    texts = {**given.texts, **dict.fromkeys(secrets, HIDDEN)}
    secrets = dict((await prepared_here(recipe, Given(texts, secrets))).secrets)
    begin = runs.undo if verb == UNDO else runs.resume
    return await begin(
        row.run_id,
        confirmed=args.confirm,
        reason=args.reason,
        secrets=secrets,
        wait_lock_seconds=args.wait_lock,
    )


def _show(args: argparse.Namespace, verb: str, row: RunRow, plan: Plan, inventory: Inventory, on: str) -> int:
    """Show what was planned, and refuse: nothing was confirmed."""
    if args.json:
        print_json(to_document(plan))
    else:
        entry = inventory.entries.get(row.host)
        print_lines(plan_text(plan, entry.host if entry is not None else None, verbose=args.verbose))
    then = "takes back what was applied of it" if verb == UNDO else on
    tell(f"run {row.run_id} of {row.started_at:%Y-%m-%d %H:%M} UTC applied this plan; {verb} {then}")
    words = [row.run_id, *(f"--set={text}" for text in args.texts), f"--confirm={row.plan_id}"]
    what = command(args, verb, words)
    return fail(
        f"refused: nothing was confirmed and nothing was changed; type: {what}", status=REFUSED_STATUS
    )
