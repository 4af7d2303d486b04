"""The Fleet screen: is anything wrong? One row a host, worst first, with the reason in words."""

from __future__ import annotations

import math
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from opsconsole.console.tui import fleet_rows
from opsconsole.console.tui.filter_bar import FilterBar
from opsconsole.console.tui.filter_words import FilterError
from opsconsole.console.tui.fleet_columns import SORT_KEYS
from opsconsole.console.tui.fleet_order import Filter, Sort, ordered
from opsconsole.console.tui.fleet_rows import Row
from opsconsole.console.tui.fleet_table import FleetTable
from opsconsole.console.tui.header import Badges, FleetHeader
from opsconsole.console.tui.keybar import KeyBar
from opsconsole.console.tui.pattern_guard import PatternTooSlowError, pattern_guard
from opsconsole.console.tui.recipe_watch import RunsBar
from opsconsole.console.tui.screens import ConsoleScreen
from opsconsole.console.tui.source import Changes

TICK_SECONDS = 0.25
_AGES_EVERY_SECONDS = 1.0
_AGED_AT_ONCE = 0.2  # of the rows on the screen: with the changed ones, a tick draws about a third
_TURNS = 8  # with the ticks' quarter of a second: every row within the two seconds of the order
_SORT_EVERY_SECONDS = 2.0


class FleetScreen(ConsoleScreen):
    """All hosts."""

    AUTO_FOCUS = "FleetTable"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "open", key_display="enter"),
        Binding("slash", "filter", "filter", key_display="/"),
        Binding("space", "mark", "mark"),
        Binding("escape", "clear", "Clear filter, then marks", show=False),
        *(
            Binding(key.upper(), f"sort('{column}')", f"Sort by {column}", show=False)
            for key, column in SORT_KEYS.items()
        ),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._rows: dict[str, Row] = {}
        self._changes: Changes | None = None
        self._shown: Callable[[Row], bool] | None = None
        self._names: list[str] = []
        self._groups: set[str] = set()
        self._turn = 0
        self._aged_at = self._sorted_at = 0.0
        self._drawn_at: defaultdict[str, float] = defaultdict(float)

    def compose(self) -> ComposeResult:
        """Compose the screen."""
        yield FleetHeader(id="fleet-header")
        yield FilterBar(id="fleet-bar")
        yield RunsBar(id="runs-bar")
        yield FleetTable(id="fleet-table")
        yield Static(id="fleet-hint")
        yield KeyBar(id="keys")

    def on_mount(self) -> None:
        """Draw what is known and follow the changes."""
        self._changes = self.source.subscribe()
        hosts, read_only = self.source.hosts, self.source.settings.read_only
        self._rows = {
            name: fleet_rows.new_row(index, state, read_only=read_only)
            for index, (name, state) in enumerate(hosts.items())
        }
        self._names = list(self._rows)
        self._groups = {group for row in self._rows.values() for group in row.groups.split()}
        self.query_one(Badges).show(
            sum(state.host.is_production for state in hosts.values()),
            read_only,
            sum(state.host.read_only for state in hosts.values()),
        )
        hint = self.query_one("#fleet-hint", Static)
        hint.display = set(hosts) == {"localhost"}
        hint.update(
            Content.assemble(
                "This machine only. ",
                ("opsconsole init", "$text-accent"),
                " writes a configuration with the hosts of ~/.ssh/config; they are here at the next start.",
            )
        )
        self.table.empty_text = "No host matches the filter (esc clears it)." if self._rows else "No hosts."
        self.table.fit_to(self._rows.values())
        self.tick(force=True)
        self.set_interval(TICK_SECONDS, self.tick)
        self.run_worker(self._show_first_values(), exit_on_error=False)

    async def _show_first_values(self) -> None:
        """Draw the first reading the moment it is there, not at the next tick."""
        while self._changes is not None and self.is_current and not self._anything_read():
            await self._changes.wait()
            self.tick()

    def _anything_read(self) -> bool:
        states = self.source.hosts.values()
        return any(panel.reading is not None for state in states for panel in state.panels.values())

    def on_unmount(self) -> None:
        """Gather no more changes."""
        if self._changes is not None:
            self._changes.close()

    def on_screen_resume(self) -> None:
        """Catch up after another screen was in front; no single host is looked at here."""
        self.source.focus(None)
        if self._changes is not None:
            self.tick(force=True)

    @property
    def table(self) -> FleetTable:
        """The table."""
        return self.query_one(FleetTable)

    @property
    def filter_bar(self) -> FilterBar:
        """The line with the filter."""
        return self.query_one(FilterBar)

    @property
    def host_name(self) -> str | None:
        """The host under the cursor."""
        return self.table.cursor_host

    @property
    def chosen_hosts(self) -> list[str]:
        """The marked hosts, or the one under the cursor."""
        marked = [name for name in self._rows if name in self.table.marks]
        return marked or super().chosen_hosts

    @property
    def copied(self) -> tuple[str, str]:
        """The marked hosts' names, or the line of the host under the cursor."""
        if self.table.marks:
            names = [name for name in self._rows if name in self.table.marks]
            return "\n".join(names), f"{len(names)} host names"
        row = self._rows.get(self.host_name or "")
        return ("", "") if row is None else (f"{row.shown_name}\t{row.level.word}\t{row.why}".rstrip(), "")

    # Keeping up --------------------------------------------------------------------------------

    def tick(self, *, force: bool = False) -> None:
        """Take the changes and draw what they changed, if it is seen.

        What is on the screen is brought up when it changed, and a second later, for it becomes stale by
        itself; not all of it at once, so that no key has to wait for a screen full of rows. The others follow
        in turns, an eighth at each tick. The order changes at most every two seconds and never while a filter
        is typed.
        """
        if not force and not self.is_current:
            return
        now, clock = datetime.now(UTC), time.monotonic()
        changed = self._changes.take() if self._changes is not None else set()
        self._turn = (self._turn + 1) % _TURNS
        hosts, table = self.source.hosts, self.table
        seen = table.seen
        drawn = self._to_draw(seen, changed, clock)
        for name in self._rows if force else drawn.union(self._names[self._turn :: _TURNS]):
            fleet_rows.refresh(self._rows[name], hosts[name], now)
        table.now = now
        if force or clock - self._aged_at >= _AGES_EVERY_SECONDS:
            self._aged_at = clock
            self._draw_header(now)
        if force or (not self.filter_bar.is_typing and clock - self._sorted_at >= _SORT_EVERY_SECONDS):
            self._reorder()
        if force:
            table.refresh()
            drawn = set(table.seen)
        else:
            table.changed(drawn)
        self._drawn_at.update(dict.fromkeys(drawn, clock))

    def _to_draw(self, seen: list[str], changed: set[str], clock: float) -> set[str]:
        """Return which hosts on the screen are to be drawn: changed ones, and the longest unchanged."""
        drawn_at = self._drawn_at
        old = [name for name in seen if clock - drawn_at[name] >= _AGES_EVERY_SECONDS]
        old.sort(key=drawn_at.__getitem__)
        return changed.intersection(seen).union(old[: math.ceil(_AGED_AT_ONCE * len(seen))])

    def _draw_header(self, now: datetime) -> None:
        counts = Counter(row.level for row in self._rows.values())
        shown = len(self.table.rows) if self._shown is not None else None
        self.query_one(FleetHeader).show(counts, shown, len(self.table.marks), now)

    def _reorder(self) -> None:
        self._sorted_at = time.monotonic()
        rows = ordered(self._rows.values(), self.table.sort)
        if self._shown is not None:
            try:
                with pattern_guard():
                    rows = [row for row in rows if self._shown(row)]
            except PatternTooSlowError as error:
                self._shown = None  # or it would be too slow again in two seconds
                self.filter_bar.complain(f"all hosts are shown: {error}")
        self.table.show(rows)

    def on_resize(self) -> None:
        """Fit the header again."""
        self.call_after_refresh(self._draw_header, datetime.now(UTC))

    # What the keys do --------------------------------------------------------------------------

    def action_open(self) -> None:
        """Open the host under the cursor."""
        if self.host_name is not None:
            self.console.open_host(self.host_name)

    @on(FleetTable.Opened)
    def _open_clicked(self, event: FleetTable.Opened) -> None:
        self.console.open_host(event.host)

    def action_mark(self) -> None:
        """Mark the host under the cursor."""
        self.table.toggle_mark()
        self._draw_header(datetime.now(UTC))

    def action_read_now(self) -> None:
        """Read the marked hosts now, or the one under the cursor."""
        self.console.read_now(self.chosen_hosts)

    def action_sort(self, column: str) -> None:
        """Sort by a column; once more turns it round."""
        before = self.table.sort
        self.table.sort = Sort(column, reversed=before.column == column and not before.reversed)
        self._reorder()
        self.table.refresh()

    @on(FleetTable.SortAsked)
    def _sort_clicked(self, event: FleetTable.SortAsked) -> None:
        self.action_sort(event.column)

    # The filter --------------------------------------------------------------------------------

    async def action_filter(self) -> None:
        """Type a filter."""
        await self.filter_bar.edit()

    def filter_by(self, text: str) -> None:
        """Show only what matches, as if it had been typed."""
        self.filter_bar.put(text)
        self.table.focus()

    def action_clear(self) -> None:
        """Leave the filter's field and clear the filter; without one, clear the marks."""
        typing = self.filter_bar.is_typing
        if self.filter_bar.text or typing:
            self.filter_by("")
        elif self.table.marks:
            self.table.marks.clear()
            self.table.refresh()
            self._draw_header(datetime.now(UTC))

    def action_keep_filter(self) -> None:
        """Go back to the table, filtered: at once, so that keys typed right behind it find it so."""
        self._apply_filter(self.filter_bar.keep())
        self.set_focus(self.table)

    @on(FilterBar.Changed)
    def _filter_changed(self, event: FilterBar.Changed) -> None:
        self._apply_filter(event.text)

    def _apply_filter(self, text: str) -> None:
        try:
            self._shown = Filter(text).predicate(self._groups)
        except FilterError as error:
            # What was shown stays: half a regular expression is not a mistake yet.
            self.filter_bar.complain(str(error))
            return
        self.filter_bar.complain("")
        self._reorder()
        self._draw_header(datetime.now(UTC))
