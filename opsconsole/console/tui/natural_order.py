"""Names in the order that a person counts in: web2 before web10. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

_NUMBER = re.compile(r"([0-9]{1,18})")


@lru_cache(maxsize=4096)
def natural(name: str) -> tuple[tuple[str | int, ...], str]:
    """Return what names are sorted by: their words without case and their numbers by value, then as they are.

    >>> sorted(["web10", "Web2", "db"], key=natural)
    ['db', 'Web2', 'web10']
    """
    # Words and numbers take turns, a word first: like is always held against like.
    parts = _NUMBER.split(name.casefold())
    return tuple(int(part) if at % 2 else part for at, part in enumerate(parts)), name
