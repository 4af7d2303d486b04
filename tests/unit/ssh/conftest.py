"""What tests of shells share."""

from __future__ import annotations

import itertools
import time

import pytest

_numbers = itertools.count(time.time_ns() % 10**9 * 100)


@pytest.fixture
def word() -> str:
    """Return a number of seconds nobody else sleeps, to find the sleepers by."""
    return str(next(_numbers))
