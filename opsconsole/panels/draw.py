"""Figures as short text: sparklines, bars, percentages, rates. Pure, so that every screen draws alike."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from opsconsole.data.units import format_bytes, format_duration

UNKNOWN = "–"
_BLOCKS = "▁▂▃▄▅▆▇█"
_TOP = len(_BLOCKS) - 1


def sparkline(points: Sequence[float], width: int, *, high: float | None = 100.0) -> str:
    """Return the points as `width` blocks, newest at the right; blank where there are none.

    Where there are more points than cells, a cell shows the greatest of its points: a short peak must
    not be averaged away.

    Args:
        points: Oldest first; NaN is a gap.
        width: Cells.
        high: The value of a full block; None: the greatest point.
    """
    if width <= 0:
        return ""
    values = list(points)
    count = len(values)
    if count > width:
        edges = [cell * count // width for cell in range(width + 1)]
        values = [
            max((value for value in values[start:end] if math.isfinite(value)), default=math.nan)
            for start, end in pairwise(edges)
        ]
    top = greatest(values) if high is None else high
    scale = len(_BLOCKS) / top if top > 0 else 0.0
    blocks = [
        " " if not math.isfinite(value) else _BLOCKS[int(min(_TOP, max(0.0, value * scale)))]
        for value in values
    ]
    return "".join(blocks).rjust(width)


def by_time(
    points: Iterable[tuple[datetime, float]], end: datetime, span: timedelta, width: int
) -> list[float]:
    """Return the greatest value in each of `width` equal parts of the time until `end`; NaN: there is none.

    So a cell of a graph is a moment: what is not known stays blank, however little there is beside it.
    """
    cells = [math.nan] * max(0, width)
    for at, value in points:
        ago = (end - at) / span
        if not (0 <= ago < 1 and math.isfinite(value)):
            continue
        cell = width - 1 - int(ago * width)
        if 0 <= cell < width and not cells[cell] >= value:  # also when there is none yet
            cells[cell] = value
    return cells


def ending_now(points: Sequence[float], count: int) -> list[float]:
    """Return the last `count` points, with gaps before them where there are fewer."""
    known = list(points)[-count:] if count > 0 else []
    return [math.nan] * (count - len(known)) + known


def greatest(points: Iterable[float]) -> float:
    """Return the greatest of the known points; NaN, which stands for a gap, when none is known."""
    return max(filter(math.isfinite, points), default=math.nan)


def bar(percent: float | None, width: int) -> tuple[str, str]:
    """Return the filled and the empty part of a bar, `width` cells together; all empty when unknown."""
    if percent is None or not math.isfinite(percent):
        return "", "─" * width
    halves = round(min(100.0, max(0.0, percent)) / 100 * width * 2)
    filled = "━" * (halves // 2) + ("╸" if halves % 2 else "")
    return filled, "─" * (width - len(filled))


def percent(value: float | None) -> str:
    """Return `12%`, or `–` when it is not known. 99.6 is shown as 99%: only full is 100%."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    return f"{min(round(value), 99) if value < 100 else round(value)}%"


def number(value: float | None, digits: int = 1) -> str:
    """Return the number with so many digits, none from 100 on; `–` when it is not known."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    return f"{value:.0f}" if abs(value) >= 99.95 else f"{value:.{digits}f}"


def size(count: float | None) -> str:
    """Return bytes in binary units, or `–`."""
    return UNKNOWN if count is None or not math.isfinite(count) else format_bytes(count)


def age(seconds: float | None) -> str:
    """Return an age in at most four cells: `3s`, `12m`, `5h`, `41d`, or `–`."""
    if seconds is None:
        return UNKNOWN
    return format_duration(seconds).split(" ", maxsplit=1)[0]


def ago(at: datetime | None, now: datetime) -> str:
    """Return how long ago something was, such as `3s ago`, or `–`."""
    return UNKNOWN if at is None else f"{age(max(0.0, (now - at).total_seconds()))} ago"


def duration(seconds: float | None) -> str:
    """Return a duration, or `–`."""
    return UNKNOWN if seconds is None or not math.isfinite(seconds) else format_duration(seconds)
