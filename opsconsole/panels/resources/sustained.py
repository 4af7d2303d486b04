"""Since when has a value been above a limit, when the limit is known only later?

Kept are the newest samples at or below each level: a stack of rising values and times. Sample times are
epoch seconds; values are rounded down to tenths, so there are at most 1,001 entries for a percentage, and
in practice a handful.
"""

from __future__ import annotations

from bisect import bisect_right
from math import floor

Lows = tuple[tuple[float, float], ...]  # (value, epoch seconds), both rising.


def add_low(lows: list[tuple[float, float]], value: float, seconds: float) -> None:
    """Add a sample: it overtakes every earlier one that is not lower."""
    level = floor(value * 10.0) / 10.0
    while lows and lows[-1][0] >= level:
        lows.pop()
    lows.append((level, seconds))


def above_since(lows: Lows, limit: float, first_seconds: float) -> float:
    """Return since when (epoch seconds) every sample was above `limit`.

    Args:
        lows: The stack, as `add_low` keeps it.
        limit: The limit; a sample within the tenth above it counts as not above.
        first_seconds: When the first sample was taken: the answer when none was ever at or below.
    """
    index = bisect_right(lows, limit, key=lambda low: low[0])
    return lows[index - 1][1] if index else first_seconds
