"""When to try a lost host again: exponential backoff with full jitter, so that a fleet comes one by one."""

from __future__ import annotations

import random
from collections.abc import Callable

FIRST_SECONDS = 1.0
LONGEST_SECONDS = 60.0


def delay_seconds(failures: int, uniform: Callable[[float, float], float] = random.uniform) -> float:
    """Return how long to wait after `failures` failed attempts in a row.

    Anything between 1 s and the ceiling 2, 4, 8 … 60 s, evenly spread ("full jitter": Brooker, "Exponential
    Backoff And Jitter", AWS 2015). The floor of 1 s keeps a host from being tried in a tight loop.

    Args:
        failures: At least 1.
        uniform: Source of randomness.
    """
    ceiling = min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** min(failures, 10))
    return uniform(FIRST_SECONDS, ceiling)
