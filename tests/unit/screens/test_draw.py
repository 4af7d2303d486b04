"""Figures as text: never wider than told, never zero for unknown, peaks are kept."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsconsole.panels import draw

NUMBERS = st.floats(allow_nan=True, allow_infinity=True)


@given(st.lists(NUMBERS, max_size=400), st.integers(-2, 60), st.one_of(st.none(), st.floats(0.1, 1e9)))
@settings(max_examples=200, deadline=None)
def test_a_sparkline_is_exactly_as_wide_as_asked(points: list[float], width: int, high: float | None) -> None:
    assert len(draw.sparkline(points, width, high=high)) == max(0, width)


def test_a_sparkline_is_newest_at_the_right_and_blank_where_nothing_is_known() -> None:
    assert draw.sparkline([0, 50, 100], 5) == "  ▁▅█"
    assert draw.sparkline([], 3) == "   "
    assert draw.sparkline([0, 0], 2, high=None) == "▁▁"
    assert draw.sparkline([1, 2], 2, high=None) == "▅█"
    assert draw.sparkline([math.nan, 1e99], 2) == " █"


def test_a_gap_is_blank_and_hides_no_peak_beside_it() -> None:
    gap = math.nan
    assert draw.sparkline([50, gap, gap, 50], 4) == "▅  ▅"
    assert draw.sparkline([gap, 100, 100, gap, gap, gap], 3) == "██ "
    assert math.isnan(draw.greatest([gap]))
    assert draw.greatest([gap, 3, 1]) == 3


@given(st.lists(st.floats(0, 50), min_size=60, max_size=300), st.data())
@settings(max_examples=100, deadline=None)
def test_a_short_peak_is_seen_however_narrow(points: list[float], data: st.DataObject) -> None:
    points[data.draw(st.integers(0, len(points) - 1))] = 100.0
    assert "█" in draw.sparkline(points, 8)


@given(st.one_of(st.none(), NUMBERS), st.integers(0, 40))
@settings(max_examples=200, deadline=None)
def test_a_bar_is_exactly_as_wide_as_asked(share: float | None, width: int) -> None:
    full, empty = draw.bar(share, width)
    assert len(full) + len(empty) == width
    if share is None or not math.isfinite(share):
        assert full == ""


def test_a_bar_is_proportional() -> None:
    assert draw.bar(50, 10) == ("━━━━━", "─────")
    assert draw.bar(100, 4) == ("━━━━", "")
    assert draw.bar(55, 10) == ("━━━━━╸", "────")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (math.nan, "–"),
        (0.0, "0%"),
        (99.6, "99%"),
        (99.999, "99%"),
        (100.0, "100%"),
        (0.4, "0%"),
        (812.0, "812%"),
    ],
)
def test_percent(value: float | None, text: str) -> None:
    assert draw.percent(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (math.inf, "–"), (0.04, "0.0"), (7.94, "7.9"), (99.94, "99.9"), (99.96, "100")],
)
def test_number(value: float | None, text: str) -> None:
    assert draw.number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (0, "0s"), (59.9, "59s"), (61, "1m"), (7300, "2h"), (41 * 86400 + 5, "41d")],
)
def test_age(value: float | None, text: str) -> None:
    assert draw.age(value) == text


def test_ago_is_never_in_the_future() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert draw.ago(now - timedelta(minutes=12), now) == "12m ago"
    assert draw.ago(now + timedelta(minutes=12), now) == draw.ago(now, now)
    assert draw.ago(None, now) == draw.UNKNOWN


def test_unknown_sizes_and_durations_are_no_zero() -> None:
    assert draw.size(None) == draw.duration(None) == draw.size(math.nan) == draw.duration(math.inf) == "–"
    assert draw.size(0) == "0B"


def test_a_graph_over_time_keeps_its_scale_and_its_gaps() -> None:
    end = datetime(2026, 1, 2, tzinfo=UTC)
    six_minutes = [(end - timedelta(minutes=minute), 50.0) for minute in range(6, -1, -1)]
    an_hour_long_ago = [(end - timedelta(hours=12, minutes=minute), 90.0) for minute in range(60, -1, -1)]
    cells = draw.by_time([*an_hour_long_ago, *six_minutes], end, timedelta(hours=24), 24)
    assert cells[-1] == 50.0
    assert cells[10:12] == [90.0, 90.0]
    assert [math.isnan(cell) for cell in cells] == [index not in {10, 11, 23} for index in range(24)]
    shown = draw.sparkline(cells, 24)
    assert shown == " " * 10 + "██" + " " * 11 + "▅"


@given(
    st.lists(st.tuples(st.integers(-200_000, 200_000), st.floats(allow_nan=True, allow_infinity=True))),
    st.integers(0, 120),
)
def test_a_graph_over_time_has_one_cell_a_part_whatever_comes(
    points: list[tuple[int, float]], width: int
) -> None:
    end = datetime(2026, 1, 2, tzinfo=UTC)
    timed = [(end + timedelta(seconds=seconds), value) for seconds, value in points]
    assert len(draw.by_time(timed, end, timedelta(hours=24), width)) == width
    assert len(draw.ending_now([value for _, value in points], width)) == width
