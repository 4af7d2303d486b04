"""The dialogue that asks for a password, a passphrase or a one-time code."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from opsconsole.console.tui.dialogs_base import Dialog
from opsconsole.data.text import clean, clean_line

QUESTION_LIMIT_CHARS = 1000


class SecretInput(Input):
    """An input whose value stays in it: no message, clipboard or repr carries it."""

    def post_message(self, message: Message) -> bool:
        """Drop the messages that would carry the value: messages are logged by Textual's developer tools."""
        if isinstance(message, (Input.Changed, Input.Submitted, Input.Blurred)):
            return False
        return super().post_message(message)

    async def action_submit(self) -> None:
        """Hand the value to the dialogue directly."""
        if isinstance(self.screen, SecretDialog):
            self.screen.submit()

    def action_copy(self) -> None:
        """Refuse: a secret does not go to the clipboard."""

    def action_cut(self) -> None:
        """Refuse: a secret does not go to the clipboard."""


class SecretDialog(Dialog[str]):
    """Asks for one secret of one host. Esc declines with None; an empty answer is an answer."""

    DEFAULT_CSS = """
    SecretDialog {
        #question { border-left: thick $accent; padding-left: 1; }
        #secret, #secret:focus { border: tall $accent; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "decline", "Decline")]
    AUTO_FOCUS = "#secret"
    ASKS = True

    def __init__(self, host: str, question: str, echo: bool = False) -> None:
        super().__init__(f"{clean_line(host)} asks")
        self._question = clean(question, QUESTION_LIMIT_CHARS).strip()
        self._echo = echo

    def body(self) -> Iterable[Widget]:
        """Return the question in the host's own words, set apart from ours."""
        yield Static(Content(self._question), id="question")
        kept = (
            "The answer is shown as you type."
            if self._echo
            else "The answer is not shown, logged or written down."
        )
        yield Static(Content(kept), classes="quiet")

    def foot(self) -> Iterable[Widget]:
        """Return the input."""
        yield SecretInput(password=not self._echo, id="secret", select_on_focus=False)
        yield Static(Content("enter answers · esc declines"), classes="quiet")

    def submit(self) -> None:
        """Answer with what was typed, and forget it."""
        field = self.query_one("#secret", SecretInput)
        value, field.value = field.value, ""
        self.answer(value)

    def on_unmount(self) -> None:
        """Forget what was typed, however the dialogue ended."""
        for field in self.query(SecretInput):
            field.value = ""

    def action_decline(self) -> None:
        """Answer that there is no answer."""
        self.query_one("#secret", SecretInput).value = ""
        self.answer(None)
