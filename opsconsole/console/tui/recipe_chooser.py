"""The dialogue that chooses a recipe: its name, what it does, and which one a finding suggests."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from opsconsole import recipes
from opsconsole.console.helps import normal_name
from opsconsole.console.tui.dialogs_base import Dialog
from opsconsole.data.text import clean_line
from opsconsole.recipes.recipe import Recipe

log = logging.getLogger(__name__)

HOSTS_NAMED = 3


def catalogue() -> list[Recipe]:
    """Return all recipes; one that cannot be loaded is logged and left out."""
    found: list[Recipe] = []
    for name in recipes.names():
        try:
            found.append(recipes.load(name))
        except Exception:
            log.exception("the recipe %s cannot be loaded", name)
    return found


def hosts_words(hosts: Sequence[str]) -> str:
    """Return the hosts' names, or how many there are."""
    if len(hosts) > HOSTS_NAMED:
        return f"{len(hosts):,} hosts"
    return ", ".join(clean_line(host, 64) for host in hosts)


class RecipeList(OptionList):
    """Recipes, with vim's keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select", "choose", key_display="enter"),
        Binding("j", "cursor_down", "Down", show=False),
        Binding("k", "cursor_up", "Up", show=False),
        Binding("g", "first", "First", show=False),
        Binding("G", "last", "Last", show=False),
    ]


class RecipeChooser(Dialog[str]):
    """Answers with the name of a recipe; None: none of them.

    Args:
        hosts: What it will be done to.
        suggested: Name of the recipe that helps, to begin with; or empty.
    """

    DEFAULT_CSS = """
    RecipeChooser {
        #recipes, #recipes:focus {
            height: auto;
            max-height: 70vh;
            border: none;
            padding: 0;
            background: $surface;
        }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "cancel", "Back")]
    AUTO_FOCUS = "#recipes"

    def __init__(self, hosts: Sequence[str], suggested: str = "") -> None:
        super().__init__(f"What is to be done to {hosts_words(hosts)}?")
        self._recipes = catalogue()
        self._suggested = normal_name(suggested)

    def body(self) -> Iterable[Widget]:
        """Return the list."""
        if not self._recipes:
            yield Static(Content("There is no recipe."))
        yield RecipeList(*(Option(self._prompt(recipe)) for recipe in self._recipes), id="recipes")

    def foot(self) -> Iterable[Widget]:
        """Say how to choose."""
        yield Static(
            Content("↑ ↓ choose · enter goes on, nothing is changed yet · esc goes back"), classes="quiet"
        )

    def on_mount(self) -> None:
        """Begin at what was suggested."""
        super().on_mount()
        at = next((at for at, one in enumerate(self._recipes) if one.name == self._suggested), 0)
        if self._recipes:
            self.query_one(RecipeList).highlighted = at

    def _prompt(self, recipe: Recipe) -> Content:
        suggested = "   suggested by the finding" if recipe.name == self._suggested else ""
        return Content.assemble(
            (clean_line(recipe.title), "bold"),
            ("" if recipe.title == recipe.name else f"  {recipe.name}", "$text-accent"),
            (suggested, "$text-warning"),
            "\n  ",
            (clean_line(recipe.summary), "$foreground-muted"),
        )

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self.answer(self._recipes[event.option_index].name)

    def action_cancel(self) -> None:
        """Close without a choice."""
        self.answer(None)
