"""NUL-ended records `WORD rest` as the scripts write them: names in them may hold anything else."""

from __future__ import annotations

from collections.abc import Iterator

from opsconsole.recipes.recipe import PlanError


def records(raw: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield (word, rest) of each whole record; what the end cut off is left out."""
    for record in raw.split(b"\0")[:-1]:
        word, _, rest = record.partition(b" ")
        yield word, rest


def numbers(text: bytes, count: int, base: int = 10) -> list[int]:
    """Return that many numbers, separated by blanks.

    Raises:
        PlanError: The host wrote something else.
    """
    try:
        found = [int(word, base) for word in text.split()]
    except ValueError:
        found = []
    if len(found) != count or not all(-(2**63) <= one < 2**64 for one in found):
        raise PlanError(f"the host's answer cannot be read: {text[:100]!r}")
    return found


def fields(text: bytes, count: int) -> tuple[list[int], bytes]:
    """Return `count` numbers and the text after them.

    Raises:
        PlanError: The host wrote something else.
    """
    parts = text.split(b" ", count)
    if len(parts) != count + 1:
        raise PlanError(f"the host's answer cannot be read: {text[:100]!r}")
    return numbers(b" ".join(parts[:count]), count), parts[count]
