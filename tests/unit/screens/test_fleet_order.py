"""Sorting and filtering the Fleet: stable, unknown last, a filter never raises anything but its own error."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsconsole.console.tui.cells import fit
from opsconsole.console.tui.filter_words import FilterError
from opsconsole.console.tui.fleet_columns import COLUMNS, SORT_KEYS, Extent, places
from opsconsole.console.tui.fleet_order import Filter, Sort, is_descending, ordered
from opsconsole.console.tui.fleet_rows import Row
from opsconsole.panels.panel import Level

VALUES = st.one_of(st.none(), st.floats(0, 100))
TEXT = st.text(max_size=12)
ROWS = st.lists(
    st.builds(
        lambda name, level, cpu, rate, why, at: (name, level, cpu, rate, why, at),
        TEXT, st.sampled_from(Level), VALUES, VALUES, TEXT, st.one_of(st.none(), st.integers(0, 10**9)),
    ),
    max_size=30,
)  # fmt: skip


def rows(made: list[tuple[str, Level, float | None, float | None, str, int | None]]) -> list[Row]:
    return [
        Row(
            index, f"h{index}", name, "", production=False, groups="", level=level, cpu_percent=cpu,
            receive_rate=rate, why=why, taken_at=None if at is None else datetime.fromtimestamp(at, UTC),
        )
        for index, (name, level, cpu, rate, why, at) in enumerate(made)
    ]  # fmt: skip


@given(ROWS, st.sampled_from(sorted(SORT_KEYS.values())), st.booleans())
@settings(max_examples=200, deadline=None)
def test_every_column_sorts_any_rows_and_keeps_ties(made: list[tuple], column: str, turned: bool) -> None:
    given_rows = rows(made)
    sort = Sort(column, turned)
    there = ordered(given_rows[::-1], sort)
    assert sorted(row.index for row in there) == [row.index for row in given_rows]
    assert [row.index for row in ordered(there, sort)] == [row.index for row in there]
    if column == "cpu":
        known = [row for row in there if row.cpu_percent is not None]
        assert there[: len(known)] == known
        keys = [
            (-(row.cpu_percent or 0) if is_descending(sort) else row.cpu_percent or 0, row.index)
            for row in known
        ]
        assert keys == sorted(keys)
    if column == "level":
        ranks = [(-row.level if not turned else row.level, row.index) for row in there]
        assert ranks == sorted(ranks)


@given(st.text(max_size=20), ROWS)
@settings(max_examples=200, deadline=None)
def test_a_filter_shows_or_hides_or_says_what_is_wrong(text: str, made: list[tuple]) -> None:
    try:
        test = Filter(text).predicate()
    except FilterError as error:
        assert "not a regular expression" in str(error)
        return
    for row in rows(made):
        assert test is None or test(row) in {True, False}


def test_inverting_shows_the_others() -> None:
    made = rows([("web1", Level.OK, None, None, "", None), ("db1", Level.OK, None, None, "", None)])
    test = Filter("!web").predicate()
    assert test is not None
    assert [row.shown_name for row in made if test(row)] == ["db1"]
    assert Filter("!").predicate() is None


def test_capitals_make_it_case_sensitive() -> None:
    (row,) = rows([("Web1", Level.OK, None, None, "", None)])
    for text, shown in (("web", True), ("Web", True), ("WEB", False)):
        test = Filter(text).predicate()
        assert test is not None
        assert test(row) is shown


def test_every_column_has_a_letter_of_its_title() -> None:
    assert len({column.key for column in COLUMNS}) == len(COLUMNS)
    assert all(column.key in column.title for column in COLUMNS)
    assert set("gG") & {column.key.upper() for column in COLUMNS} == set()


@given(st.integers(1, 400), st.integers(1, 200), st.integers(0, 40), st.integers(0, 400))
@settings(max_examples=200, deadline=None)
def test_columns_never_overlap_and_fit_from_80_on(
    width: int, name: int, environment: int, groups: int
) -> None:
    found = places(width, Extent(name, environment, groups))
    for before, after in itertools.pairwise(found):
        assert before.x + before.width < after.x
    assert found[-1].column.name == "why"
    if width >= 80:
        assert found[-1].x + found[-1].width <= width
        assert found[-1].width >= 18


@pytest.mark.parametrize(
    ("width", "least"), [(80, 32), (100, 32), (120, 32), (160, 40), (200, 40), (300, 60)]
)
def test_the_reason_has_room_and_the_age_stays(width: int, least: int) -> None:
    found = {place.column.name: place.width for place in places(width, Extent(20, 10, 24, read_only=True))}
    assert found["why"] >= least
    assert "age" in found


@given(st.text(max_size=40), st.integers(0, 30), st.booleans())
@settings(max_examples=200, deadline=None)
def test_a_cell_is_exactly_as_wide_as_its_column(text: str, width: int, right: bool) -> None:
    from rich.cells import cell_len

    assert cell_len(fit(text, width, right=right)) == width


@pytest.mark.parametrize(("text", "whole"), [("@web", True), ("@we", False)])
def test_a_whole_group_name_takes_that_group_only(text: str, whole: bool) -> None:
    row = rows([("a", Level.OK, None, None, "", None)])[0]
    row.groups = "@webapp @eu"
    test = Filter(text).predicate({"@web", "@webapp"})
    assert test is not None
    assert test(row) is not whole
