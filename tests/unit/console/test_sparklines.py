"""Sparklines hold ten minutes whatever the tick, lose no peak, and show a gap as a gap."""

from __future__ import annotations

from math import isnan, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.console.sparklines import MOST_POINTS, Sparklines


def line(sparklines: Sparklines) -> list[float]:
    return list(sparklines.series["cpu_percent"])


def ticked(values: list[float], tick_seconds: float = 2.0) -> Sparklines:
    sparklines = Sparklines(tick_seconds)
    for value in values:
        sparklines.add([("cpu_percent", value)])
    return sparklines


@pytest.mark.parametrize(
    ("tick_seconds", "length"), [(0.5, 150), (1.0, 150), (2.0, 150), (3.0, 100), (5.0, 120), (900.0, 1)]
)
def test_ten_minutes_are_as_many_points_as_fit_the_tick(tick_seconds: float, length: int) -> None:
    assert Sparklines(tick_seconds).length == length <= MOST_POINTS
    ten_minutes = max(1, round(600 / tick_seconds))
    sparklines = ticked([1.0] * ten_minutes, tick_seconds)
    assert line(sparklines) == [1.0] * length
    for _ in range(ten_minutes):
        sparklines.add([("cpu_percent", 2.0)])
    assert line(sparklines) == [2.0] * length


def test_a_point_is_the_greatest_of_its_ticks_and_the_newest_shows_at_once() -> None:
    assert line(ticked([5.0, 9.0, 7.0])) == [9.0, 7.0]
    assert line(ticked([5.0, 9.0, 7.0, 3.0])) == [9.0, 7.0]
    assert line(ticked([nan, 1.0, 2.0, nan])) == [1.0, 2.0]


def test_missed_ticks_are_a_gap_and_not_a_shorter_line() -> None:
    sparklines = ticked([1.0, 1.0])
    sparklines.add([("cpu_percent", 2.0)], ticks=5)
    first, *gap, last = line(sparklines)
    assert (first, last) == (1.0, 2.0)
    assert len(gap) == 2
    assert all(map(isnan, gap))


def test_a_value_that_is_not_known_is_a_gap_too() -> None:
    first, gap, last = line(ticked([1.0, 1.0, nan, nan, 3.0]))
    assert (first, last) == (1.0, 3.0)
    assert isnan(gap)


def test_a_gap_longer_than_the_line_leaves_only_the_gap() -> None:
    sparklines = ticked([1.0])
    sparklines.add([("cpu_percent", 2.0)], ticks=10**9)
    *gap, last = line(sparklines)
    assert len(gap) == MOST_POINTS - 1
    assert all(map(isnan, gap))
    assert last == 2.0


@given(st.lists(st.tuples(st.floats(0, 100, width=32), st.integers(1, 400)), min_size=1, max_size=60))
def test_no_peak_is_lost_and_each_stands_at_its_time(ticks: list[tuple[float, int]]) -> None:
    sparklines = Sparklines(2.0)
    at, points = -1, {}
    for value, after in ticks:
        at += after
        sparklines.add([("cpu_percent", value)], ticks=after)
        points[at // 2] = max(value, points.get(at // 2, 0.0))
    shown = line(sparklines)
    assert len(shown) <= sparklines.length
    newest = at // 2
    for ago, value in enumerate(reversed(shown)):
        expected = points.get(newest - ago)
        assert isnan(value) if expected is None else value == expected
