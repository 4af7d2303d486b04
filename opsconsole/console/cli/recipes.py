"""`opsconsole recipes`: the catalogue, with what each recipe can be told."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opsconsole.recipes.recipe import Parameter, Recipe

NAME = "recipes"
HELP = "list the recipes with their parameters"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument("recipes", nargs="*", metavar="RECIPE", help="only these (default: all)")


def run(args: argparse.Namespace) -> int:
    """Print the catalogue."""
    from opsconsole import recipes
    from opsconsole.console.cli.context import fail
    from opsconsole.console.cli.printing import print_json, print_lines
    from opsconsole.console.plans import recipe_named
    from opsconsole.recipes.recipe import PlanError

    try:
        found = [recipe_named(name) for name in args.recipes or recipes.names()]
    except PlanError as error:
        return fail(str(error), status=2)
    if args.json:
        print_json(document(found))
    else:
        print_lines(lines(found))
    return 0


def document(found: Sequence[Recipe]) -> dict[str, Any]:
    """Return the recipes document (see `schemas/recipes.schema.json`)."""
    return {
        "version": 1,
        "recipes": [
            {
                "name": recipe.name,
                "recipe_version": recipe.version,
                "title": recipe.title,
                "summary": recipe.summary,
                "parameters": [_parameter(one) for one in recipe.parameters if not one.derived],
            }
            for recipe in found
        ],
    }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    from opsconsole.recipes.parameters import expected
    from opsconsole.recipes.recipe import HIDDEN

    hide = parameter.is_secret and parameter.default
    return {
        "name": parameter.name,
        "kind": parameter.kind.value,
        "default": HIDDEN if hide else parameter.default,
        "help": parameter.help,
        "expected": expected(parameter),
        "choices": list(parameter.choices),
        "minimum": parameter.minimum,
        "maximum": parameter.maximum,
    }


def lines(found: Sequence[Recipe]) -> Iterator[str]:
    """Yield the catalogue's lines."""
    from opsconsole.recipes.parameters import expected, shown_default

    for recipe in found:
        yield f"{recipe.name}  {recipe.title}"
        yield f"  {recipe.summary}"
        for one in (one for one in recipe.parameters if not one.derived):
            yield f"    {one.name:<20} {one.help}"
            yield f"    {'':<20} {expected(one)}; default: {shown_default(one)}"
