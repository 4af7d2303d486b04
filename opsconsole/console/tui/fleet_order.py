"""Which hosts the Fleet shows, and in which order. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass
from typing import Any

from opsconsole.console.tui.fleet_rows import Row


@dataclass(frozen=True, slots=True)
class Sort:
    """By which column, and whether it goes the other way than that column's natural one."""

    column: str = "level"
    reversed: bool = False


# Column -> (key, whether the greatest comes first by nature). A key of None is unknown: always last.
_KEYS: dict[str, tuple[Callable[[Row], Any], bool]] = {
    "level": (lambda row: int(row.level), True),
    "host": (lambda row: row.shown_name.casefold(), False),
    "env": (lambda row: (not row.production, row.environment.casefold()), False),
    "cpu": (lambda row: row.cpu_percent, True),
    "mem": (lambda row: row.memory_percent, True),
    "disk": (lambda row: row.disk_percent, True),
    "load": (lambda row: row.load, True),
    "net": (lambda row: row.network_rate, True),
    "groups": (lambda row: row.groups.casefold() or None, False),
    "age": (lambda row: None if row.taken_at is None else -row.taken_at.timestamp(), True),
    "why": (lambda row: row.why.casefold() or None, False),
}


def is_descending(sort: Sort) -> bool:
    """Whether the greatest value comes first."""
    return _KEYS[sort.column][1] is not sort.reversed


def ordered(rows: Iterable[Row], sort: Sort) -> list[Row]:
    """Return the rows sorted; ties keep the order of the inventory, unknown values come last."""
    key, _ = _KEYS[sort.column]
    known: list[tuple[Any, Row]] = []
    unknown: list[Row] = []
    for row in sorted(rows, key=lambda row: row.index):
        value = key(row)
        if value is None:
            unknown.append(row)
        else:
            known.append((value, row))
    # Python's sort is stable in reverse too: ties keep the inventory's order either way.
    known.sort(key=lambda pair: pair[0], reverse=is_descending(sort))
    return [row for _, row in known] + unknown


class FilterError(ValueError):
    """The filter is not a regular expression; the message says where."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter as typed: a regular expression, `!` before it inverts, `@group` means that group.

    Upper-case letters make it case-sensitive, as in vim's smartcase.
    """

    text: str = ""

    def predicate(self, groups: Container[str] = ()) -> Callable[[Row], bool] | None:
        """Return what decides whether a row is shown; None: all are.

        Args:
            groups: The names of all groups, with `@`. A whole name means that group only; the beginning
                of one is enough while it is being typed.

        Raises:
            FilterError: The text is not a regular expression.
        """
        inverted = self.text.startswith("!")
        wanted = self.text[1:] if inverted else self.text
        if not wanted:
            return None
        test = _group(wanted, wanted in groups) if re.fullmatch(r"@\S+", wanted) else _regex(wanted)
        return (lambda row: not test(row)) if inverted else test


def _group(wanted: str, whole: bool) -> Callable[[Row], bool]:
    if whole:
        return lambda row: wanted in row.groups.split()
    return lambda row: any(group.startswith(wanted) for group in row.groups.split())


def _regex(wanted: str) -> Callable[[Row], bool]:
    flags = 0 if any(char.isupper() for char in wanted) else re.IGNORECASE
    try:
        search = re.compile(wanted, flags).search
    except (re.error, RecursionError, OverflowError) as error:
        raise FilterError(f"not a regular expression: {error}") from error
    return lambda row: search(row.searched) is not None
