"""Planning on the command line: what was asked for, the plans of all hosts, and how they are shown."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from rich.text import Text

from opsconsole.console.cli.context import fail, load, tell, warn
from opsconsole.console.cli.order import REFUSED_STATUS, USAGE_STATUS, confirming
from opsconsole.console.cli.plan_text import plan_text
from opsconsole.console.cli.printing import columns, print_json, print_lines
from opsconsole.console.cli.texts import prepared_here, read_set, to_be_asked
from opsconsole.console.inventory import Inventory, TargetError
from opsconsole.console.mistakes import mistake
from opsconsole.console.plans import recipe_named
from opsconsole.console.presets import presets
from opsconsole.console.runs import Runs
from opsconsole.console.settings import Settings
from opsconsole.data.host import Host, ShellError
from opsconsole.data.ledger import LedgerError
from opsconsole.data.text import clean_line
from opsconsole.recipes.document import to_document
from opsconsole.recipes.parameters import read_all
from opsconsole.recipes.recipe import ParameterError, Plan, PlanError, Preset, Recipe
from opsconsole.recipes.runner.rollout import ordered


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked for, as far as this machine can judge it.

    Attributes:
        settings: The settings.
        inventory: The inventory.
        recipe: The recipe.
        hosts: The hosts by name, in the order in which they are done.
        texts: Parameter name -> what was typed; `HIDDEN` for secrets.
        secrets: The secrets that were given.
        presets: Name -> what the configuration says under it for the recipe.
    """

    settings: Settings
    inventory: Inventory
    recipe: Recipe
    hosts: Mapping[str, Host]
    texts: Mapping[str, str]
    secrets: Mapping[str, str] = field(repr=False)
    presets: Mapping[str, Preset] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Planned:
    """The plans of an order.

    Attributes:
        plan_id: What confirms them all; empty: there is none.
        plans: One a host, in the order in which they are applied.
        problems: Host name -> why there is no plan for it.
    """

    plan_id: str
    plans: Sequence[Plan]
    problems: Mapping[str, str]

    @property
    def changes(self) -> bool:
        """Whether there is anything to do anywhere."""
        return any(plan.steps for plan in self.plans)


def prepare(args: argparse.Namespace, *, bound: bool = False) -> Order:
    """Return what was asked for; a mistake in it is told.

    Args:
        args: The command line's.
        bound: A plan that exists says what the parameters are: none has to be set.

    Raises:
        SystemExit: There was a mistake.
    """
    settings, inventory = load(args)
    warn(settings, inventory)
    try:
        recipe = recipe_named(args.recipe)
        hosts = ordered(entry.host for entry in inventory.select(args.targets))
        given = read_set(args.texts, recipe.parameters)
        offered = presets(recipe, settings, hosts)
        for warning in given.warnings:
            tell(f"warning: {warning}")
        if not bound:
            texts = {**given.texts, **to_be_asked(recipe.parameters, given.texts)}
            names = tuple(host.name for host in hosts)
            given = replace(given, texts=texts, presets=offered, hosts=names)
            told = len(given.warnings)
            given = asyncio.run(prepared_here(recipe, given))
            for warning in given.warnings[told:]:
                tell(f"warning: {warning}")
            read_all(recipe.parameters, given.texts)
    except (PlanError, ParameterError, TargetError) as error:
        for line in str(error).splitlines():
            fail(line, status=USAGE_STATUS)
        raise SystemExit(USAGE_STATUS) from None
    by_name = {host.name: host for host in hosts}
    return Order(settings, inventory, recipe, by_name, given.texts, given.secrets, offered)


async def plan_all(runs: Runs, order: Order) -> Planned:
    """Plan for every host, all at the same time.

    Raises:
        LedgerError: The plans could not be kept.
    """
    problems: dict[str, str] = {}

    async def one(name: str) -> Plan | None:
        try:
            return await runs.plan(order.recipe.name, name, order.texts)
        except (PlanError, ParameterError, ShellError) as error:
            problems[name] = str(error)
        except LedgerError:
            raise
        except Exception as error:  # noqa: BLE001 - one hostile host must not end the plan of the others
            problems[name] = mistake(error)
        return None

    found = await asyncio.gather(*(one(name) for name in order.hosts))
    plans = [plan for plan in found if plan is not None]
    plan_id = await runs.keep(plans) if plans else ""
    return Planned(plan_id, plans, {name: problems[name] for name in order.hosts if name in problems})


def planning(order: Order) -> Planned:
    """Plan for every host; see `plan_all`.

    Raises:
        SystemExit: The plans could not be kept; that was told.
    """
    from opsconsole.console.cli.reach import reaching

    async def plan() -> Planned:
        async with reaching(order.settings, order.inventory) as runs:
            return await plan_all(runs, order)

    try:
        return asyncio.run(plan())
    except LedgerError as error:
        raise SystemExit(fail(str(error), status=REFUSED_STATUS)) from None


def show(args: argparse.Namespace, order: Order, planned: Planned) -> int:
    """Print the plans and return 0, or 3 when there is none for one of the hosts."""
    if args.json:
        print_json(document(order, planned))
    else:
        print_lines(lines(args, order, planned))
    for name, why in planned.problems.items():
        tell(f"no plan for {name}: {why}")
    return REFUSED_STATUS if planned.problems else 0


def document(order: Order, planned: Planned) -> dict[str, Any]:
    """Return the plan document of one host, or that of several (see `schemas/plan.schema.json`)."""
    if len(order.hosts) == 1 and planned.plans:
        return to_document(planned.plans[0])
    return {
        "version": 1,
        "plan_id": planned.plan_id or None,
        "recipe": order.recipe.name,
        "plans": [to_document(plan) for plan in planned.plans],
        "problems": [{"host": name, "reason": why} for name, why in planned.problems.items()],
    }


def lines(args: argparse.Namespace, order: Order, planned: Planned) -> Iterator[Text | str]:
    """Yield the lines of all plans, and what to type to apply them."""
    for plan in planned.plans:
        yield from plan_text(plan, order.hosts.get(plan.host), verbose=args.verbose)
        yield ""
    if len(planned.plans) > 1:
        yield f"{len(planned.plans)} hosts, in this order, as plan {planned.plan_id}:"
        yield from columns([("host", "plan", "risk", "steps", "summary"), *map(_row, planned.plans)])
    if planned.changes:
        yield f"to apply exactly this: {confirming(args, planned.plan_id, args.targets)}"


def _row(plan: Plan) -> tuple[str, ...]:
    summary = clean_line(plan.summary, 200)
    return plan.host, plan.plan_id, plan.risk.value, str(len(plan.steps)), summary
