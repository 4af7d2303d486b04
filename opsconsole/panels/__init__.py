"""What the engineer looks at: one folder per panel, found by being there.

A panel is a package in this folder whose `__init__` has a `PANEL` (see `panel.Panel`). Its `view.py`
has the Textual widgets `Card` and `Detail` that show it. All of them are loaded before the console's first
paint, for the configuration speaks of their limits and settings: a reader, a judge and a document are
imported when they are first asked for.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from opsconsole.panels.panel import Panel


@cache
def names() -> tuple[str, ...]:
    """Return the names of all panels, in the order in which they are shown."""
    found = [module.name for module in pkgutil.iter_modules(__path__) if module.ispkg]
    return tuple(sorted(found, key=lambda name: load(name).order))


@cache
def load(name: str) -> Panel:
    """Return the panel of that name.

    Raises:
        ModuleNotFoundError: There is no such panel.
    """
    panel: Panel = importlib.import_module(f"{__name__}.{name}").PANEL
    return panel
