"""The frame of the screens that list very many rows: a filter, titles, the list, and what is said instead."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import ClassVar, Generic, TypeVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from opsconsole.console.tui.filter_bar import FilterBar
from opsconsole.console.tui.filter_words import FilterError
from opsconsole.console.tui.header import Badges
from opsconsole.console.tui.keybar import KeyBar
from opsconsole.console.tui.lazy_lines import LazyLines
from opsconsole.console.tui.lines import spread
from opsconsole.console.tui.rows_view import RowsView
from opsconsole.console.tui.screens import ConsoleScreen

RowT = TypeVar("RowT")
FilterT = TypeVar("FilterT")


class LongListScreen(ConsoleScreen, Generic[RowT, FilterT]):
    """Lists rows of which only those on the screen are drawn, with a filter above them.

    A subclass says what a row looks like, what a filter means and what the title tells; it puts its rows
    into `_rows` and calls `show`.

    Args:
        text: The filter to begin with.
    """

    AUTO_FOCUS = "RowsView"
    DEFAULT_CSS = """
    LongListScreen #list-columns { height: 1; color: $foreground-muted; margin-top: 1; }
    LongListScreen #list-hint { height: auto; padding: 1 2; color: $foreground-muted; display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "clear", "back"),
        Binding("slash", "filter", "filter", key_display="/"),
    ]

    def __init__(self, text: str = "") -> None:
        super().__init__()
        self._text = text
        self._wanted: FilterT | None = None
        self._rows: list[RowT] = []

    # What a subclass says ------------------------------------------------------------------------

    def lines(self, width: int) -> LazyLines[RowT]:
        """Return the rows as lines of a list of that width."""
        raise NotImplementedError

    def titles(self, width: int) -> str:
        """Return the line of titles above a list of that width."""
        raise NotImplementedError

    def identity(self, row: RowT) -> Hashable:
        """Return what stays the same of a row: the cursor stays with it."""
        raise NotImplementedError

    def head(self, width: int) -> tuple[Content, Content]:
        """Return the left and the right part of the title; the right one stays whole."""
        raise NotImplementedError

    def nothing(self) -> str:
        """Return what is said when there are no rows; empty: nothing."""
        raise NotImplementedError

    def understood(self, text: str) -> FilterT | None:
        """Return the filter that was typed; None: all rows are shown.

        Raises:
            FilterError: It is not understood.
        """
        raise NotImplementedError

    def filter_changed(self) -> None:
        """See to it that the rows that the new filter leaves are shown."""
        raise NotImplementedError

    def action_open(self) -> None:
        """Open the row under the cursor."""
        raise NotImplementedError

    def above(self) -> Iterable[Widget]:
        """Return what stands between the filter and the list."""
        return ()

    # The frame -----------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """Compose the screen."""
        yield Static(id="list-title", classes="title")
        yield FilterBar(id="fleet-bar")
        yield from self.above()
        yield Static(id="list-columns")
        yield RowsView(fold=False, id="list-rows")
        yield Static(id="list-hint")
        yield KeyBar(id="keys")

    def begin(self) -> None:
        """Show the badges, and filter by what was given: a subclass does that when it is mounted."""
        hosts = [state.host for state in self.source.hosts.values()]
        self.filter_bar.query_one(Badges).show(
            sum(host.is_production for host in hosts),
            self.source.settings.read_only,
            sum(host.read_only for host in hosts),
        )
        if self._text:
            text, self._text = self._text, ""
            self.filter_bar.put(text)
            self._apply(text)

    def on_resize(self) -> None:
        """Lay the columns out again."""
        self.call_after_refresh(self.show)

    @property
    def view(self) -> RowsView:
        """The list."""
        return self.query_one("#list-rows", RowsView)

    @property
    def filter_bar(self) -> FilterBar:
        """The line with the filter."""
        return self.query_one(FilterBar)

    @property
    def rows(self) -> Sequence[RowT]:
        """The rows that are shown."""
        return self._rows

    @property
    def current(self) -> RowT | None:
        """The row under the cursor."""
        lines = self.view.lines
        if not isinstance(lines, LazyLines) or not lines:
            return None
        return cast("LazyLines[RowT]", lines).rows[self.view.cursor]

    def show(self) -> None:
        """Show the rows; the cursor stays with its row once it was moved."""
        if not self.is_attached:
            return
        view, before = self.view, self.current
        moved = view.cursor > 0
        width = view.scrollable_content_region.width or self.size.width
        self.query_one("#list-columns", Static).update(Content(self.titles(width)))
        view.show(self.lines(width))
        if moved and before is not None:
            same = self.identity(before)
            at = next((at for at, row in enumerate(self._rows) if self.identity(row) == same), None)
            if at is not None and at != view.cursor:
                view.put_cursor(at)
        self.say()

    def say(self) -> None:
        """Write the title, and what there is to say instead of rows."""
        if not self.is_attached:
            return
        title = self.query_one("#list-title", Static)
        width = title.content_size.width
        title.update(spread(*self.head(width), width), layout=False)
        hint = self.query_one("#list-hint", Static)
        words = "" if self._rows else self.nothing()
        hint.display = bool(words)
        hint.update(Content(words))

    @on(RowsView.Chosen)
    def _chosen(self) -> None:
        self.action_open()

    # The filter ----------------------------------------------------------------------------------

    async def action_filter(self) -> None:
        """Type a filter."""
        await self.filter_bar.edit()

    def action_clear(self) -> None:
        """Clear the filter, else go back."""
        bar = self.filter_bar
        if bar.text or bar.is_typing:
            bar.put("")
            self.view.focus()
        elif self.is_current:
            self.app.pop_screen()

    def action_keep_filter(self) -> None:
        """Go back to the list, filtered."""
        self._apply(self.filter_bar.keep())
        self.set_focus(self.view)

    @on(FilterBar.Changed)
    def _filter_typed(self, event: FilterBar.Changed) -> None:
        self._apply(event.text)

    def _apply(self, text: str) -> None:
        try:
            wanted = self.understood(text)
        except FilterError as error:
            self.filter_bar.complain(str(error))  # what was shown stays: it is still being typed
            return
        self.filter_bar.complain("")
        if text != self._text or (wanted is None) is not (self._wanted is None):
            self._text, self._wanted = text, wanted
            self.filter_changed()
