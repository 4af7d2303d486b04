"""The Host screen: findings on top with their evidence and what helps, below the panels as cards."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content

from opsconsole import panels
from opsconsole.console.tui.host_base import HostBase, card_of, showing
from opsconsole.console.tui.host_columns import Cards
from opsconsole.console.tui.host_connection import ConnectionScreen
from opsconsole.console.tui.host_detail import DetailScreen
from opsconsole.console.tui.host_findings import FindingScreen, FindingsList
from opsconsole.console.tui.host_items import items
from opsconsole.console.tui.host_title import HostTitle
from opsconsole.console.tui.keybar import KeyBar
from opsconsole.console.tui.recipe_watch import RunsBar
from opsconsole.panels.view import Card


class HostScreen(HostBase):
    """One host."""

    AUTO_FOCUS = "FindingsList"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "back"),
        Binding("tab", "app.focus_next", "next"),
    ]

    def compose(self) -> ComposeResult:
        """Compose the screen."""
        yield HostTitle(classes="title")
        yield RunsBar(id="runs-bar")
        findings = FindingsList(id="findings")
        findings.border_title = Content("findings")
        yield findings
        yield Cards(*(card_of(name) for name in panels.names()), id="cards")
        yield KeyBar(id="keys")

    def draw(self, now: datetime) -> None:
        """Draw the findings and each card."""
        state = self.state
        self.query_one(FindingsList).show(items(state, now))
        for card in self.query(Card):
            card.show(showing(state, card.panel, now))

    @on(events.Resize)
    @on(Cards.Resized)
    def _fit(self) -> None:
        """Fit the title and the cards into the room that there is now."""
        self.call_after_refresh(self.tick, force=True)

    @property
    def suggested_recipe(self) -> str:
        """What the highlighted finding suggests."""
        item = self.query_one(FindingsList).chosen
        return item.suggests if item is not None else ""

    @property
    def copied(self) -> tuple[str, str]:
        """The highlighted finding."""
        item = self.query_one(FindingsList).chosen
        if item is None:
            return self.host_name, ""
        return f"{self.host_name}: {item.summary}\n{item.evidence}".rstrip(), "the finding"

    @on(FindingsList.Chosen)
    def _chosen(self, event: FindingsList.Chosen) -> None:
        if event.item.kind == "connection" and self.state.status.offer is not None:
            self.console.mend_connection(self.host_name)
        elif event.item.kind == "connection":
            self.app.push_screen(ConnectionScreen(self.host_name))
        elif event.item.kind == "sudo":
            self.console.ask_sudo(self.host_name)
        else:
            self.app.push_screen(FindingScreen(self.host_name, event.item))

    @on(Card.Opened)
    def _opened(self, event: Card.Opened) -> None:
        self.app.push_screen(DetailScreen(self.host_name, event.panel))
