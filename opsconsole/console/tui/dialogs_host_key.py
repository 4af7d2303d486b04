"""The dialogues about host keys: an unknown one may be accepted, a changed one may not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Static

from opsconsole.console.ssh.status import HostKeyOffer
from opsconsole.console.tui import clipboard
from opsconsole.console.tui.dialogs_base import DecisionDialog, Dialog
from opsconsole.data.text import clean_line


def _who(offer: HostKeyOffer) -> Static:
    rows = (("host", offer.hop), ("address", offer.address), ("key type", offer.algorithm))
    return Static(Content("\n".join(f"{label:<10}{clean_line(value)}" for label, value in rows)))


class HostKeyDialog(DecisionDialog):
    """Asks whether an unknown host key is to be trusted; True: write it to known_hosts."""

    def __init__(self, offer: HostKeyOffer) -> None:
        super().__init__("Unknown host key", yes="Trust this key")
        self._offer = offer

    def body(self) -> Iterable[Widget]:
        """Return who offers which key, what to compare it with, and what Yes will do."""
        offer = self._offer
        yield _who(offer)
        yield Static(Content(clean_line(offer.fingerprint)), id="fingerprint", classes="exact")
        yield Static(
            Content(
                "Nobody has vouched for this key yet. Compare it with a fingerprint that you got another"
                " way; on the host itself it is shown by"
            )
        )
        yield Static(
            Content("  for k in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -lf $k; done"), classes="quiet"
        )
        yield Static(Content("If the two differ, somebody may sit between you and the host: say No."))
        yield Static(
            Content(
                f"“Trust this key” adds it to {clean_line(offer.known_hosts_file)},"
                " as ssh would, and connects."
            )
        )


class HostKeyChangedDialog(Dialog[None]):
    """Says that a host's key is not the one on record, and how to resolve it. Nothing to accept here."""

    DEFAULT_CSS = """
    HostKeyChangedDialog {
        #box { border: round $error; border-title-color: $error; }
        #close { margin-bottom: 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,n,q", "close", "Close"),
        Binding("c", "copy", "Copy the command"),
    ]
    AUTO_FOCUS = "#close"
    ASKS = True

    def __init__(self, offer: HostKeyOffer) -> None:
        super().__init__("The host key has CHANGED")
        self._offer = offer

    def body(self) -> Iterable[Widget]:
        """Return both fingerprints, one under the other, and the way out."""
        offer = self._offer
        yield _who(offer)
        known = [clean_line(known) for known in offer.known_fingerprints] or ["(none of this type)"]
        lines = [f"{'on record' if index == 0 else '':<10}{known}" for index, known in enumerate(known)]
        lines.append(f"{'offered':<10}{clean_line(offer.fingerprint)}")
        yield Static(Content("\n".join(lines)), id="fingerprints", classes="exact")
        yield Static(
            Content(
                "Either the host was installed anew, or somebody sits between you and it. The console does"
                " not log in: no password, key or command was sent."
            ),
            classes="warn",
        )
        yield Static(
            Content(
                "Ask whoever runs the host, over another road, for its fingerprint. Only if it is the"
                f" offered one, replace the record in {clean_line(offer.known_hosts_file)}:"
            )
        )
        yield Static(Content("  " + clean_line(offer.command)), id="command", classes="exact")

    def foot(self) -> Iterable[Widget]:
        """Return the one button, which only closes."""
        yield Button(Content("Close"), id="close")
        yield Static(Content("c copies the command · enter or esc closes"), classes="quiet")

    @on(Button.Pressed)
    def _pressed(self) -> None:
        self.action_close()

    def action_close(self) -> None:
        """Close."""
        self.answer(None)

    def action_copy(self) -> None:
        """Copy the command that replaces the record."""
        clipboard.copy(self.app, self._offer.command, "the command")
