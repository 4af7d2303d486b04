"""Looks through very many rows a slice at a time, so that no key waits for all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

from opsconsole.console.tui.pattern_guard import pattern_guard

SLICE_ROWS = 250
RowT = TypeVar("RowT")


async def passing(rows: Sequence[RowT], test: Callable[[RowT], bool]) -> list[RowT]:
    """Return the rows that pass the test, in their order; keys have their turn after each slice.

    Raises:
        PatternTooSlowError: The test's regular expression takes too long.
    """
    left: list[RowT] = []
    for at in range(0, len(rows), SLICE_ROWS):
        with pattern_guard():
            left += [row for row in rows[at : at + SLICE_ROWS] if test(row)]
        await asyncio.sleep(0)
    return left
