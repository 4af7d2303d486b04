"""Waiting times between attempts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from opsconsole.console.ssh.backoff import delay_seconds


@given(st.integers(1, 10_000))
def test_between_one_second_and_a_minute(failures: int) -> None:
    assert 1.0 <= delay_seconds(failures) <= 60.0


def test_the_ceiling_doubles_up_to_a_minute_and_all_of_the_range_is_used() -> None:
    asked: list[tuple[float, float]] = []

    def uniform(low: float, high: float) -> float:
        asked.append((low, high))
        return low

    for failures in range(1, 9):
        delay_seconds(failures, uniform)
    assert asked == [(1, 2), (1, 4), (1, 8), (1, 16), (1, 32), (1, 60), (1, 60), (1, 60)]
