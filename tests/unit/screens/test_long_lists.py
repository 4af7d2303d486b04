"""What long lists share: rows looked through in slices, lines made when they are looked at, filters."""

from __future__ import annotations

import asyncio

import pytest

from opsconsole.console.tui.filter_words import FilterError, expression, group
from opsconsole.console.tui.lazy_lines import LazyLines
from opsconsole.console.tui.rows_view import Line
from opsconsole.console.tui.slices import SLICE_ROWS, passing


async def test_others_have_their_turn_after_each_slice() -> None:
    looked_at: list[int] = []
    turns: list[int] = []

    def even(row: int) -> bool:
        looked_at.append(row)
        return row % 2 == 0

    async def other() -> None:
        while True:
            before = len(looked_at)
            await asyncio.sleep(0)
            turns.append(len(looked_at) - before)

    task = asyncio.create_task(other())
    await asyncio.sleep(0)
    assert await passing(range(10_100), even) == list(range(0, 10_100, 2))
    task.cancel()
    assert max(turns) == SLICE_ROWS
    assert len([turn for turn in turns if turn]) == 41


class Numbers(LazyLines[int]):
    def __init__(self, count: int) -> None:
        super().__init__(range(count))
        self.made: list[int] = []

    def line(self, at: int) -> Line:
        self.made.append(at)
        return Line(((f"number {self.rows[at]}", ""),), key=str(at))


def test_a_line_is_made_when_it_is_looked_at() -> None:
    lines = Numbers(1_000_000)
    assert len(lines) == 1_000_000
    assert lines.made == []
    assert lines[3].text == "number 3"
    assert [line.key for line in lines[999_998:]] == ["999998", "999999"]
    assert lines[-1].text == "number 999999"
    assert lines.made == [3, 999_998, 999_999, -1]


def test_expressions_are_smart_about_case_and_say_where_they_are_wrong() -> None:
    assert expression("we.1")("on WEB1 now")
    assert not expression("We.1")("on web1 now")
    with pytest.raises(FilterError, match="not a regular expression: unterminated character set"):
        expression("a[")


def test_a_whole_name_of_a_group_is_that_group_only() -> None:
    groups = {"@web", "@webapp"}
    assert [text for text in ("@web", "@webapp", "@eu @web") if group("@web", groups)(text)] == [
        "@web",
        "@eu @web",
    ]
    assert group("@we", groups)("@eu @webapp")
    assert not group("@app", groups)("@webapp")
