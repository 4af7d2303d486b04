"""What the engineer does: one folder per recipe, found by being there.

A recipe is a package in this folder whose `__init__` has a `RECIPE` (see `recipe.Recipe`). Its name on the
command line is the folder's with hyphens: `log_rotation` is `log-rotation`. The one other package here,
`runner`, applies them.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from opsconsole.recipes.recipe import Recipe


@cache
def names() -> tuple[str, ...]:
    """Return the names of all recipes, in alphabetical order."""
    packages = {module.name for module in pkgutil.iter_modules(__path__) if module.ispkg} - {"runner"}
    return tuple(sorted(name.replace("_", "-") for name in packages))


@cache
def load(name: str) -> Recipe:
    """Return the recipe of that name.

    Raises:
        KeyError: There is no such recipe.
    """
    if name not in names():
        raise KeyError(name)
    recipe: Recipe = importlib.import_module(f"{__name__}.{name.replace('-', '_')}").RECIPE
    return recipe
