"""Hosts as inventories write them: `web[01:10].example.org`, `db-[a:f]`, `n[1:9:2]`; and their ports."""

from __future__ import annotations

import ipaddress
import itertools
import re
import string

RANGE_LIMIT = 100_000

_RANGE = re.compile(r"\[([0-9]*|[A-Za-z]):([0-9]+|[A-Za-z])(?::([0-9]+))?\]")

# A bare IPv6 address and `[1:3]` have colons too: only one outside of brackets, the last, is a port's.
_PORT = re.compile(r"((?:[^:\[\]]|\[[^\[\]]*\])+):([0-9]+)")
_V6_PORT = re.compile(r"\[([0-9A-Fa-f:.]+)\]:([0-9]+)")


class RangeError(ValueError):
    """A range that is none; the message says why."""


def split_port(pattern: str) -> tuple[str, str]:
    """Return a pattern without its port, and the port; empty when it has none.

    >>> split_port("[2001:db8::1]:2222")
    ('2001:db8::1', '2222')
    """
    found = _V6_PORT.fullmatch(pattern)
    if found is not None and _is_address(found[1]):
        return found[1], found[2]
    found = _PORT.fullmatch(pattern)
    return (found[1], found[2]) if found is not None else (pattern, "")


def _is_address(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def expand(pattern: str) -> list[str]:
    """Return the names that a pattern stands for, the last range counting fastest.

    Raises:
        RangeError: A range runs backwards, mixes letters and digits, or makes too many names.

    >>> expand("web[08:10]")
    ['web08', 'web09', 'web10']
    """
    parts: list[list[str]] = []
    end = 0
    for found in _RANGE.finditer(pattern):
        parts += [[pattern[end : found.start()]], _items(found)]
        end = found.end()
    rest = pattern[end:]
    if not parts:
        return [pattern]
    count = 1
    for items in parts:
        count *= len(items)
    if count > RANGE_LIMIT:
        raise RangeError(f"{pattern} stands for {count} hosts, more than {RANGE_LIMIT}")
    return ["".join(chosen) + rest for chosen in itertools.product(*parts)]


def _items(found: re.Match[str]) -> list[str]:
    first, last, step = found[1] or "0", found[2], int(found[3] or 1)
    if step < 1:
        raise RangeError(f"{found[0]}: the step is 0")
    if first.isdigit() and last.isdigit():
        if first.startswith("0") and len(first) != len(last) and len(first) > 1:
            raise RangeError(f"{found[0]}: both ends must have the same number of digits")
        if len(first) > 9 or len(last) > 9 or (int(last) - int(first)) // step >= RANGE_LIMIT:
            raise RangeError(f"{found[0]} stands for more than {RANGE_LIMIT} hosts")
        width = len(first) if first.startswith("0") else 0
        items = [str(number).zfill(width) for number in range(int(first), int(last) + 1, step)]
    elif first in string.ascii_letters and last in string.ascii_letters:
        letters = string.ascii_letters
        items = list(letters[letters.index(first) : letters.index(last) + 1 : step])
    else:
        raise RangeError(f"{found[0]} mixes letters and digits")
    if not items:
        raise RangeError(f"{found[0]} runs backwards")
    return items
