"""The console's dialogues: host keys, secrets, confirmations, and the prompter that queues them."""

from __future__ import annotations

from collections.abc import Iterable

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from opsconsole.console.tui.dialogs_base import DecisionDialog, Dialog
from opsconsole.console.tui.dialogs_host_key import HostKeyChangedDialog, HostKeyDialog
from opsconsole.console.tui.dialogs_prompter import TuiPrompter
from opsconsole.console.tui.dialogs_secret import SecretDialog
from opsconsole.data.text import clean, clean_line

__all__ = [
    "ConfirmDialog",
    "Dialog",
    "HostKeyChangedDialog",
    "HostKeyDialog",
    "SecretDialog",
    "TuiPrompter",
]


class ConfirmDialog(DecisionDialog):
    """Asks a plain yes or no before something happens. `yes` should be the verb of what will happen."""

    def __init__(self, question: str, detail: str = "", yes: str = "Yes", no: str = "No") -> None:
        super().__init__("Please confirm", yes=yes, no=no)
        self._question, self._detail = question, detail

    def body(self) -> Iterable[Widget]:
        """Return the question and its detail."""
        yield Static(Content(clean_line(self._question)), id="question", classes="exact")
        if self._detail:
            yield Static(Content(clean(self._detail)), id="detail")
