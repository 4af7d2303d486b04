"""What the Host screen and a panel's own screen share: one host, followed."""

from __future__ import annotations

import importlib
import logging
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from opsconsole import panels
from opsconsole.console.state import HostState
from opsconsole.console.tui.host_title import HostTitle
from opsconsole.console.tui.screens import ConsoleScreen
from opsconsole.console.tui.source import Changes
from opsconsole.panels.view import Card, Detail, Showing

log = logging.getLogger(__name__)

_TICK_SECONDS = 0.25
_AT_LEAST_EVERY_SECONDS = 1.0


class HostBase(ConsoleScreen):
    """Follows one host while it is in front; its costlier details are read meanwhile."""

    def __init__(self, host: str) -> None:
        super().__init__()
        self._host = host
        self._changes: Changes | None = None
        self._drawn_at = 0.0

    @property
    def host_name(self) -> str:
        """The host of this screen."""
        return self._host

    @property
    def audited_host(self) -> str:
        """The host of this screen."""
        return self._host

    @property
    def state(self) -> HostState:
        """What is known of it."""
        return self.source.hosts[self._host]

    def on_mount(self) -> None:
        """Follow the host."""
        self._changes = self.source.subscribe()
        self.set_interval(_TICK_SECONDS, self.tick)

    def on_unmount(self) -> None:
        """Follow it no more."""
        if self._changes is not None:
            self._changes.close()

    def on_screen_resume(self) -> None:
        """Look at this host."""
        self.source.focus(self._host)
        self.call_after_refresh(self.tick, force=True)

    def tick(self, *, force: bool = False) -> None:
        """Draw when the host changed, and once a second for the ages."""
        if not self.is_attached or not (force or self.is_current):
            return
        changed = self._changes.take() if self._changes is not None else set()
        clock = time.monotonic()
        if force or self._host in changed or clock - self._drawn_at >= _AT_LEAST_EVERY_SECONDS:
            self._drawn_at = clock
            now = datetime.now(UTC)
            self.query_one(HostTitle).show(
                self.state,
                now,
                read_only=self.source.settings.read_only,
                age_seconds=self.age_seconds(now),
                panel=self.title_word,
            )
            self.draw(now)

    @property
    def title_word(self) -> str:
        """What stands beside the host's name."""
        return ""

    def age_seconds(self, now: datetime) -> float | None:
        """Return the age of what the screen shows: of the newest reading, for each card has its own."""
        return self.state.age_seconds(now)

    def draw(self, now: datetime) -> None:
        """Draw what is known now."""
        raise NotImplementedError

    def action_back(self) -> None:
        """Go back."""
        self.app.pop_screen()


def showing(
    state: HostState,
    panel: str,
    now: datetime,
    past: Mapping[str, Sequence[tuple[datetime, float]]] | None = None,
) -> Showing:
    """Return what there is to show of a panel of a host."""
    known = state.panels.get(panel)
    if known is None:
        return Showing(None, now, stale=True)
    overdue, overdue_seconds = known.overdue(now) or (None, None)
    return Showing(
        reading=known.reading,
        now=now,
        findings=tuple(known.findings),
        series=state.series,
        past=past or {},
        age_seconds=known.age_seconds(now),
        series_length=state.sparklines.length,
        stale=known.is_stale(now),
        overdue=overdue,
        overdue_seconds=overdue_seconds,
        problem=known.problem,
        beside={name: other.reading for name, other in state.panels.items() if name != panel},
    )


def card_of(panel: str) -> Card:
    """Return a new card of a panel; one that says so where its view cannot be loaded."""
    title = panels.load(panel).title
    try:
        made: Card = _view(panel).Card(panel, title, id=f"card-{panel}")
    except Exception:
        log.exception("the view of %s cannot be loaded", panel)
        return Card(panel, title, id=f"card-{panel}")
    return made


def detail_of(panel: str) -> Detail:
    """Return what shows a panel in full; one that says so where its view cannot be loaded."""
    try:
        made: Detail = _view(panel).Detail()
    except Exception:
        log.exception("the view of %s cannot be loaded", panel)
        return Detail()
    return made


def _view(panel: str) -> Any:
    return importlib.import_module(f"opsconsole.panels.{panel}.view")
