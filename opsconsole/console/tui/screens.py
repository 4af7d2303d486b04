"""What all full screens of the console have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import Binding, BindingType
from textual.screen import Screen

from opsconsole.console.tui.source import Source

if TYPE_CHECKING:
    from opsconsole.console.tui.app import OpsconsoleApp


class ConsoleScreen(Screen[None]):
    """A screen that shows hosts: it knows the console and the host it is about."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "recipes", "recipes"),
        Binding("v", "runs", "runs", show=False),
        Binding("l", "logs", "logs"),
        Binding("s", "shell", "shell"),
        Binding("e", "certificates", "certs"),
        Binding("a", "audit", "audit"),
        Binding("c", "copy", "copy"),
        Binding("ctrl+r", "read_now", "read", key_display="^r"),
    ]

    @property
    def console(self) -> OpsconsoleApp:
        """The console."""
        return cast("OpsconsoleApp", self.app)

    @property
    def source(self) -> Source:
        """The service."""
        return self.console.source

    @property
    def host_name(self) -> str | None:
        """The host that the keys act on."""
        raise NotImplementedError

    @property
    def audited_host(self) -> str:
        """The host whose trail `a` opens; empty: the trail of all."""
        return ""

    @property
    def copied(self) -> tuple[str, str]:
        """What `c` copies, and what that is in words."""
        raise NotImplementedError

    @property
    def chosen_hosts(self) -> list[str]:
        """The hosts that a recipe is for."""
        return [] if self.host_name is None else [self.host_name]

    @property
    def suggested_recipe(self) -> str:
        """Name of the recipe that helps with what the cursor is on; empty: none is known."""
        return ""

    def action_recipes(self) -> None:
        """Choose a recipe for the host, or for the marked ones."""
        self.console.recipes.choose(self.chosen_hosts, self.suggested_recipe)

    def action_runs(self) -> None:
        """List the runs of this session and those that were interrupted."""
        self.console.recipes.show_runs()

    def action_audit(self) -> None:
        """Read the trail of what was done: to the host that the screen is about, or to all."""
        self.console.open_audit(self.audited_host)

    def action_certificates(self) -> None:
        """List the certificates of the host that the screen is about, or of all, worst first."""
        self.console.open_certificates(self.audited_host)

    def action_logs(self) -> None:
        """Follow the logs of the host."""
        if self.host_name is not None:
            self.console.open_logs(self.host_name)

    def action_shell(self) -> None:
        """Open an interactive session."""
        if self.host_name is not None:
            self.console.open_session(self.host_name)

    def action_copy(self) -> None:
        """Copy what the cursor is on."""
        text, what = self.copied
        self.console.copy_text(text, what)

    def action_read_now(self) -> None:
        """Read the host now, or try to connect to it."""
        if self.host_name is not None:
            self.console.read_now([self.host_name])
