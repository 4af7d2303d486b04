"""`opsconsole run RECIPE TARGET --confirm PLAN_ID`: applies exactly that plan."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from opsconsole.console.cli.order import (
    add_confirm,
    add_set,
    add_targets,
    add_verbose,
    add_why,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opsconsole.console.cli.planning import Order
    from opsconsole.console.runs import Runs
    from opsconsole.recipes.recipe import Plan
    from opsconsole.recipes.runner.rollout import Pace

_VALUE_CHARS = 200
NAME = "run"
HELP = "apply a confirmed plan; exits 0 done, 1 failed and undone, 3 refused, 4 the host needs a person"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    add_targets(parser)
    add_set(parser)
    add_confirm(parser)
    add_why(parser)
    parser.add_argument(
        "--batch",
        default="1",
        metavar="N",
        help="so many hosts at the same time, such as 2 or 25%% (default: 1)",
    )
    parser.add_argument(
        "--max-failures",
        type=_whole,
        default=0,
        metavar="N",
        help="begin with no further host when more than N have failed (default: 0)",
    )
    add_verbose(parser)


def run(args: argparse.Namespace) -> int:
    """Apply the plan, or show one and refuse."""
    import asyncio

    from opsconsole.console.cli.context import fail
    from opsconsole.console.cli.order import REFUSED_STATUS, USAGE_STATUS, confirming
    from opsconsole.console.cli.planning import planning, prepare, show
    from opsconsole.recipes.recipe import ParameterError
    from opsconsole.recipes.runner.rollout import Batch, Pace

    try:
        pace = Pace(Batch.read(args.batch), args.max_failures)
    except ParameterError as error:
        return fail(f"--{error}", status=USAGE_STATUS)
    order = prepare(args, bound=args.confirm is not None)
    if args.confirm is not None:
        return asyncio.run(_apply(args, order, pace))
    planned = planning(order)
    status = show(args, order, planned)
    if not planned.changes:
        return status
    what = confirming(args, planned.plan_id, args.targets)
    return fail(
        f"refused: nothing was confirmed and nothing was changed; type: {what}", status=REFUSED_STATUS
    )


async def _apply(args: argparse.Namespace, order: Order, pace: Pace) -> int:
    from opsconsole.console.cli.context import fail
    from opsconsole.console.cli.drive import drive, ended
    from opsconsole.console.cli.order import REFUSED_STATUS, USAGE_STATUS
    from opsconsole.console.cli.reach import reaching
    from opsconsole.console.plans import RunsError
    from opsconsole.data.ledger import LedgerError
    from opsconsole.recipes.recipe import ParameterError

    async with reaching(order.settings, order.inventory) as runs:
        try:
            plans, secrets = await _confirmed(runs, args.confirm, order)
            live = runs.start(
                plans,
                confirmed=args.confirm,
                reason=args.reason,
                incident=args.incident,
                secrets=secrets,
                wait_lock_seconds=args.wait_lock,
                pace=pace,
            )
        except ParameterError as error:
            return fail(str(error), status=USAGE_STATUS)
        except (RunsError, LedgerError) as error:
            return fail(f"refused: {error}; nothing was changed", status=REFUSED_STATUS)
        await drive(runs, live)
    return ended(args, live)


async def _confirmed(runs: Runs, plan_id: str, order: Order) -> tuple[Sequence[Plan], Mapping[str, str]]:
    """Return the plans that were confirmed, when the rest of the command line says the same, and the secrets.

    Raises:
        RunsError: They are not, or there are none.
        ParameterError: A text that was given is not of its parameter's kind, or a secret is missing.
        LedgerError: The ledger cannot be read.
    """
    from opsconsole.console.cli.context import tell
    from opsconsole.console.cli.texts import ask_secrets, prepared_here
    from opsconsole.console.plans import RunsError, secrets_wanted
    from opsconsole.console.presets import from_files
    from opsconsole.data.text import clean_line
    from opsconsole.recipes.parameters import as_json, read_given
    from opsconsole.recipes.recipe import HIDDEN, Given

    plans = await runs.trail.stored(plan_id)
    for plan in plans:
        if plan.recipe != order.recipe.name:
            raise RunsError(f"plan {plan_id} is one of {plan.recipe}, not of {order.recipe.name}")
        if plan.host not in order.hosts:
            raise RunsError(f"plan {plan_id} is for {plan.host} as well, which is not among the targets")
    wanted = secrets_wanted(plans)
    known = from_files(order.recipe, wanted, plans, order.presets, order.secrets)
    secrets = await ask_secrets(wanted, known, order.recipe.parameters)
    texts = {**order.texts, **dict.fromkeys(secrets, HIDDEN)}
    given = Given(texts, secrets, presets=order.presets, hosts=tuple(order.hosts))
    prepared = await prepared_here(order.recipe, given)
    said = as_json(read_given(order.recipe.parameters, prepared.texts))
    for plan in plans:
        for name, value in said.items():
            if plan.parameters.get(name) != value:
                planned, now = (
                    clean_line(repr(one), _VALUE_CHARS) for one in (plan.parameters.get(name), value)
                )
                raise RunsError(f"plan {plan_id} was made with {name} = {planned}, not {now}")
    beside = [name for name in order.hosts if name not in {plan.host for plan in plans}]
    if beside:
        tell(f"warning: not in plan {plan_id}, nothing is done there: {', '.join(beside)}")
    return plans, prepared.secrets


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 7):
        raise argparse.ArgumentTypeError(f"{text[:20]!r} is not a number of hosts")
    return int(text)
