"""The Fleet's table: only the lines on the screen are drawn, straight from the rows.

A DataTable keeps a cell object for each of 1,000 × 9 cells and measures them; this one keeps none, so
500 changes a second cost only the lines that are seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from opsconsole.console.tui.cells import fit
from opsconsole.console.tui.fleet_columns import LEVEL_STYLES, Extent, Piece, Place, extent, places
from opsconsole.console.tui.fleet_order import Sort, is_descending
from opsconsole.console.tui.fleet_rows import Row

_STYLES = (
    "text", "strong", "muted", "production", "spark", "track", "stale", "stale_age",
    "ok", "unknown", "warning", "critical", "mark", "header", "header_key", "header_sorted",
)  # fmt: skip
_HEADER_LINES = 1
_LEVEL_X = 2


class FleetTable(ScrollView, can_focus=True):
    """Rows of hosts under a header that stays, with a cursor that follows its host."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"fleet--{name.replace('_', '-')}" for name in _STYLES),
        "fleet--cursor",
        "fleet--cursor-blurred",
        "fleet--hover",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("pagedown,ctrl+f,ctrl+d", "page(1)", "Page down", show=False),
        Binding("pageup,ctrl+b,ctrl+u", "page(-1)", "Page up", show=False),
        Binding("home,g", "first", "First host", show=False),
        Binding("end,G", "last", "Last host", show=False),
    ]

    class Opened(Message):
        """A host is to be opened."""

        def __init__(self, host: str) -> None:
            self.host = host
            super().__init__()

    class SortAsked(Message):
        """A column's title was clicked."""

        def __init__(self, column: str) -> None:
            self.column = column
            super().__init__()

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__(id=id)
        self.marks: set[str] = set()
        self.sort = Sort()
        self.empty_text = ""
        self.now = datetime.now(UTC)
        self._rows: list[Row] = []
        self._index_of: dict[str, int] = {}
        self._cursor = 0
        self._moved = False
        self._hover: int | None = None
        self._places: list[Place] = []
        self._extent = Extent()
        self._placed_for = -1
        self._looks: dict[tuple[str, str], Style] = {}

    # What is shown -----------------------------------------------------------------------------

    @property
    def rows(self) -> Sequence[Row]:
        """The rows in the order shown."""
        return self._rows

    @property
    def cursor_host(self) -> str | None:
        """Name of the host under the cursor."""
        return self._rows[self._cursor].name if self._rows else None

    @property
    def seen(self) -> list[str]:
        """Names of the hosts that are on the screen."""
        top = self.scroll_offset.y
        return [row.name for row in self._rows[top : top + self._page]]

    def show(self, rows: list[Row]) -> None:
        """Show these rows in this order. The cursor stays with its host, and that on its screen line.

        Until somebody moves the cursor it rests on the first row: at the start every host is still
        being connected to, and the first one that is well would take the cursor to the end.
        """
        before, line = self.cursor_host, self._cursor - self.scroll_offset.y
        old_cursor, old_lines = self._cursor, self._lines()
        if not rows or not self._rows:
            self.refresh()  # the text in their stead comes or goes
        self._rows = rows
        self._index_of = {row.name: index for index, row in enumerate(rows)}
        if self._moved and before is not None:
            self._cursor = self._index_of.get(before, min(old_cursor, max(0, len(rows) - 1)))
        else:
            self._cursor = 0
        size = Size(0, len(rows) + _HEADER_LINES)
        if self.virtual_size != size:
            self.virtual_size = size
        at_top = self.scroll_offset.y == 0
        if not (at_top and self._cursor < self._page) and self._cursor - self.scroll_offset.y != line:
            self.scroll_to(y=max(0, self._cursor - line), animate=False, force=True)
        self._keep_in_view()
        for y, (old, new) in enumerate(zip(old_lines, self._lines(), strict=False), start=_HEADER_LINES):
            if old != new:
                self._refresh_line(y)

    def _lines(self) -> list[tuple[str, bool]]:
        """Return what stands in each line of the screen: whose row, and whether the cursor is on it."""
        top = self.scroll_offset.y
        here = range(top, top + self._page)
        return [(self._rows[at].name if at < len(self._rows) else "", at == self._cursor) for at in here]

    def fit_to(self, rows: Iterable[Row]) -> None:
        """Lay the columns out for these rows, whichever of them are shown later."""
        self._extent = extent(rows)
        self._placed_for = -1

    def changed(self, names: Iterable[str]) -> None:
        """Draw the rows of these hosts again where they are on the screen."""
        for name in set(self.seen).intersection(names):
            self._refresh_row(self._index_of[name])

    def put_cursor(self, host: str) -> None:
        """Move the cursor to a host, if it is shown."""
        index = self._index_of.get(host)
        if index is not None:
            self._move_to(index)

    def toggle_mark(self) -> None:
        """Mark or unmark the host under the cursor, and go on to the next."""
        name = self.cursor_host
        if name is None:
            return
        self.marks ^= {name}
        self._refresh_row(self._cursor)
        self.action_move(1)

    # Moving ------------------------------------------------------------------------------------

    @property
    def _page(self) -> int:
        return max(1, self.size.height - _HEADER_LINES)

    def action_move(self, by: int) -> None:
        """Move the cursor by so many rows."""
        self._move_to(self._cursor + by)

    def action_page(self, pages: int) -> None:
        """Move the cursor by so many screens."""
        self._move_to(self._cursor + pages * self._page)

    def action_first(self) -> None:
        """Go to the first row."""
        self._move_to(0)

    def action_last(self) -> None:
        """Go to the last row."""
        self._move_to(len(self._rows) - 1)

    def _move_to(self, index: int) -> None:
        if not self._rows:
            return
        self._moved = True
        before, self._cursor = self._cursor, min(max(0, index), len(self._rows) - 1)
        self._refresh_row(before)
        self._refresh_row(self._cursor)
        self._keep_in_view()

    def _keep_in_view(self) -> None:
        top = self.scroll_offset.y
        if self._cursor < top:
            self.scroll_to(y=self._cursor, animate=False, force=True)
        elif self._cursor >= top + self._page:
            self.scroll_to(y=self._cursor - self._page + 1, animate=False, force=True)

    def _refresh_row(self, index: int) -> None:
        y = index - self.scroll_offset.y + _HEADER_LINES
        if _HEADER_LINES <= y < self.size.height:
            self._refresh_line(y)

    def _refresh_line(self, y: int) -> None:
        self.refresh(Region(0, y, self.size.width, 1))

    # Mouse -------------------------------------------------------------------------------------

    def _index_at(self, y: int) -> int | None:
        index = y - _HEADER_LINES + self.scroll_offset.y
        return index if y >= _HEADER_LINES and index < len(self._rows) else None

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on a row, open it on a double click, or sort by a title."""
        if event.y < _HEADER_LINES:
            if event.x <= _LEVEL_X:
                self.post_message(self.SortAsked("level"))
            for place in self._places:
                if place.x <= event.x < place.x + place.width:
                    self.post_message(self.SortAsked(place.column.name))
            return
        index = self._index_at(event.y)
        if index is None:
            return
        self._move_to(index)
        if event.chain > 1:
            self.post_message(self.Opened(self._rows[index].name))

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Show which row the pointer is on."""
        self._hover_on(self._index_at(event.y))

    def on_leave(self) -> None:
        """The pointer left."""
        self._hover_on(None)

    def _hover_on(self, index: int | None) -> None:
        if index == self._hover:
            return
        before, self._hover = self._hover, index
        for row in (before, index):
            if row is not None:
                self._refresh_row(row)

    # Drawing -----------------------------------------------------------------------------------

    def on_resize(self) -> None:
        """Lay the columns out again."""
        self._placed_for = -1
        self._keep_in_view()

    def notify_style_update(self) -> None:
        """Forget the colours of the theme before."""
        super().notify_style_update()
        self._looks.clear()

    def render_line(self, y: int) -> Strip:
        """Draw one line of the screen."""
        width = self.size.width
        if self._placed_for != width:
            self._places = places(width, self._extent)
            self._placed_for = width
        if y < _HEADER_LINES:
            return self._header(width)
        index = self._index_at(y)
        if index is not None:
            return self._row(self._rows[index], self._ground(index), width)
        text = f"  {self.empty_text}" if not self._rows and y == _HEADER_LINES + 1 else ""
        return Strip([Segment(fit(text, width), self._look("muted", "plain"))], width)

    def _ground(self, index: int) -> str:
        if index == self._cursor:
            return "cursor" if self.has_focus else "cursor-blurred"
        return "hover" if index == self._hover else "plain"

    def _header(self, width: int) -> Strip:
        arrow = " ↓" if is_descending(self.sort) else " ↑"
        pieces: list[tuple[int, list[Piece]]] = []
        if self.sort.column == "level":
            pieces.append((_LEVEL_X, [(arrow.strip(), "header_sorted")]))
        for column, x, room in self._places:
            is_sorted = column.name == self.sort.column
            title = column.title
            if is_sorted:
                title += arrow
            text = fit(title, room, right=column.right)
            style = "header_sorted" if is_sorted else "header"
            at = text.find(column.key)
            if at < 0:
                pieces.append((x, [(text, style)]))
            else:
                parts = [(text[:at], style), (column.key, "header_key"), (text[at + 1 :], style)]
                pieces.append((x, parts))
        return self._strip(pieces, "plain", width)

    def _row(self, row: Row, ground: str, width: int) -> Strip:
        level = LEVEL_STYLES[row.level]
        pieces: list[tuple[int, list[Piece]]] = [
            (0, [("◆" if row.name in self.marks else " ", "mark")]),
            (_LEVEL_X, [(row.level.symbol, level)]),
        ]
        now = self.now
        pieces.extend((x, column.pieces(row, room, now)) for column, x, room in self._places)
        return self._strip(pieces, ground, width)

    def _strip(self, cells: list[tuple[int, list[Piece]]], ground: str, width: int) -> Strip:
        """Put the cells at their places; every piece's text is exactly as wide as it should be."""
        blank = self._look("text", ground)
        segments: list[Segment] = []
        at = 0
        for x, pieces in cells:
            if x > at:
                segments.append(Segment(" " * (x - at), blank))
                at = x
            for text, style in pieces:
                if text:
                    segments.append(Segment(text, self._look(style, ground)))
                    at += _cells(text)
        return Strip(segments, at).adjust_cell_length(width, blank)

    def _look(self, style: str, ground: str) -> Style:
        look = self._looks.get((style, ground))
        if look is None:
            look = self.rich_style + self.get_component_rich_style(
                f"fleet--{style.replace('_', '-')}", partial=True
            )
            if ground != "plain":
                look += Style(bgcolor=self.get_component_rich_style(f"fleet--{ground}").bgcolor)
            self._looks[style, ground] = look
        return look


def _cells(text: str) -> int:
    return len(text) if text.isascii() else Segment(text).cell_length
