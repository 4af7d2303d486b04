"""What the filters of all lists understand alike: regular expressions and groups. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Container

Test = Callable[[str], bool]


class FilterError(ValueError):
    """The filter cannot be understood; the message says why."""


def expression(wanted: str) -> Test:
    """Return whether a text has what the regular expression describes, in it somewhere.

    Upper-case letters make it case-sensitive, as in vim's smartcase.

    Raises:
        FilterError: It is not a regular expression; the message says where.
    """
    flags = 0 if any(char.isupper() for char in wanted) else re.IGNORECASE
    try:
        search = re.compile(wanted, flags).search
    except (re.error, RecursionError, OverflowError) as error:
        raise FilterError(f"not a regular expression: {error}") from error
    return lambda text: search(text) is not None


def group(wanted: str, groups: Container[str]) -> Test:
    """Return whether a host's groups, as `@a @b`, have the wanted one.

    Args:
        wanted: A group with its `@`. The beginning of one is enough while it is being typed.
        groups: The names of all groups, with `@`: a whole name means that group only.
    """
    if wanted in groups:
        return lambda text: wanted in text.split()
    return lambda text: any(one.startswith(wanted) for one in text.split())
