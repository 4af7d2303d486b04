"""Recipes by name, and plans as the ledger keeps them."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from opsconsole import recipes
from opsconsole.data.ledger import Ledger
from opsconsole.recipes.document import from_document
from opsconsole.recipes.recipe import HIDDEN, Plan, PlanError, Recipe
from opsconsole.recipes.runner import jobs
from opsconsole.recipes.runner.rollout import fleet_id


class RunsError(Exception):
    """What was asked for cannot be done, and nothing was. For a person."""


def stored_plans(ledger: Ledger, plan_id: str) -> list[Plan]:
    """Return the plans that an id confirms, in the order in which they are applied. Blocks.

    Raises:
        RunsError: There are none of that id, or they are not what was kept.
        LedgerError: The ledger cannot be read.
    """
    kept = ledger.plan(plan_id)
    if kept is None:
        raise RunsError(f"there is no plan {plan_id} in the ledger {ledger.path}")
    documents = [ledger.plan(part["plan_id"]) for part in kept["plans"]] if "plans" in kept else [kept]
    try:
        plans = [from_document(document or {}) for document in documents]
    except ValueError as error:
        raise RunsError(str(error)) from None
    if fleet_id(plans) != plan_id:
        raise RunsError(f"plan {plan_id}: its content is not what was planned")
    return plans


def recipe_named(name: str) -> Recipe:
    """Return a recipe.

    Raises:
        PlanError: There is none of that name; the message names the nearest.
    """
    try:
        return recipes.load(name)
    except KeyError:
        near = difflib.get_close_matches(name.replace("_", "-"), recipes.names(), n=2, cutoff=0.6)
        known = ", ".join(recipes.names()) or "none"
        hint = f"did you mean {' or '.join(near)}?" if near else f"there are: {known}"
        raise PlanError(f"there is no recipe {name!r}; {hint}") from None


def secrets_wanted(plans: Sequence[Plan], *, undoing: bool = False) -> tuple[str, ...]:
    """Return the names of the secret parameters that were set when these were planned.

    Args:
        plans: The plans.
        undoing: Only those without which the plans' steps cannot be taken back.
    """
    if undoing:
        undos = [step.undo for plan in plans for step in plan.steps if step.undo is not None]
        commands = [command for undo in undos for command in (*undo.commands, undo.check.command)]
        return tuple(sorted(frozenset[str]().union(*(jobs.marks(command.stdin) for command in commands))))
    names = (name for plan in plans for name, value in plan.parameters.items() if value == HIDDEN)
    return tuple(dict.fromkeys(names))
