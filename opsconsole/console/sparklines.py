"""The last ten minutes of a host's values: as many points as a screen has room for, each of some ticks.

A sparkline shows in each cell the greatest of its points, so a point is the greatest of its ticks: nothing
that would have been drawn is lost. The points are 32-bit floats: a thousand hosts with seven values each are
5 MB so, 9 MB with a point for each tick, and more than 60 MB as objects.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from datetime import timedelta
from math import ceil, nan

SPAN = timedelta(minutes=10)
MOST_POINTS = 150
"""The widest sparkline, on a terminal of 300 columns, has 132 cells."""


class Sparklines:
    """A host's values by name, oldest first; NaN is a gap.

    Args:
        tick_seconds: Time between two ticks.

    Attributes:
        length: How many points are ten minutes.
        ticks_per_point: How many ticks make one.
    """

    __slots__ = ("_at", "length", "series", "ticks_per_point")

    def __init__(self, tick_seconds: float = 2.0) -> None:
        ticks = SPAN.total_seconds() / tick_seconds
        self.ticks_per_point = max(1, ceil(ticks / MOST_POINTS))
        self.length = max(1, round(ticks / self.ticks_per_point))
        self._at = -1  # number of the newest tick
        self.series: dict[str, array[float]] = {}

    def add(self, values: Iterable[tuple[str, float]], ticks: int = 1) -> None:
        """Take in the values of one tick.

        Args:
            values: All of it, by name; NaN where a value is not known now.
            ticks: How long after the one before: more than one leaves a gap as wide as what is missing.
        """
        last, self._at = self._at, self._at + ticks
        begun = self._at // self.ticks_per_point - last // self.ticks_per_point
        gap = [nan] * min(begun - 1, self.length)
        for name, value in values:
            points = self.series.get(name)
            if points is None:
                points = self.series[name] = array("f")
            elif begun == 0:
                if value > points[-1] or points[-1] != points[-1]:  # greater, or the first that is known
                    points[-1] = value
                continue
            points.extend(gap)
            if len(points) >= self.length:
                del points[: len(points) + 1 - self.length]
            points.append(value)
