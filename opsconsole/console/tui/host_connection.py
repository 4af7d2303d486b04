"""The box that tells all of a connection that is not up: the whole reason, its story, the way to the host."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from opsconsole.console.ssh.status import ConnectionState
from opsconsole.console.state import HostState
from opsconsole.console.tui.clipboard import copy
from opsconsole.console.tui.host_items import connection_words, story
from opsconsole.console.tui.lines import level_words
from opsconsole.data.host import Host
from opsconsole.data.text import clean_line

if TYPE_CHECKING:
    from opsconsole.console.tui.app import OpsconsoleApp

_EVERY_SECONDS = 0.5


def way(host: Host) -> str:
    """Return where the host is and as whom it is logged in to: `ops@10.0.0.7 port 2301 via bastion`."""
    if host.is_local:
        return "this machine"
    user = f"{clean_line(host.user, 64)}@" if host.user else ""
    port = "" if host.port == 22 else f" port {host.port}"  # SSH's own
    via = " › ".join(clean_line(hop, 64) for hop in host.jump)
    return f"{user}{clean_line(host.address, 128)}{port}" + (f" via {via}" if via else "")


class ConnectionScreen(ModalScreen[None]):
    """One connection's trouble, followed while it is looked at; `enter` tries again."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", "back"),
        Binding("enter,ctrl+r", "retry", "try again now"),
        Binding("c", "copy", "copy"),
    ]

    def __init__(self, host: str) -> None:
        super().__init__()
        self._host = host

    @property
    def _state(self) -> HostState:
        return cast("OpsconsoleApp", self.app).source.hosts[self._host]

    def compose(self) -> ComposeResult:
        """Compose the box."""
        with VerticalScroll(id="finding-box") as box:
            box.border_title = Content(clean_line(self._host, 128))
            box.border_subtitle = Content("esc back   enter try again now   c copy")
            yield Static(id="connection-words")

    def on_mount(self) -> None:
        """Follow it: the next try comes nearer, and may succeed."""
        self._draw()
        self.set_interval(_EVERY_SECONDS, self._draw)

    def _text(self) -> str:
        state, now = self._state, datetime.now(UTC)
        status = state.status
        if status.state is ConnectionState.UP:
            return f"connected since {status.since:%H:%M:%S} UTC\n\n{way(state.host)}"
        return "\n\n".join((connection_words(status), story(status, now), way(state.host)))

    def _draw(self) -> None:
        level = self._state.level(datetime.now(UTC))
        self.query_one("#connection-words", Static).update(
            Content.assemble(level_words(level), "  ", self._text())
        )

    def action_retry(self) -> None:
        """Try to connect now."""
        cast("OpsconsoleApp", self.app).mend_connection(self._host)

    def action_copy(self) -> None:
        """Copy what the box says."""
        copy(self.app, f"{self._host}: {self._text()}", "the reason")
