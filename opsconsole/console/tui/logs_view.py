"""The widget that shows log lines: only the visible rows are drawn, one line is under the cursor."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from contextlib import suppress
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.cache import LRUCache
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from opsconsole.console.tui.cells import wrap_lengths
from opsconsole.console.tui.logs_lines import LineFilter, LogBuffer, LogLine, Tone, tone_of
from opsconsole.console.tui.logs_stamps import Day, Stamp, lacks_zone, stamp_of
from opsconsole.console.tui.pattern_guard import PatternTooSlowError, pattern_guard

SHORT_BELOW = 120
"""Cells: on fewer than these a date on each line would take a fifth of the room."""
_LOOKED_BACK = 200


class LogView(ScrollView, can_focus=True):
    """Shows a `LogBuffer`. While it follows, the newest line is under the cursor and at the bottom."""

    DEFAULT_CSS = """
    LogView {
        background: $background;
        scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 0;
        scrollbar-gutter: stable;
        overflow-y: scroll;

        & > .log--error { color: $text-error; }
        & > .log--warning { color: $text-warning; }
        & > .log--debug { color: $foreground-muted; }
        & > .log--note { color: $accent; text-style: italic; }
        & > .log--match { text-style: underline bold; }
        & > .log--found { text-style: reverse; }
        & > .log--cursor { background: $block-cursor-background; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "log--error",
        "log--warning",
        "log--debug",
        "log--note",
        "log--match",
        "log--found",
        "log--cursor",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Line up", show=False),
        Binding("down,j", "move(1)", "Line down", show=False),
        Binding("pageup,ctrl+b", "move_pages(-1)", "Page up", show=False),
        Binding("pagedown", "move_pages(1)", "Page down", show=False),
        Binding("g,home", "top", "First line", show=False),
        Binding("end", "follow", "Last line, and follow", show=False),
        Binding("left", "scroll_left", "Scroll left", show=False),
        Binding("right", "scroll_right", "Scroll right", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own parameter name
        super().__init__(id=id)
        self.buffer = LogBuffer()
        self.following = True
        self._wrap = False
        self._find = ""
        self._filter: LineFilter | None = None
        self._cursor = 0
        # First row of each shown line, counted from the first row there ever was: forgetting old lines
        # then only drops the head of the list, and no other row is counted anew.
        self._starts: list[int] = []
        self._rows_end = 0
        self._widest = 0
        self._drawn: LRUCache[int, list[Strip]] = LRUCache(512)
        self._full_stamps: bool | None = None  # None: as the width allows
        self._days: dict[int, Day] = {}  # number of a line -> what stands above it
        self._last_day: Day | None = None

    # --- what is shown ---

    def append(self, lines: Sequence[LogLine]) -> None:
        """Add lines at the end, forget the oldest beyond the limit, and go on filtering.

        Raises:
            PatternTooSlowError: The filter takes too long.
        """
        top_before = self._base
        gone = self.buffer.extend(lines)
        del self._starts[:gone]
        if gone:
            kept = self.buffer.end - self.buffer.count
            self._days = {number: day for number, day in self._days.items() if number >= kept}
        try:
            self.buffer.scan()
        finally:
            self._place_new_lines(scrolled_off=self._base - top_before)

    def clear(self) -> None:
        """Forget every line; the filter stays."""
        self.buffer = LogBuffer()
        self.buffer.set_filter(self._filter)
        self.following = True
        self._restart()

    def set_filter(self, line_filter: LineFilter | None) -> None:
        """Show other lines.

        Raises:
            PatternTooSlowError: The filter takes too long.
        """
        self._filter = line_filter
        self.buffer.set_filter(line_filter)
        try:
            self.buffer.scan()
        finally:
            self._restart()

    @property
    def wrap(self) -> bool:
        """Whether long lines are folded rather than scrolled sideways."""
        return self._wrap

    @wrap.setter
    def wrap(self, wrap: bool) -> None:
        self._wrap = wrap
        self._restart()

    @property
    def full_stamps(self) -> bool:
        """Whether time stamps are shown as the host wrote them; else the clock alone, below its day."""
        return self.size.width >= SHORT_BELOW if self._full_stamps is None else self._full_stamps

    @full_stamps.setter
    def full_stamps(self, full: bool) -> None:
        self._full_stamps = full
        self._restart()

    @property
    def zone_words(self) -> str:
        """In which time zone the clocks are, of the line under the cursor; empty where each line says it."""
        at = self._position
        if at is None:
            return ""
        for before in range(at, max(-1, at - _LOOKED_BACK), -1):
            line = self.buffer[self.buffer.shown[before]]
            if line.is_note:
                continue
            if lacks_zone(line.text):
                return "times without zone: the host's own"
            stamp = stamp_of(line.text)
            if stamp is not None:
                return "" if self.full_stamps else f"times {stamp.at.zone}"
        return ""

    @property
    def current(self) -> LogLine | None:
        """The line under the cursor."""
        at = self._position
        return None if at is None else self.buffer[self.buffer.shown[at]]

    def find(self, needle: str, step: int) -> bool:
        """Mark `needle`, and move to the next (1) or previous (-1) line that has it, going round the end."""
        if needle != self._find:
            self._find = needle
            self._drawn.clear()
        at, count = self._position, len(self.buffer.shown)
        if at is None or not needle:
            self.refresh()
            return False
        found = self.buffer.find(needle, ((at + step * distance) % count for distance in range(1, count + 1)))
        if found is not None:
            self._go(found)
        self.refresh()
        return found is not None

    # --- rows ---

    @property
    def _base(self) -> int:
        return self._starts[0] if self._starts else self._rows_end

    @property
    def _row_width(self) -> int:
        return max(1, self.scrollable_content_region.width)

    @property
    def _position(self) -> int | None:
        """Where the cursor is in `buffer.shown`; on the nearest line before it if its line is not shown."""
        shown = self.buffer.shown
        if not shown:
            return None
        return len(shown) - 1 if self.following else max(0, bisect_right(shown, self._cursor) - 1)

    def _restart(self) -> None:
        """Count all rows anew."""
        self._starts.clear()
        self._days.clear()
        self._last_day = None
        self._rows_end = self._widest = 0
        self._drawn.clear()
        self._place_new_lines(scrolled_off=0)
        if (at := self._position) is not None and not self.following:
            self._bring_into_view(at)

    def _place_new_lines(self, *, scrolled_off: int) -> None:
        width = self._row_width
        for number in self.buffer.shown[len(self._starts) :]:
            line = self.buffer[number]
            stamp = self._stamp(line)
            text = line.text if stamp is None else stamp.shorten(line.text)
            self._starts.append(self._rows_end)
            if stamp is not None and stamp.at != self._last_day:
                self._days[number] = self._last_day = stamp.at
                self._rows_end += 1
            self._rows_end += len(wrap_lengths(text, width)) if self._wrap else 1
            self._widest = max(self._widest, cell_len(text))
        size = Size(width if self._wrap else self._widest, self._rows_end - self._base)
        if size != self.virtual_size:
            self.virtual_size = size
        if self.following:
            self.scroll_end(animate=False, immediate=True, x_axis=False)
        elif scrolled_off:
            self.scroll_to(y=self.scroll_y - scrolled_off, animate=False, immediate=True)
        self.refresh()

    def _stamp(self, line: LogLine) -> Stamp | None:
        """Return the time stamp that is to be shown short."""
        return None if self.full_stamps or line.is_note else stamp_of(line.text)

    def _go(self, at: int) -> None:
        """Put the cursor on a position in `buffer.shown`; on the last one it follows."""
        self._cursor = self.buffer.shown[at]
        self.following = at == len(self.buffer.shown) - 1
        self._bring_into_view(at)
        self.refresh()

    def _bring_into_view(self, at: int) -> None:
        top = self._starts[at] - self._base
        bottom = (self._starts[at + 1] if at + 1 < len(self._starts) else self._rows_end) - self._base
        height = self.scrollable_content_region.height
        if self.following:
            self.scroll_end(animate=False, immediate=True, x_axis=False)
        elif top < self.scroll_y or bottom - top > height:
            self.scroll_to(y=top, animate=False, immediate=True)
        elif bottom > self.scroll_y + height:
            self.scroll_to(y=bottom - height, animate=False, immediate=True)

    # --- drawing ---

    def render_line(self, y: int) -> Strip:
        """Draw one row of the screen."""
        scroll_x, scroll_y = self.scroll_offset
        width = self.size.width
        row = self._base + scroll_y + y
        base_style = self.rich_style
        if row >= self._rows_end:
            return Strip.blank(width, base_style)
        at = bisect_right(self._starts, row) - 1
        number = self.buffer.shown[at]
        rows = self._rows_of(number)
        part = min(row - self._starts[at], len(rows) - 1)
        is_day = part == 0 and number in self._days
        left = 0 if self._wrap or is_day else scroll_x
        style = base_style
        if at == self._position and not is_day:
            style += self.get_component_rich_style("log--cursor", partial=True)
        drawn = rows[part]
        if not self._wrap and drawn.cell_length - left > (room := self._row_width):
            # Only what is drawn is cut: what is filtered, found and copied is the whole line.
            drawn = Strip.join([drawn.crop(0, left + room - 1), Strip([Segment("…")])])
        return drawn.crop_extend(left, left + width, style).apply_style(style)

    def _rows_of(self, number: int) -> list[Strip]:
        rows = self._drawn.get(number)
        if rows is None:
            text = self._styled(self.buffer[number])
            pieces = [text]
            if self._wrap:
                ends, total = [], 0
                for length in wrap_lengths(text.plain, self._row_width):
                    total += length
                    ends.append(total)
                pieces = list(text.divide(ends[:-1]))
            if (day := self._days.get(number)) is not None:
                pieces.insert(0, Text(f"── {day.words} ──", self._look("note"), no_wrap=True, end=""))
            console = self.app.console
            rows = self._drawn[number] = [Strip(piece.render(console, end="")) for piece in pieces]
        return rows

    def _styled(self, line: LogLine) -> Text:
        stamp = self._stamp(line)
        shown = line.text if stamp is None else stamp.shorten(line.text)
        text = Text(shown, no_wrap=True, end="")
        look = "note" if line.is_note else tone_of(line.text).value
        if look != Tone.NORMAL.value:
            text.stylize(self._look(look))
        if self._filter is not None and not self._filter.inverted and not line.is_note:
            self._mark(text, line, stamp, self._filter.pattern, "match")
        if self._find:
            self._mark(text, line, stamp, re.compile(re.escape(self._find), re.IGNORECASE), "found")
        return text

    def _mark(
        self, text: Text, line: LogLine, stamp: Stamp | None, pattern: re.Pattern[str], look: str
    ) -> None:
        style = self._look(look)
        with suppress(PatternTooSlowError), pattern_guard():
            for match in pattern.finditer(line.text):
                start, end = match.span() if stamp is None else stamp.shortened(*match.span())
                text.stylize(style, start, end)

    def _look(self, name: str) -> Style:
        return self.get_component_rich_style(f"log--{name}", partial=True)

    def notify_style_update(self) -> None:
        """Draw anew after a change of theme."""
        super().notify_style_update()
        self._drawn.clear()

    def on_resize(self, _event: events.Resize) -> None:
        """Fold lines anew at the new width, and show the time stamps that it has room for."""
        self._restart()

    # --- moving ---

    def action_move(self, lines: int) -> None:
        """Move the cursor."""
        at = self._position
        if at is not None:
            self._go(min(max(at + lines, 0), len(self.buffer.shown) - 1))

    def action_move_pages(self, pages: int) -> None:
        """Move the cursor by about one screen."""
        self.action_move(pages * max(1, self.scrollable_content_region.height - 1))

    def action_top(self) -> None:
        """Go to the oldest line."""
        if self.buffer.shown:
            self._go(0)

    def action_follow(self) -> None:
        """Go to the newest line and stay on it."""
        self.following = True
        self.scroll_end(animate=False, immediate=True, x_axis=False)
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the mouse points."""
        row = self._base + int(self.scroll_offset.y) + event.y
        if row < self._rows_end:
            self._go(bisect_right(self._starts, row) - 1)

    def on_mouse_scroll_up(self, _event: events.MouseScrollUp) -> None:
        """Stop following: the reader looks back."""
        if self.following and (at := self._position) is not None:
            self._cursor = self.buffer.shown[at]
            self.following = self.max_scroll_y == 0
