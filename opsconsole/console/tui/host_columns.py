"""Cards of different heights in columns, each directly below the one above it."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.geometry import NULL_OFFSET, Region, Size, Spacing
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.message import Message
from textual.widget import Widget

from opsconsole.panels.view import Card

_GUTTER = 1
_LEAST_WIDTH = 38
_MOST_COLUMNS = 3


def columns_for(width: int, cards: int) -> int:
    """Return how many columns have room beside each other in `width` cells."""
    return max(1, min((width + _GUTTER) // _LEAST_WIDTH, _MOST_COLUMNS, cards))


def column_of(index: int, columns: int) -> int:
    """Return the column of the n-th card: to and fro, so that the tall first one is not over the last."""
    at = index % (2 * columns)
    return at if at < columns else 2 * columns - 1 - at


def rows_for(index: int, cards: int, columns: int, height: int) -> int:
    """Return the rows of the n-th card, frame and all, that shares its column's `height` with others."""
    mine = column_of(index, columns)
    return height // sum(column_of(other, columns) == mine for other in range(cards))


class Cards(VerticalScroll, can_focus=False):
    """The cards of a host, and how much room each has."""

    class Resized(Message):
        """There is more room now, or less."""

    def __init__(self, *cards: Card, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__(id=id)
        self.cards = cards

    def compose(self) -> ComposeResult:
        """Compose the columns."""
        yield CardColumns(*self.cards)

    def on_resize(self, event: events.Resize) -> None:
        """Put as many cards beside each other as have room, and tell each how tall it may be."""
        columns = columns_for(self.scrollable_content_region.width, len(self.cards))
        self.query_one(CardColumns).columns = columns
        for index, card in enumerate(self.cards):
            card.room_rows = rows_for(index, len(self.cards), columns, event.size.height)
        self.post_message(self.Resized())


class CardColumns(Widget):
    """Holds the cards."""

    DEFAULT_CSS = "CardColumns { width: 1fr; height: auto; }"

    def __init__(self, *cards: Widget) -> None:
        super().__init__(*cards)
        self._columns = _Columns()

    @property
    def columns(self) -> int:
        """How many columns there are."""
        return self._columns.count

    @columns.setter
    def columns(self, count: int) -> None:
        if count != self._columns.count:
            self._columns.count = count
            self.refresh(layout=True)

    @property
    def layout(self) -> Layout:
        """The layout, which no style sheet can name."""
        return self._columns


class _Columns(Layout):
    """Puts widgets, whose heights are set in cells, into columns of the same width."""

    name = "card-columns"

    def __init__(self) -> None:
        self.count = 1

    def arrange(
        self, parent: Widget, children: Sequence[Widget], size: Size, greedy: bool = True
    ) -> ArrangeResult:
        """Return where each card is."""
        parent.pre_layout(self)
        inner = size.width - _GUTTER * (self.count - 1)
        edges = [column * inner // self.count for column in range(self.count + 1)]
        bottoms = [0] * self.count
        placements = []
        for index, card in enumerate(children):
            column = column_of(index, self.count)
            height = int(card.styles.height.value) if card.styles.height is not None else 1
            left = edges[column] + column * _GUTTER
            width = max(0, edges[column + 1] - edges[column])
            region = Region(left, bottoms[column], width, height)
            bottoms[column] += height
            placements.append(WidgetPlacement(region, NULL_OFFSET, Spacing(), card))
        return placements
