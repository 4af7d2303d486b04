"""Lines of text with a cursor, of which only the rows on the screen are drawn: plans, lists, progress."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.cache import LRUCache
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import var
from textual.scroll_view import ScrollView
from textual.strip import Strip

from opsconsole.console.tui.cells import wrap_lengths

LOOKS = ("strong", "muted", "accent", "ok", "warning", "critical", "command", "added", "removed", "badge")
_LEAST_TEXT_CELLS = 16


@dataclass(frozen=True, slots=True)
class Line:
    """One line; all its text is cleaned already.

    Attributes:
        pieces: (text, look) in order; a look is one of `LOOKS` or empty.
        mark: (text, look) that stands in the indent of its first row, such as a step's number.
        indent: Cells before each row.
        key: What it is about, for the cursor that stays with it; may be empty.
        fold: What `enter` opens or closes; may be empty.
        copied: What `c` copies; empty: what is shown.
        words: Fold between words; else at the edge, as commands are.
    """

    pieces: tuple[tuple[str, str], ...]
    mark: tuple[str, str] = ("", "")
    indent: int = 0
    key: str = ""
    fold: str = ""
    copied: str = ""
    words: bool = True

    @property
    def text(self) -> str:
        """The text without the mark."""
        return "".join(text for text, _ in self.pieces)


class RowsView(ScrollView, can_focus=True):
    """Shows lines, folded at the width, or cut there when there are thousands of them.

    Args:
        fold: Fold long lines; else they are cut, and nothing is measured beforehand.
    """

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    RowsView {
        height: 1fr;
        background: $background;
        color: $foreground;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;

        & > .rows--strong { text-style: bold; }
        & > .rows--muted { color: $foreground-muted; }
        & > .rows--accent { color: $text-accent; }
        & > .rows--ok { color: $text-success; }
        & > .rows--warning { color: $text-warning; }
        & > .rows--critical { color: $text-error; text-style: bold; }
        & > .rows--command { color: $text-accent; }
        & > .rows--added { color: $text-success; }
        & > .rows--removed { color: $text-error; }
        & > .rows--badge { color: $background; background: $foreground; text-style: bold; }
        & > .rows--cursor { background: $block-cursor-background; }
        & > .rows--cursor-blurred { background: $block-cursor-blurred-background; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"rows--{look}" for look in (*LOOKS, "cursor", "cursor-blurred")}
    cursor = var(0)
    """Index of the line under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("pagedown,ctrl+f,ctrl+d", "page(1)", "Page down", show=False),
        Binding("pageup,ctrl+b,ctrl+u", "page(-1)", "Page up", show=False),
        Binding("home,g", "first", "First line", show=False),
        Binding("end,G", "last", "Last line", show=False),
    ]

    class Chosen(Message):
        """A line was clicked twice."""

        def __init__(self, line: Line) -> None:
            self.line = line
            super().__init__()

    def __init__(self, *, fold: bool = True, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._fold = fold
        self._lines: Sequence[Line] = ()
        self._starts: Sequence[int] = range(1)
        self._drawn: LRUCache[int, list[Strip]] = LRUCache(512)

    @property
    def lines(self) -> Sequence[Line]:
        """What is shown."""
        return self._lines

    @property
    def current(self) -> Line | None:
        """The line under the cursor."""
        return self._lines[self.cursor] if self._lines else None

    def show(self, lines: Sequence[Line]) -> None:
        """Show these lines. The cursor stays with its line's key, else at its place."""
        if lines == self._lines:
            return
        key = self._lines[self.cursor].key if self._fold and self._lines else ""
        self._lines = lines
        if key:
            self.cursor = next((at for at, line in enumerate(lines) if line.key == key), self.cursor)
        self.cursor = min(self.cursor, max(0, len(lines) - 1))
        self._restart()

    def put_cursor(self, index: int) -> None:
        """Move the cursor to a line."""
        if self._lines:
            self.cursor = min(max(index, 0), len(self._lines) - 1)
            self._bring_into_view()
            self.refresh()

    # Rows --------------------------------------------------------------------------------------

    @property
    def _width(self) -> int:
        return max(1, self.scrollable_content_region.width)

    def _restart(self) -> None:
        self._drawn.clear()
        if self._fold:
            starts, width = [0], self._width
            for line in self._lines:
                starts.append(starts[-1] + _row_count(line, width))
            self._starts = starts
        else:
            self._starts = range(len(self._lines) + 1)
        self.virtual_size = Size(0, self._starts[-1])
        self._bring_into_view()
        self.refresh()

    def _bring_into_view(self) -> None:
        if not self._lines:
            return
        top, bottom = self._starts[self.cursor], self._starts[self.cursor + 1]
        height = max(1, self.scrollable_content_region.height)
        if top < self.scroll_y or bottom - top > height:
            self._scroll_to_row(top)
        elif bottom > self.scroll_y + height:
            self._scroll_to_row(bottom - height)

    def _scroll_to_row(self, row: int) -> None:
        self.scroll_to(y=row, animate=False, force=True, immediate=True)

    def on_resize(self) -> None:
        """Fold the lines anew."""
        self._restart()

    def notify_style_update(self) -> None:
        """Forget the colours of the theme before."""
        super().notify_style_update()
        self._drawn.clear()

    # Drawing -----------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """Draw one row of the screen."""
        width = self.size.width
        row = self.scroll_offset.y + y
        if row >= self._starts[-1]:
            return Strip.blank(width, self.rich_style)
        at = bisect_right(self._starts, row) - 1
        rows = self._rows_of(at)
        style = self.rich_style
        if at == self.cursor:
            cursor = "cursor" if self.has_focus else "cursor-blurred"
            style += Style(bgcolor=self.get_component_rich_style(f"rows--{cursor}").bgcolor)
        strip = rows[min(row - self._starts[at], len(rows) - 1)]
        return strip.crop_extend(0, width, style).apply_style(style)

    def _rows_of(self, at: int) -> list[Strip]:
        rows = self._drawn.get(at)
        if rows is None:
            line, width = self._lines[at], self._width
            text = Text(no_wrap=True, end="")
            for piece, look in line.pieces:
                text.append(piece, self._look(look))
            if self._fold:
                parts = _folded(line, text, max(_LEAST_TEXT_CELLS, width - line.indent))
            else:
                text.truncate(max(1, width - line.indent), overflow="ellipsis")
                parts = [text]
            console = self.app.console
            rows = self._drawn[at] = [
                Strip(self._indented(line, part, first=number == 0).render(console, end=""))
                for number, part in enumerate(parts)
            ]
        return rows

    def _indented(self, line: Line, part: Text, *, first: bool) -> Text:
        mark, look = line.mark if first else ("", "")
        head = Text(mark, self._look(look) or "", end="")
        return head + Text(" " * max(0, line.indent - cell_len(mark))) + part

    def _look(self, look: str) -> Style | None:
        return self.get_component_rich_style(f"rows--{look}", partial=True) if look else None

    # Moving ------------------------------------------------------------------------------------

    def action_move(self, by: int) -> None:
        """Move the cursor; within a line that is higher than the screen, scroll."""
        if not self._lines:
            return
        height = self.scrollable_content_region.height
        top, bottom = self._starts[self.cursor], self._starts[self.cursor + 1]
        if bottom - top > height and (
            (by > 0 and bottom > self.scroll_y + height) or (by < 0 and top < self.scroll_y)
        ):
            self._scroll_to_row(int(self.scroll_y) + by)
        else:
            self.put_cursor(self.cursor + by)

    def action_page(self, pages: int) -> None:
        """Move by so many screens."""
        height = max(1, self.scrollable_content_region.height - 1)
        row = min(max(0, self._starts[self.cursor] + pages * height), max(0, self._starts[-1] - 1))
        self.put_cursor(bisect_right(self._starts, row) - 1)

    def action_first(self) -> None:
        """Go to the first line."""
        self.put_cursor(0)

    def action_last(self) -> None:
        """Go to the last line."""
        self.put_cursor(len(self._lines) - 1)

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on a line; choose it on a double click."""
        row = self.scroll_offset.y + event.y
        if row >= self._starts[-1]:
            return
        self.cursor = bisect_right(self._starts, row) - 1
        self.refresh(Region(0, 0, *self.size))
        if event.chain > 1 and self.current is not None:
            self.post_message(self.Chosen(self.current))


def _row_count(line: Line, width: int) -> int:
    room = max(_LEAST_TEXT_CELLS, width - line.indent)
    text = line.text
    if len(text) <= room and (text.isascii() or cell_len(text) <= room):
        return 1
    return len(_ends(line, text, room)) + 1


def _folded(line: Line, text: Text, room: int) -> list[Text]:
    return list(text.divide(_ends(line, text.plain, room)))


def _ends(line: Line, text: str, room: int) -> list[int]:
    """Return the characters after which the text is folded: after a blank where there is one."""
    ends: list[int] = []
    if not line.words:
        for length in wrap_lengths(text, room)[:-1]:
            ends.append((ends[-1] if ends else 0) + length)
        return ends
    start = 0
    while True:
        length = wrap_lengths(text[start : start + room + 1], room)[0]
        if start + length >= len(text):
            return ends
        blank = text.rfind(" ", start + 1, start + length + 1)
        start = blank + 1 if blank > start else start + length
        ends.append(start)
