"""The command palette's provider, and the `:` line; both end in `perform` of the app."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from functools import partial
from typing import ClassVar, Protocol, runtime_checkable

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.style import Style
from textual.suggester import Suggester
from textual.widgets import Input, Static

from opsconsole.console.tui.palette_commands import (
    VERBS,
    Action,
    CommandError,
    Names,
    Needs,
    Verb,
    complete,
    parse_command,
)
from opsconsole.console.tui.palette_fuzzy import fuzzy
from opsconsole.data.text import clean_line

__all__ = ["Action", "CommandLine", "Commanded", "HostCommands", "Names", "Verb", "parse_command"]

SHOWN_HITS = 100
LOOKED_AT_ONCE = 500


@runtime_checkable
class Commanded(Protocol):
    """An app that can be told what to do by name."""

    def command_names(self) -> Names:
        """Return the hosts, groups and themes that there are."""
        ...

    def perform(self, action: Action) -> None:
        """Do it."""
        ...


def highlighted(text: str, positions: Sequence[int], style: Style) -> Content:
    """Return the text with what matched marked. Textual's own `highlight` would read it as markup."""
    content = Content(text)
    for at in positions:
        content = content.stylize(style, at, at + 1)
    return content


def commands(names: Names) -> Iterator[tuple[str, str, Action]]:
    """Return (what is shown, help, action) of every command with every name it can have."""
    for verb, about in VERBS.items():
        if about.needs in {Needs.NOTHING, Needs.MAYBE_HOST}:
            yield about.title, about.help, Action(verb)
        for name in names.of(about.needs):
            yield f"{about.title} {clean_line(name)}", about.help, Action(verb, name)


class HostCommands(Provider):
    """Finds commands with the names of hosts, groups and themes in them."""

    async def search(self, query: str) -> Hits:
        """Return what matches, the best hundred of it."""
        app = self.app
        if not isinstance(app, Commanded):
            return
        found: list[tuple[float, Sequence[int], str, str, Action]] = []
        for count, (text, help_text, action) in enumerate(commands(app.command_names())):
            score, positions = fuzzy(query, text)
            if score > 0:
                found.append((score, positions, text, help_text, action))
            if count % LOOKED_AT_ONCE == 0:
                await asyncio.sleep(0)  # keys and the screen go first
        found.sort(key=lambda hit: -hit[0])
        style = self.match_style or Style(reverse=True)
        for score, positions, text, help_text, action in found[:SHOWN_HITS]:
            shown = highlighted(text, positions, style)
            yield Hit(score, shown, partial(app.perform, action), text=text, help=help_text)

    async def discover(self) -> Hits:
        """Return the commands that need no name, before anything is typed."""
        app = self.app
        if not isinstance(app, Commanded):
            return
        for text, help_text, action in commands(app.command_names()):
            if not action.argument or action.verb is Verb.THEME:
                yield DiscoveryHit(Content(text), partial(app.perform, action), text=text, help=help_text)


class _Completion(Suggester):
    def __init__(self, names: Names) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._names = names

    async def get_suggestion(self, value: str) -> str | None:
        completed = complete(value, self._names)
        return completed if completed is not None and clean_line(completed) == completed else None


class CommandLine(ModalScreen[Action | None]):
    """The `:` line at the bottom of the screen. A line that is no command stays, and says why."""

    DEFAULT_CSS = """
    CommandLine {
        align: left bottom;
        background: transparent;

        #line-box { height: auto; width: 1fr; background: $surface; padding: 0 1; }
        #line { height: 1; }
        #line Static { width: 2; color: $accent; text-style: bold; }
        #line Input, #line Input:focus { border: none; height: 1; padding: 0; width: 1fr; }
        #line-hint { height: auto; color: $foreground-muted; }
        #line-hint.-wrong { color: $text-error; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Back"),
        Binding("tab", "complete", "Complete", priority=True),
    ]
    AUTO_FOCUS = "Input"

    def __init__(self, names: Names, text: str = "") -> None:
        super().__init__()
        self._names = names
        self._text = text

    def compose(self) -> ComposeResult:
        """Lay out the line, and under it what can be typed."""
        with Vertical(id="line-box"):
            yield Static(Content(" · ".join(verb.value for verb in Verb)), id="line-hint")
            with Horizontal(id="line"):
                yield Static(Content(":"))
                yield Input(
                    self._text, suggester=_Completion(self._names), compact=True, select_on_focus=False
                )

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        try:
            action = parse_command(event.value, self._names)
        except CommandError as error:
            self._hint(str(error), wrong=True)
        else:
            if self.is_active:
                self.dismiss(action)

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        fits = [verb for verb in Verb if verb.value.startswith(event.value.split(" ")[0].casefold())]
        if len(fits) == 1:
            self._hint(f"{fits[0].value}: {VERBS[fits[0]].help}", wrong=False)
        else:
            self._hint(" · ".join(verb.value for verb in fits or Verb), wrong=False)

    def _hint(self, text: str, *, wrong: bool) -> None:
        hint = self.query_one("#line-hint", Static)
        hint.set_class(wrong, "-wrong")
        hint.update(Content(clean_line(text)))

    def action_complete(self) -> None:
        """Take over the completion."""
        field = self.query_one(Input)
        completed = complete(field.value, self._names)
        if completed is not None and clean_line(completed) == completed:
            field.value = completed
            field.cursor_position = len(completed)

    def action_cancel(self) -> None:
        """Close without a command."""
        if self.is_active:
            self.dismiss(None)
