"""How much work a call is: counted, or weighed against a floor of the same moment. Never a clock on the wall.

A machine that is busy makes a second long. It makes no call run more lines, and what it does to the processor
time of a call (a cache that is shared, a slower clock) it does to the floor as well.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any, TypeVar

ResultT = TypeVar("ResultT")
_TRIES = 4
_LEAST_FLOOR_SECONDS = 0.001
_GROWTH_AT_MOST = 9.0
"""Four times the size: 4 where the work grows as the size does, 16 where it grows as its square."""
_GROWTH_COUNTS_FROM_FLOORS = 8.0
"""Below that there is no growth worth a word: the costs of a first call weigh too much."""


def lines_run(call: Callable[[], object]) -> int:
    """Return how many lines of Python a call runs in this thread; a loop counts each time round."""
    count = 0

    def line(_frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return line

    before, collects = sys.gettrace(), gc.isenabled()
    gc.disable()  # what it finds may have lines of its own to run
    sys.settrace(line)
    try:
        call()
    finally:
        sys.settrace(before)
        if collects:
            gc.enable()
    return count


def light(floors: float, call: Callable[[], ResultT]) -> ResultT:
    """Return what a call returns; fail when its processor time is more than that many floors.

    A floor takes some 10 ms. What was too heavy is weighed again, with floors of that moment.
    """
    found = took = 0.0
    for _ in range(_TRIES):
        took, result = _cost(call)
        if took <= floors * _LEAST_FLOOR_SECONDS:
            return result  # on any machine; most calls end here
        found = took / _floor()
        if found <= floors:
            return result
    raise AssertionError(f"{found:.0f} floors ({took:.2f} s) of processor time, expected at most {floors:g}")


def grows_as_its_size(size: int, work: Callable[[int], object]) -> None:
    """Fail when work on four times the size costs as much more as it does where it grows with the square."""
    small = large = 0.0
    for _ in range(_TRIES):
        small, large = _cost(lambda: work(size))[0], _cost(lambda: work(4 * size))[0]
        if large <= max(_GROWTH_AT_MOST * small, _GROWTH_COUNTS_FROM_FLOORS * _floor()):
            return
    raise AssertionError(f"{small:.3f} s of processor time, and {large:.3f} s for four times the size")


def _floor() -> float:
    return _cost(lambda: [str(number)[-1:] for number in range(100_000)])[0]


def _cost(call: Callable[[], ResultT]) -> tuple[float, ResultT]:
    began = time.thread_time()
    result = call()
    return time.thread_time() - began, result
