"""Which hosts the Fleet shows, and in which order. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass
from typing import Any

from opsconsole.console.tui import filter_words
from opsconsole.console.tui.fleet_rows import Row
from opsconsole.console.tui.natural_order import natural


@dataclass(frozen=True, slots=True)
class Sort:
    """By which column, and whether it goes the other way than that column's natural one."""

    column: str = "level"
    reversed: bool = False


# Column -> (key, whether the greatest comes first by nature). A key of None is unknown: always last.
_KEYS: dict[str, tuple[Callable[[Row], Any], bool]] = {
    "level": (lambda row: int(row.level), True),
    "host": (lambda row: natural(row.shown_name), False),
    "env": (lambda row: (not row.production, row.environment.casefold()), False),
    "cpu": (lambda row: row.cpu_percent, True),
    "mem": (lambda row: row.memory_percent, True),
    "disk": (lambda row: row.disk_percent, True),
    "load": (lambda row: row.load, True),
    "net": (lambda row: row.network_rate, True),
    "groups": (lambda row: row.groups.casefold() or None, False),
    "certs": (lambda row: row.certificates.at, False),
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
        if re.fullmatch(r"@\S+", wanted):
            in_group = filter_words.group(wanted, groups)
            return lambda row: in_group(row.groups) is not inverted
        found = filter_words.expression(wanted)
        return lambda row: found(row.searched) is not inverted
