"""The certificates as lines of a list, made when they are looked at, and the timeline above them. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import datetime

from rich.cells import cell_len

from opsconsole.console.certificates_rows import CertificateRow
from opsconsole.console.certificates_words import left_words
from opsconsole.console.tui.cells import fit
from opsconsole.console.tui.fleet_columns import LEVEL_STYLES
from opsconsole.console.tui.lazy_lines import LazyLines
from opsconsole.console.tui.rows_view import Line
from opsconsole.panels import draw
from opsconsole.panels.panel import Level

TIMELINE_DAYS = 90
_MARKS_EVERY_DAYS = 30
_LOOKS = {**LEVEL_STYLES, Level.OK: "ok", Level.UNKNOWN: "muted"}
_GAP = 2
_SIGN_CELLS = 2
_LEFT_CELLS = 15  # `ended 1,234 d ago` is cut; `begins in 30 h` is not
_WHY_LEAST = 12
_LEAST_TIMELINE = 20


class CertificateLines(LazyLines[CertificateRow]):
    """The lines of rows for a list of that width.

    Args:
        rows: In the order shown.
        width: Of the list, in cells.
        now: The time (UTC).
    """

    def __init__(self, rows: Sequence[CertificateRow], width: int, now: datetime) -> None:
        super().__init__(rows)
        self._columns = columns(width)
        self._now = now

    def line(self, at: int) -> Line:
        """Return the line of one certificate."""
        row = self.rows[at]
        pieces: list[tuple[str, str]] = [(f"{row.level.symbol} ", _LOOKS[row.level])]
        for name, width in self._columns:
            pieces += [*_cell(row, name, width, self._now), (" " * _GAP, "")]
        return Line(tuple(pieces[:-1]), key=row.key_of_row)


def columns(width: int) -> list[tuple[str, int]]:
    """Return name and width of the columns that fit, in order; the last takes what is left."""
    wide, widest = width >= 110, width >= 170
    found = [
        ("certificate", 36 if widest else 28 if wide else 22),
        ("host", 20 if widest else 14 if wide else 10),
        ("left", _LEFT_CELLS),
    ]
    if wide:
        found.append(("ends (UTC)", 10))
        found.append(("next 90 days", 45 if widest else _LEAST_TIMELINE))
    if widest:
        found.append(("served", 19))
    left = width - _SIGN_CELLS - sum(cells + _GAP for _, cells in found)
    if left >= _WHY_LEAST:
        found.append(("why", left))
    elif left > -_GAP:
        found[0] = (found[0][0], found[0][1] + left + _GAP)
    return found


def titles(width: int) -> str:
    """Return the line of titles."""
    parts = [fit(name, cells, right=name == "left") for name, cells in columns(width)]
    return " " * _SIGN_CELLS + (" " * _GAP).join(parts)


def _cell(row: CertificateRow, name: str, width: int, now: datetime) -> list[tuple[str, str]]:
    if name == "next 90 days":
        return track(row, width, now)
    quiet = "muted" if row.stale else ""
    bad = row.level >= Level.WARNING
    look = _LOOKS[row.level] if bad else quiet
    ends = draw.UNKNOWN if row.not_after is None else f"{row.not_after:%Y-%m-%d}"
    text, style = {
        "certificate": (row.title, "strong" if bad else quiet),
        "host": (row.host, quiet),
        "left": (left_words(row, now), look),
        "ends (UTC)": (ends, quiet),
        "served": (row.served, "warning" if row.served.startswith("≠") else "muted"),
        "why": (row.why or row.renewed_by, look if row.why else "muted"),
    }[name]
    return [(fit(text, width, right=name == "left"), style)]


def track(row: CertificateRow, width: int, now: datetime) -> list[tuple[str, str]]:
    """Return when it ends in the next 90 days: a line to that day, with an arrow where it is later."""
    days = row.days_left(now)
    if days is None:
        return [(" " * width, "")]
    look = _LOOKS[row.level]
    if days >= TIMELINE_DAYS:
        return [("─" * (width - 1), "muted"), ("▸", "muted")]
    at = cell_of(days, width)
    return [("─" * at, "muted"), (row.level.symbol, look), (" " * (width - at - 1), "")]


def cell_of(days: float, width: int) -> int:
    """Return the cell of a day within the timeline; what has ended stands in the first."""
    return min(width - 1, max(0, math.floor(days / TIMELINE_DAYS * width)))


def timeline(
    rows: Iterable[CertificateRow], width: int, now: datetime
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return how many end when in the next 90 days, and the days below it, as (text, look) of two lines.

    A cell is as high as many end in it, and has the colour of the worst of them.
    """
    ended = later = dateless = 0
    known: list[tuple[float, Level]] = []
    for row in rows:
        days = row.days_left(now)
        if days is None:
            dateless += 1
        elif days < 0:
            ended += 1
        elif days >= TIMELINE_DAYS:
            later += 1
        else:
            known.append((days, row.level))
    left = f" {ended:,} ended ▕"
    right = f"▏ {later:,} later" + (f", {dateless:,} not known" if dateless else "")
    room = width - cell_len(left) - cell_len(right) - 1
    if room < _LEAST_TIMELINE:
        return [(f" {ended:,} ended, {len(known):,} within 90 d, {later:,} later", "muted")], []
    counts, levels = [0] * room, [Level.OK] * room
    for days, level in known:
        at = cell_of(days, room)
        counts[at] += 1
        levels[at] = max(levels[at], level)
    bars = draw.sparkline([count or math.nan for count in counts], room, high=None)
    pieces = [(bar, _LOOKS[level]) for bar, level in zip(bars, levels, strict=True)]
    first = [(left, "critical" if ended else "muted"), *pieces, (right, "muted")]
    return first, [(" " * cell_len(left) + _axis(room), "muted")]


def _axis(room: int) -> str:
    axis = list(" " * room)
    for days in range(0, TIMELINE_DAYS + 1, _MARKS_EVERY_DAYS):
        word = "now" if days == 0 else f"{days} d"
        at = min(room - len(word), days * room // TIMELINE_DAYS)
        axis[at : at + len(word)] = word
    return "".join(axis)
