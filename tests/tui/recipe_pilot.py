"""The recipe screens under test: a catalogue of made-up recipes, and the way to each screen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from console_pilot import console, screen_text, until
from fake_runs import FakeRecipe, FakeRuns, OtherRecipe
from fake_source import FakeSource, host_state
from textual.pilot import Pilot

from opsconsole import recipes
from opsconsole.console.tui.app import OpsconsoleApp
from opsconsole.console.tui.recipe_chooser import RecipeChooser
from opsconsole.console.tui.recipe_confirm import ConfirmRun
from opsconsole.console.tui.recipe_form import RecipeForm
from opsconsole.console.tui.recipe_plan import PlanScreen
from opsconsole.console.tui.recipe_plans import PlansScreen
from opsconsole.console.tui.recipe_run import RunScreen
from opsconsole.panels.panel import Level

HOSTILE = "[/]\x1b]52;c;ZXZpbA==\x07\x1b[2J\x00\u202egnp[@click=app.quit]x[/red]"


@pytest.fixture(autouse=True)
def catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put two made-up recipes into the catalogue."""
    known = {recipe.name: recipe for recipe in (FakeRecipe(), OtherRecipe())}
    monkeypatch.setattr(recipes, "names", lambda: tuple(sorted(known)))
    monkeypatch.setattr(recipes, "load", lambda name: known[name])


def a_fleet(**settings: Any) -> FakeSource:
    return FakeSource(
        [host_state("db1", Level.WARNING, environment="production"), host_state("web1"), host_state("web2")],
        **settings,
    )


@asynccontextmanager
async def recipe_console(
    source: FakeSource, size: tuple[int, int] = (110, 34)
) -> AsyncIterator[tuple[OpsconsoleApp, Pilot[int], FakeRuns]]:
    async with console(source, size=size) as (app, pilot):
        yield app, pilot, source.runs


async def shows(pilot: Pilot[int], kind: type[Any]) -> Any:
    """Wait for a screen, laid out."""
    await until(pilot, lambda: isinstance(pilot.app.screen, kind), f"a {kind.__name__}")
    await pilot.pause()
    return pilot.app.screen


async def to_form(pilot: Pilot[int], host: str = "web1", recipe: str = "log-rotation") -> RecipeForm:
    pilot.app.recipes.open_form(recipe, [host])  # type: ignore[attr-defined]  # the pilot of a console
    form: RecipeForm = await shows(pilot, RecipeForm)
    return form


async def to_plan(pilot: Pilot[int], host: str = "web1") -> PlanScreen:
    await to_form(pilot, host)
    await pilot.press(*"/var", "enter")
    screen: PlanScreen = await shows(pilot, PlanScreen)
    return screen


async def to_run(pilot: Pilot[int], host: str = "web1") -> RunScreen:
    """Go all the way with a plan that asks yes or no."""
    await to_plan(pilot, host)
    await pilot.press("r")
    await shows(pilot, ConfirmRun)
    await pilot.press("y", "enter")
    screen: RunScreen = await shows(pilot, RunScreen)
    return screen


def noticed(app: OpsconsoleApp) -> list[str]:
    """Return what was told in notices, oldest first."""
    return [notice.message for notice in app._notifications]


def text_of(pilot: Pilot[int]) -> str:
    return screen_text(pilot.app)  # type: ignore[arg-type]  # the pilot of a console


__all__ = [
    "HOSTILE",
    "ConfirmRun",
    "PlanScreen",
    "PlansScreen",
    "RecipeChooser",
    "RecipeForm",
    "RunScreen",
    "a_fleet",
    "catalogue",
    "noticed",
    "recipe_console",
    "shows",
    "text_of",
    "to_form",
    "to_plan",
    "to_run",
]
