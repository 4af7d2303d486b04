"""One parameter on the form: its name, where it is typed, and under it the help or what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static

from opsconsole.console.given import PASTED
from opsconsole.data.text import clean_line
from opsconsole.recipes import parameters
from opsconsole.recipes.recipe import Kind, Parameter, ParameterError

_PROBLEM_CHARS = 400
_PATH_OR_PASTE = "path, or paste the PEM"
_CHANGING = frozenset({"backspace", "delete", "ctrl+u", "ctrl+k", "ctrl+w"})
"""The keys, beside letters, that change what stands in a field."""


class HiddenInput(Input):
    """An input for a secret: no message, clipboard or repr carries what is typed."""

    class Edited(Message):
        """Something was typed; what, is not said."""

    def post_message(self, message: Message) -> bool:
        """Say only that something changed: messages are logged by Textual's developer tools."""
        if isinstance(message, Input.Changed):
            return super().post_message(self.Edited())
        if isinstance(message, (Input.Submitted, Input.Blurred)):
            return False
        return super().post_message(message)

    async def action_submit(self) -> None:
        """Ask the field to go on."""
        self.post_message(ParameterField.Entered())

    def on_unmount(self) -> None:
        """Forget what was typed."""
        self.value = ""

    def action_copy(self) -> None:
        """Refuse: a secret does not go to the clipboard."""

    def action_cut(self) -> None:
        """Refuse: a secret does not go to the clipboard."""


class FileInput(Input):
    """An input for a file: its path is typed; a PEM can be pasted, and is then held but never shown."""

    class Held(Message):
        """Something was pasted, or dropped again; what, is not said."""

    def __init__(self) -> None:
        super().__init__(compact=True, select_on_focus=False, placeholder=_PATH_OR_PASTE)
        self.pasted = ""

    @property
    def text(self) -> str:
        """The path, or what was pasted."""
        return self.pasted or self.value

    def _on_paste(self, event: events.Paste) -> None:
        # Textual calls the base classes' handlers as well, unless that is prevented.
        if event.text.lstrip().startswith(PASTED):
            event.stop()
            event.prevent_default()
            self.value = ""
            self._hold(event.text.strip() + "\n")

    async def _on_key(self, event: events.Key) -> None:
        if self.pasted and (event.is_printable or event.key in _CHANGING):
            self._hold("")  # the path that is typed now, or nothing, takes its place

    def _hold(self, text: str) -> None:
        self.pasted = text
        self.placeholder = f"pasted, {len(text)} characters, not shown" if text else _PATH_OR_PASTE
        self.post_message(self.Held())

    def on_unmount(self) -> None:
        """Forget what was pasted."""
        self.pasted = ""


class ParameterField(Vertical):
    """A row of the form. It validates at every key, and says what was found and what was expected."""

    DEFAULT_CSS = """
    ParameterField {
        height: auto;
        width: 1fr;
        margin-top: 1;

        .row { height: 1; width: 1fr; }
        .row Input, .row Input:focus { width: 1fr; height: 1; border: none; padding: 0 1; }
        .row Input { background: $panel; }
        .row Input:focus { background: $block-cursor-background; }
        .about { color: $foreground-muted; }
        .about.-wrong { color: $text-error; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "app.focus_next", "Next", show=False),
        Binding("up", "app.focus_previous", "Before", show=False),
    ]

    class Entered(Message):
        """Enter was pressed in the field."""

    def __init__(self, parameter: Parameter, value: str | None = None, names: Sequence[str] = ()) -> None:
        super().__init__(id=f"field-{parameter.name.replace('_', '-')}")
        self.parameter = parameter
        self._names = tuple(names)
        self._first = value if value is not None else parameter.default or ""
        self._touched = False

    def compose(self) -> ComposeResult:
        """Lay out the row."""
        parameter = self.parameter
        with Horizontal(classes="row"):
            yield Static(Content(clean_line(parameter.name.replace("_", " "), 64)), classes="name")
            yield self._input()
        yield Static(self._help(), classes="about")

    def _input(self) -> Input:
        parameter = self.parameter
        if parameter.is_file:
            return FileInput()
        if parameter.is_secret:
            return HiddenInput(password=True, compact=True, select_on_focus=False)
        words = {Kind.CHOICE: parameter.choices, Kind.FLAG: ("yes", "no")}.get(parameter.kind, self._names)
        return Input(
            self._first,
            compact=True,
            select_on_focus=False,
            suggester=SuggestFromList(words, case_sensitive=False) if words else None,
        )

    def _help(self) -> Content:
        parameter = self.parameter
        must = " · must be set" if parameter.default is None else ""
        names = f", or {' or '.join(self._names)}" if self._names else ""
        return Content(f"{clean_line(parameter.help)} ({parameters.expected(parameter)}{names}){must}")

    @property
    def text(self) -> str:
        """What is typed."""
        field = self.query_one(Input)
        return field.text if isinstance(field, FileInput) else field.value

    @property
    def problem(self) -> str:
        """What is wrong with it, or empty. Files are read when the plan is asked for, not while one types."""
        if self.parameter.is_file and self.text:
            return ""
        try:
            parameters.read(self.parameter, self.text)
        except ParameterError as error:
            return clean_line(str(error).removeprefix(f"{self.parameter.name}: "), _PROBLEM_CHARS)
        return ""

    def check(self, *, even_untouched: bool = False) -> bool:
        """Show the help, or what is wrong; return whether all is well."""
        problem = self.problem
        if problem and (self._touched or even_untouched):
            self._say(Content(f"✗ {problem}"), wrong=True)
        else:
            self._say(self._help(), wrong=False)
        return not problem

    def _say(self, text: Content, *, wrong: bool) -> None:
        about = self.query_one(".about", Static)
        about.set_class(wrong, "-wrong")
        about.update(text)

    @on(Input.Changed)
    @on(HiddenInput.Edited)
    @on(FileInput.Held)
    def _changed(self, event: Message) -> None:
        event.stop()
        self._touched = self._touched or self.text != self._first
        self.check()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Entered())
