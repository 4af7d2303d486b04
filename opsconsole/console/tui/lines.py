"""One-line pieces that the screens share: a left and a right part, badges, levels."""

from __future__ import annotations

from textual.content import Content

from opsconsole.panels.panel import Level
from opsconsole.panels.view import LEVEL_STYLE


def spread(left: Content, right: Content, width: int) -> Content:
    """Return one line of `width` cells: `left` is cut where it would reach `right`, which stays whole."""
    room = max(0, width - right.cell_length - 1)
    if left.cell_length > room:
        left = left.truncate(room, ellipsis=True)
    return Content.assemble(left, " " * max(1, width - left.cell_length - right.cell_length), right)


def level_words(level: Level) -> Content:
    """Return the symbol and the word of a level in its colour."""
    return Content.styled(f"{level.symbol} {level.word}", f"{LEVEL_STYLE[level]} bold")


def badge(text: str) -> Content:
    """Return a word that must not be overlooked, in reverse: it reads the same without colour."""
    return Content.styled(f" {text} ", "$background on $foreground bold")
