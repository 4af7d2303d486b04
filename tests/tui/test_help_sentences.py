"""The help of every screen: each key once, as the footer draws it, with a sentence that says what it does."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections import Counter
from typing import Any

import pytest
from console_pilot import console, screen_lines, until
from fake_source import FakeSource
from host_pilot import full, opened
from log_pilot import FakeShell, forever
from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import ModalScreen, Screen

from opsconsole.console import tui
from opsconsole.console.tui.help import HelpScreen, keys_by_place
from opsconsole.console.tui.help_sentences import sentence
from opsconsole.console.tui.host_detail import DetailScreen


def classes() -> list[type[DOMNode]]:
    """Return every class of the screens that has keys, but for boxes: those tell their keys themselves."""
    modules = [
        importlib.import_module(f"{tui.__name__}.{one.name}") for one in pkgutil.iter_modules(tui.__path__)
    ]
    found = {
        known
        for module in modules
        for known in vars(module).values()
        if inspect.isclass(known)
        and issubclass(known, DOMNode)
        and known.__module__.startswith("opsconsole.")
    }
    fields = {"FilterField", "ParameterField"}  # in a field `?` is a character
    return [
        known
        for known in sorted(found, key=lambda one: one.__name__)
        if "BINDINGS" in vars(known) and not issubclass(known, ModalScreen) and known.__name__ not in fields
    ]


@pytest.mark.parametrize("known", classes(), ids=lambda known: known.__name__)
def test_every_key_of_every_class_has_a_sentence(known: type[DOMNode]) -> None:
    node = object.__new__(known)  # only its class is looked at
    for binding in Binding.make_bindings(known.BINDINGS):
        if binding.description:
            told = sentence(node, binding)
            assert told[0].isupper(), f"{known.__name__}.{binding.action}: {told}"
            assert told.endswith(".")
            assert (
                len(told) <= 43
            )  # the room on a wide terminal, where keys and signs stand beside each other


SCREENS = {
    "fleet": (),
    "host": ("enter",),
    "card": ("enter", "tab"),
    "detail": ("enter", "tab", "enter"),
    "logs": ("l",),
    "recipes": ("r",),
    "runs": ("v",),
    "audit": ("a",),
    "certificates": ("e",),
}


async def show(pilot: Any, name: str) -> Screen[Any]:
    """Go to the screen, and return it once it stands still."""
    app = pilot.app
    if SCREENS[name] and name in {"host", "card", "detail"}:
        await opened(pilot)
        for key in SCREENS[name][1:]:
            await pilot.press(key)
        if name == "detail":
            await until(pilot, lambda: isinstance(app.screen, DetailScreen))
    elif SCREENS[name]:
        before = app.screen
        await pilot.press(*SCREENS[name])
        await until(pilot, lambda: app.screen is not before)
    await pilot.pause()
    screen: Screen[Any] = app.screen
    return screen


@pytest.mark.parametrize("name", [name for name in SCREENS if name != "recipes"])
async def test_each_key_is_there_once_and_as_the_footer_draws_it(name: str) -> None:
    source = FakeSource([full()])
    source.shell_of = lambda _host: FakeShell(forever)
    async with console(source, size=(300, 80)) as (app, pilot):
        screen = await show(pilot, name)
        footer = screen_lines(app)[-1]
        rows = [row for _, rows in keys_by_place(screen.active_bindings, app) for row in rows]
        keys = Counter(key for shown, _ in rows for key in shown.split(" "))
        assert not [key for key, times in keys.items() if times > 1]
        drawn: dict[str, list[str]] = {}
        for active in screen.active_bindings.values():
            if active.binding.show and active.enabled:
                key = app.get_key_display(active.binding)
                assert keys[key] == 1
                drawn.setdefault(active.binding.action, []).append(f" {key} {active.binding.description} ")
        for ways in drawn.values():  # the footer has one key for each thing that can be done
            assert any(way in f"{footer} " for way in ways), ways
        assert all(what[0].isupper() and what.endswith(".") for _, what in rows), rows
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        await pilot.pause()
        text = "\n".join(screen_lines(app))
        for shown, what in rows:
            assert any(shown in line and what in line for line in text.splitlines()), (shown, what)
        assert "^q" not in [shown for shown, _ in rows]  # beside q, whose work it does
        assert "q ^q" in text


async def test_at_80_columns_a_sentence_goes_on_beside_its_keys() -> None:
    async with console(FakeSource([full()]), size=(80, 24)) as (app, pilot):
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        await pilot.pause()
        lines = [line for line in screen_lines(app) if "Sort by" in line or "Open the host" in line]
        assert lines
        assert all(
            line.index("Sort" if "Sort" in line else "Open") == lines[0].index("Open") for line in lines
        )
