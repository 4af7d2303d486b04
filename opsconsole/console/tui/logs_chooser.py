"""The dialogue that chooses what to follow: the journal, a unit, or a file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from opsconsole.console.tui.dialogs_base import Dialog
from opsconsole.console.tui.logs_sources import LogSource, SourceKind, list_sources, typed_file
from opsconsole.data.host import Shell, ShellError
from opsconsole.data.text import clean_line

_LABELS = {SourceKind.JOURNAL: "journal", SourceKind.UNIT: "unit", SourceKind.FILE: "file"}


class SourceChooser(Dialog[LogSource]):
    """Lists what the host says can be followed; typing narrows it, a typed path is followed as it is."""

    DEFAULT_CSS = """
    SourceChooser {
        #sources, #sources:focus {
            height: auto;
            max-height: 60vh;
            border: none;
            padding: 0;
            background: $surface;
        }
        #wanted, #wanted:focus { border: tall $accent; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Back"),
        Binding("up", "move('cursor_up')", "Up", show=False),
        Binding("down", "move('cursor_down')", "Down", show=False),
        Binding("pageup", "move('page_up')", "Page up", show=False),
        Binding("pagedown", "move('page_down')", "Page down", show=False),
    ]
    AUTO_FOCUS = "#wanted"

    def __init__(self, shell: Shell, host: str) -> None:
        super().__init__(f"Follow which log of {clean_line(host)}?")
        self._shell = shell
        self._all: list[LogSource] = []
        self._matching: list[LogSource] = []

    def body(self) -> Iterable[Widget]:
        """Return the list, and what is known of it."""
        yield Static(Content("asking the host …"), id="state", classes="quiet")
        sources = OptionList(id="sources", markup=False)
        sources.can_focus = False
        yield sources

    def foot(self) -> Iterable[Widget]:
        """Return the input that narrows the list."""
        yield Input(placeholder="part of a name, or /path/of/a/file", id="wanted")
        yield Static(Content("↑ ↓ choose · enter follows · esc goes back"), classes="quiet")

    def on_mount(self) -> None:
        """Ask the host in the background."""
        self.run_worker(self._load(), exit_on_error=False)

    async def _load(self) -> None:
        try:
            self._all = await list_sources(self._shell)
            problem = "" if self._all else "The host lists no logs; a path can still be typed."
        except ShellError as error:
            problem = f"No list: {clean_line(str(error))}. A path can still be typed."
        state = self.query_one("#state", Static)
        state.update(Content(problem))
        state.display = bool(problem)
        self._narrow(self.query_one("#wanted", Input).value)

    @on(Input.Changed, "#wanted")
    def _changed(self, event: Input.Changed) -> None:
        self._narrow(event.value)

    def _narrow(self, wanted: str) -> None:
        words = wanted.casefold().split()
        path = typed_file(wanted)
        self._matching = [
            source
            for source in self._all
            if all(word in f"{_LABELS[source.kind]} {source.title}".casefold() for word in words)
        ]
        if path is not None and path not in self._matching:
            self._matching.append(path)
        options = self.query_one("#sources", OptionList)
        options.clear_options()
        options.add_options(
            Option(Content(f"{_LABELS[source.kind]:<9}{clean_line(source.title)}"))
            for source in self._matching
        )
        if self._matching:
            options.highlighted = 0

    @on(Input.Submitted, "#wanted")
    def _submitted(self) -> None:
        at = self.query_one("#sources", OptionList).highlighted
        if at is not None and at < len(self._matching):
            self.answer(self._matching[at])

    @on(OptionList.OptionSelected, "#sources")
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self.answer(self._matching[event.option_index])

    def action_cancel(self) -> None:
        """Close without a choice."""
        self.answer(None)

    def action_move(self, how: str) -> None:
        """Move in the list while the input keeps the focus."""
        getattr(self.query_one("#sources", OptionList), f"action_{how}")()
