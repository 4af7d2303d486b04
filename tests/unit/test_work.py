"""What counts and weighs work goes red when the work is too much, and only then."""

from __future__ import annotations

import pytest

from tests.work import grows_as_its_size, light, lines_run


def squared(size: int) -> int:
    return sum(sum(range(size)) for _ in range(size))


def once(size: int) -> int:
    return sum(number % 7 for number in range(size * 100))


def test_lines_are_counted_each_time_round() -> None:
    def loop(times: int) -> None:
        for _ in range(times):
            pass

    few, many = lines_run(lambda: loop(10)), lines_run(lambda: loop(1010))
    assert many - few == 2 * 1000


def test_what_is_light_has_its_result_and_what_is_heavy_fails() -> None:
    assert light(20, lambda: once(10)) == once(10)
    with pytest.raises(AssertionError, match=r"floors .* of processor time, expected at most 0.1"):
        light(0.1, lambda: once(5000))


def test_work_that_grows_with_the_square_is_found() -> None:
    grows_as_its_size(1000, once)
    with pytest.raises(AssertionError, match="four times the size"):
        grows_as_its_size(1000, squared)
