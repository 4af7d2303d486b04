"""The runs of the ledger as lines of a list, made when they are looked at. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from opsconsole.console.tui.cells import fit
from opsconsole.console.tui.lazy_lines import LazyLines
from opsconsole.console.tui.rows_view import Line
from opsconsole.data.ledger import RunRow
from opsconsole.data.ledger_story import verdict_words
from opsconsole.data.text import clean_line

_VERDICT_CELLS = 14
_WHY_LEAST = 14
_WIDE_COLUMNS = 100
_WIDEST_COLUMNS = 150


class RunLines(LazyLines[RunRow]):
    """The lines of runs for a list of that width.

    Args:
        rows: The runs, in the order shown.
        width: Of the list, in cells.
    """

    def __init__(self, rows: Sequence[RunRow], width: int) -> None:
        super().__init__(rows)
        self._columns = columns(width)

    def line(self, at: int) -> Line:
        """Return the line of one run."""
        row = self.rows[at]
        pieces: list[tuple[str, str]] = [(" ", "")]
        for name, width in self._columns:
            pieces += [_cell(row, name, width), ("  ", "")]
        return Line(tuple(pieces[:-1]), key=row.run_id)


def columns(width: int) -> list[tuple[str, int]]:
    """Return name and width of the columns that fit, in order; the last takes what is left."""
    wide = width >= _WIDE_COLUMNS
    found = [
        ("when", 19 if wide else 11),
        ("who", 16 if wide else 10),
        ("host", 20 if wide else 14),
        ("recipe", 20 if wide else 15),
        ("verdict", _VERDICT_CELLS),
    ]
    if width >= _WIDEST_COLUMNS:
        found.append(("run", 28))
    left = width - 1 - sum(cells + 2 for _, cells in found)
    if left >= _WHY_LEAST:
        found.append(("why", left))
    elif left > 0:
        found[2] = ("host", found[2][1] + left)
    return found


def titles(width: int) -> str:
    """Return the line of titles."""
    return " " + "  ".join(fit(name, cells) for name, cells in columns(width))


def _cell(row: RunRow, name: str, width: int) -> tuple[str, str]:
    if name == "when":
        form = "%Y-%m-%d %H:%M:%S" if width >= 19 else "%m-%d %H:%M"
        return fit(row.started_at.strftime(form), width), "muted"
    if name == "verdict":
        sign, _, look = verdict_words(row.verdict)
        return fit(f"{sign} {clean_line(row.verdict, 40) or 'open'}", width), look
    text, look = {
        "who": (row.operator.local_user, ""),
        "host": (row.host, "strong"),
        "recipe": (row.recipe, ""),
        "run": (row.run_id, "muted"),
        "why": (f"{row.incident} {row.reason}", "muted"),
    }[name]
    return fit(clean_line(text, 256), width), look
