"""One panel of one host on the whole screen, with its past."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll

from opsconsole import panels
from opsconsole.console.tui.host_base import HostBase, detail_of, showing
from opsconsole.console.tui.host_title import HostTitle
from opsconsole.console.tui.keybar import KeyBar
from opsconsole.console.tui.recipe_watch import RunsBar
from opsconsole.panels.view import Detail

_PAST = timedelta(hours=24)
_PAST_EVERY_SECONDS = 60.0


class DetailScreen(HostBase):
    """A panel in full."""

    AUTO_FOCUS = "VerticalScroll"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "back"),
        Binding("j", "scroll('down')", "Down", show=False),
        Binding("k", "scroll('up')", "Up", show=False),
        Binding("g", "scroll('home')", "Top", show=False),
        Binding("G", "scroll('end')", "End", show=False),
    ]

    def __init__(self, host: str, panel: str) -> None:
        super().__init__(host)
        self._panel = panel
        self._past: dict[str, Sequence[tuple[datetime, float]]] = {}

    def compose(self) -> ComposeResult:
        """Compose the screen."""
        yield HostTitle(classes="title")
        yield RunsBar(id="runs-bar")
        with VerticalScroll(id="detail"):
            yield detail_of(self._panel)
        yield KeyBar(id="keys")

    def on_mount(self) -> None:
        """Follow the host, and fetch the past now and then."""
        super().on_mount()
        self._fetch_past()
        self.set_interval(_PAST_EVERY_SECONDS, self._fetch_past)

    @property
    def title_word(self) -> str:
        """The panel's title."""
        return panels.load(self._panel).title

    @property
    def copied(self) -> tuple[str, str]:
        """All that the screen says."""
        return str(self.query_one(Detail).content), f"{self.title_word} of {self.host_name}"

    def age_seconds(self, now: datetime) -> float | None:
        """Return the age of this panel's reading, however fresh the others are."""
        known = self.state.panels.get(self._panel)
        return None if known is None else known.age_seconds(now)

    def draw(self, now: datetime) -> None:
        """Draw the panel."""
        self.query_one(Detail).show(showing(self.state, self._panel, now, self._past))

    def action_scroll(self, to: str) -> None:
        """Scroll."""
        area = self.query_one("#detail", VerticalScroll)
        {"down": area.scroll_down, "up": area.scroll_up, "home": area.scroll_home, "end": area.scroll_end}[
            to
        ](animate=False)

    def on_resize(self) -> None:
        """Fit the title again."""
        self.call_after_refresh(self.tick, force=True)

    def _fetch_past(self) -> None:
        self.run_worker(self._read_past(), group="past", exclusive=True, exit_on_error=False)

    async def _read_past(self) -> None:
        since = datetime.now(UTC) - _PAST
        for name in self.query_one(Detail).history:
            self._past[name] = await self.source.past(self.host_name, name, since)
        self.tick(force=True)
