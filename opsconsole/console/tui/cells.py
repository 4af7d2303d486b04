"""Text in cells of a terminal: in exactly so many, or folded into rows. Pure."""

from __future__ import annotations

from rich.cells import cell_len, chop_cells, set_cell_size


def fit(text: str, width: int, *, right: bool = False) -> str:
    """Return the text in exactly `width` cells; `…` where it was cut."""
    length = cell_len(text)
    if length > width:
        return set_cell_size(text, width - 1) + "…" if width > 0 else ""
    return " " * (width - length) + text if right else text + " " * (width - length)


def wrap_lengths(text: str, width: int) -> list[int]:
    """Return how many characters of `text` go on each row of `width` cells; at least one row."""
    if not text:
        return [0]
    if text.isascii():
        full, rest = divmod(len(text), width)
        return [width] * full + ([rest] if rest else [])
    return [len(row) for row in chop_cells(text, width)] or [0]
