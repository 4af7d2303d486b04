"""The base of what shows a panel: `Card` on the Host screen, `Detail` on a screen of its own.

A panel's `view.py` says only which lines to draw; what a host sent reaches the screen as `Content`, which
is never parsed as markup.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from opsconsole.data.text import clean_line
from opsconsole.panels import draw
from opsconsole.panels.panel import Cadence, Finding, Level

log = logging.getLogger(__name__)

MUTED = "$foreground-muted"
FAINT = "$foreground-disabled"
STRONG = "bold"
LEVEL_STYLE = {
    Level.OK: "$text-success",
    Level.UNKNOWN: MUTED,
    Level.WARNING: "$text-warning",
    Level.CRITICAL: "$text-error",
}
_UNMEASURED_WIDTH = 40  # until the first layout says how wide it is
_CELL_LIMIT_CHARS = 400
_LEAST_FLEXIBLE = 8


@dataclass(frozen=True, slots=True)
class Showing:
    """What there is to show of one panel of one host at one moment.

    Attributes:
        reading: The last reading; None before the first.
        findings: What it meant, worst first.
        series: The last ten minutes of the panel's values by name, oldest first; NaN is a gap.
        series_length: How many points of them are ten minutes; 0: however many there are.
        past: Older values by name as (UTC, value), oldest first; only names of `Detail.history`.
        now: The time (UTC).
        age_seconds: Age of the reading; None before the first.
        stale: Whether any part of it is missing or three readings of that are overdue.
        overdue: The road of the part that is overdue, the oldest; None: that of the panel's own, or none is.
        overdue_seconds: The age of that part; None: it was never read, or none is overdue.
        problem: Why it could not be read, cleaned.
        beside: The last readings of the host's other panels by name, which may not be there.
    """

    reading: Any
    now: datetime
    findings: Sequence[Finding] = ()
    series: Mapping[str, Sequence[float]] = field(default_factory=dict)
    past: Mapping[str, Sequence[tuple[datetime, float]]] = field(default_factory=dict)
    age_seconds: float | None = None
    series_length: int = 0
    stale: bool = False
    overdue: Cadence | None = None
    overdue_seconds: float | None = None
    problem: str = ""
    beside: Mapping[str, Any] = field(default_factory=dict)

    @property
    def level(self) -> Level:
        """The worst of the findings; unknown when stale or not readable, as the panel's state says."""
        worst = max((finding.level for finding in self.findings), default=Level.OK)
        return max(worst, Level.UNKNOWN) if self.stale or self.problem else worst

    def worst(self, *rules: str, subject: str | None = None) -> Level:
        """Return the worst level of the findings of these rules, on that subject where one is given."""
        levels = (
            finding.level
            for finding in self.findings
            if finding.rule in rules and subject in {None, finding.subject}
        )
        return max(levels, default=Level.OK)


class PanelView(Static):
    """Draws lines; one that fails shows why in its own place and harms nothing else."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__(id=id)
        self._showing: Showing | None = None
        self._height = -1

    def lines(self, showing: Showing, width: int) -> Iterable[Content]:
        """Return the lines to draw, for a reading that is there."""
        raise NotImplementedError("this panel's view could not be loaded")

    def fit(self, line: Content, width: int) -> list[Content]:
        """Return the line in parts of at most `width` cells: cut, for a card has no room to spare."""
        return [line.truncate(width, ellipsis=True)]

    def show(self, showing: Showing) -> None:
        """Show this from now on."""
        self._showing = showing
        self.set_class(showing.stale and showing.reading is not None, "-stale")
        self._draw()

    def on_resize(self) -> None:
        """Draw for the new width."""
        self._draw()

    def _draw(self) -> None:
        if self._showing is None:
            return
        width = self.content_size.width or _UNMEASURED_WIDTH
        lines = [part for line in self._safe_lines(self._showing, width) for part in self.fit(line, width)]
        self.update(Content("\n").join(lines), layout=False)
        # The height is set, not `auto`: Textual 8.2 keeps the height of the first of two updates that come
        # before one layout. And a layout costs much more than new text: only when the height changes.
        height = len(lines) + self.styles.gutter.height
        if height != self._height:
            self._height = height
            self.styles.height = height

    def _safe_lines(self, showing: Showing, width: int) -> list[Content]:
        head: list[Content] = []
        if showing.problem:
            head += _wrapped(f"could not be read: {showing.problem}", Level.WARNING, width)
        if showing.reading is None:
            return head or [text("not read yet", MUTED)]
        try:
            return head + list(self.lines(showing, width))
        except Exception as error:
            log.exception("%s could not draw", type(self).__module__)
            return head + _wrapped(f"could not draw: {type(error).__name__}: {error}", Level.CRITICAL, width)


def _wrapped(words: str, level: Level, width: int) -> list[Content]:
    """Return all of a trouble's words, also in a narrow card."""
    return text(words, LEVEL_STYLE[level]).wrap(width)


class Card(PanelView, can_focus=True):
    """A panel in short, in a box whose title is the panel's."""

    ALLOW_SELECT = False
    parts: ClassVar[Mapping[Cadence, str]] = {}
    """What is read by other roads than the panel's own, in words for the card's frame."""
    DEFAULT_CSS = """
    Card { height: 3; padding: 0 1; border: round $border-blurred;
        border-title-color: $foreground; border-subtitle-color: $foreground; }
    Card:focus { border: round $border; }
    Card:hover { background: $surface; }
    Card.-stale { text-opacity: 60%; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "whole screen", key_display="enter"),
        Binding("right", "app.focus_next", "Next card", show=False),
        Binding("left", "app.focus_previous", "Card before", show=False),
    ]

    class Opened(Message):
        """The card is to get the whole screen."""

        def __init__(self, panel: str) -> None:
            self.panel = panel
            super().__init__()

    def __init__(self, panel: str, title: str, *, id: str | None = None) -> None:  # noqa: A002 - as above
        super().__init__(id=id)
        self.panel = panel
        self.room_rows = 0
        """Rows that the screen has for this card, frame and all. Fewer than its least lines: it scrolls."""
        self._title = title

    @property
    def room(self) -> int:
        """How many lines would fill the card's place on the screen."""
        return max(0, self.room_rows - self.styles.gutter.height)

    def show(self, showing: Showing) -> None:
        """Show this, with the level and the age in the frame."""
        super().show(showing)
        level = showing.level
        self.border_title = Content.assemble(
            (level.symbol, LEVEL_STYLE[level]), " ", text(self._title, STRONG)
        )
        self.border_subtitle = _age(showing, self.parts)

    def action_open(self) -> None:
        """Ask for the whole screen."""
        self.post_message(self.Opened(self.panel))

    def on_click(self) -> None:
        """As `enter`."""
        self.action_open()


class Detail(PanelView):
    """A panel in full, as long as it needs to be; the screen scrolls it."""

    history: ClassVar[tuple[str, ...]] = ()
    """Names of the series whose past is to be shown."""
    DEFAULT_CSS = """
    Detail { height: 1; width: 1fr; padding: 0 1; }
    Detail.-stale { text-opacity: 60%; }
    """

    def fit(self, line: Content, width: int) -> list[Content]:
        """Return the line wrapped: here is the place to read all of it."""
        return line.wrap(width) if line.cell_length > width else [line]


def _age(showing: Showing, parts: Mapping[Cadence, str]) -> Content:
    """Return the age of a reading; one that is stale is old, and no longer said in passing.

    Where only a part is stale, it is that part's age, with its name: the rest is fresh.
    """
    if showing.age_seconds is None:
        return Content("")
    if not showing.stale:
        return Content.styled(f"{draw.age(showing.age_seconds)} ago", MUTED)
    if showing.overdue is None:
        return Content(f"{draw.age(showing.age_seconds)} old")
    part = parts.get(showing.overdue, "a part")
    if showing.overdue_seconds is None:
        return Content(f"{part} not read yet")
    return Content(f"{part} {draw.age(showing.overdue_seconds)} old")


# Pieces of lines ---------------------------------------------------------------------------------


def text(raw: str, style: str = "") -> Content:
    """Return a host's text on one line, with nothing in it that could act on a terminal."""
    return Content.styled(clean_line(raw, _CELL_LIMIT_CHARS), style)


def mark(level: Level) -> Content:
    """Return the symbol of a level in its colour, and a blank."""
    return Content.styled(f"{level.symbol} ", LEVEL_STYLE[level])


def figure(shown: str, level: Level, width: int = 0) -> Content:
    """Return a figure at the right of `width` cells, in the colour of its level where it is not ok."""
    return Content.styled(shown.rjust(width), f"{LEVEL_STYLE[level]} bold" if level is not Level.OK else "")


def heading(title: str, note: str = "") -> list[Content]:
    """Return a blank line and the title of a section."""
    return [Content(""), Content.assemble((title, "$text-accent bold"), "  ", text(note, MUTED))]


def gauge(percent: float | None, width: int) -> Content:
    """Return a bar for a share."""
    full, empty = draw.bar(percent, width)
    return Content.assemble((full, MUTED), (empty, FAINT))


def spark(points: Sequence[float], width: int, *, high: float | None = 100.0) -> Content:
    """Return a sparkline."""
    return Content.styled(draw.sparkline(points, width, high=high), MUTED)


def right(content: Content | str, width: int) -> Content:
    """Return it at the right of `width` cells."""
    made = Content(content) if isinstance(content, str) else content
    return made.pad_left(max(0, width - made.cell_length))


@dataclass(frozen=True, slots=True)
class Answer:
    """What a panel says to one of the questions that its card answers.

    Attributes:
        name: What the question is about.
        words: The answer; empty: the question does not arise on this host.
        level: How bad it is; None: it is merely told, with no sign beside it.
        names: What is concerned, worst first.
        nameless: How many more are concerned whose names were not read.
    """

    name: str
    words: str
    level: Level | None
    names: Sequence[str] = ()
    nameless: int = 0


def answered(answers: Iterable[Answer], names_shown: int = 0) -> list[Content]:
    """Return a line for each answer, and below it what is concerned, at most so many names.

    Questions that do not arise on this host share the last line: `n/a` is not a fault.
    """
    lines: list[Content] = []
    absent: list[str] = []
    for one in answers:
        if not one.words:
            absent.append(one.name)
            continue
        lines.append(Content.assemble("  " if one.level is None else mark(one.level), text(one.words)))
        if names_shown:
            lines += [Content("  ") + text(name, MUTED) for name in one.names[:names_shown]]
            hidden = max(0, len(one.names) - names_shown) + one.nameless
            if hidden:
                lines.append(Content.styled(f"  and {hidden:,} more", MUTED))
    if absent:
        lines.append(Content.styled("· n/a: " + ", ".join(absent), FAINT))
    return lines


def table(
    titles: Sequence[str],
    rows: Iterable[Sequence[Content | str]],
    width: int,
    *,
    flexible: int = 0,
    left: Collection[int] = (),
) -> list[Content]:
    """Return a title line and one line a row; numbers stand at the right of their columns.

    Args:
        titles: One for each column.
        rows: Cells; a `str` must be text of our own, a host's comes through `text`.
        width: Cells that the table may take.
        flexible: Index of the column that is cut where the table would be too wide; it stands at the left.
        left: Indices of other columns of words.
    """
    cells = [[Content(cell) if isinstance(cell, str) else cell for cell in row] for row in rows]
    widths = [
        max([cell_len(title), *(row[index].cell_length for row in cells)])
        for index, title in enumerate(titles)
    ]
    others = sum(widths) - widths[flexible] + 2 * (len(widths) - 1)
    widths[flexible] = max(_LEAST_FLEXIBLE, min(widths[flexible], width - others))
    words = {flexible, *left}
    lines = [[Content.styled(title, MUTED) for title in titles], *cells]
    return [
        Content("  ").join(
            line[index].truncate(size, ellipsis=True, pad=True)
            if index in words
            else right(line[index], size)
            for index, size in enumerate(widths)
        )
        for line in lines
    ]
