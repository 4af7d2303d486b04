"""From TOML tables to dataclasses: every field typed, every mistake named with its file and line.

A dataclass is its own schema. A field `wait_seconds` is read from `wait_seconds` or `wait`, as a number
of seconds or as `"15m"`; a field may say more in its metadata:

- `minimum`, `maximum`: the range of a number. Without them `*_percent` is from 0 to 100 (a change,
  `*_change_percent`, may be more), and `*_seconds`, `*_bytes`, `*_count`, `*_per_second` are never negative.
- `aliases`: other keys that mean this field.

Where a list of texts or paths is expected, a single one will do. A `ValueError` from `__post_init__` is
a problem of the table. The value of a field with `repr=False` is never shown. Tables are first read into
`Fields` (what was said, where), so that those of groups and hosts can be laid over each other before the
dataclass is made.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from opsconsole.console.settings.fields import Fields
from opsconsole.console.settings.values import Place, convert
from opsconsole.console.sources.origin import Located
from opsconsole.console.sources.problem import Problem, did_you_mean, dotted, show
from opsconsole.console.sources.toml_file import TomlFile
from opsconsole.console.sources.toml_lines import Key

KEYS_LISTED = 12
NEVER_NEGATIVE = ("_seconds", "_percent", "_bytes", "_count", "_per_second")


class TableReader:
    """Reads the tables of one file; what is wrong gathers in `problems`."""

    def __init__(self, file: TomlFile, problems: list[Problem]) -> None:
        self.file = file
        self.problems = problems

    def fields(self, cls: type[Any], key: Key, table: object, *, others: Iterable[str] = ()) -> Fields:
        """Return what a table says of a dataclass.

        Args:
            cls: The dataclass.
            key: Where the table is.
            table: The table; anything else is a problem.
            others: Keys that may stand in the table and are read by somebody else.
        """
        values: dict[str, Located] = {}
        if not isinstance(table, dict):
            self.wrong(key, table, "a table")
            table = {}
        names = key_names(cls)  # type: ignore[arg-type]  # mypy: a class is hashable, whatever type[Any] is
        for name, raw in table.items():
            field = names.get(name)
            if field is not None:
                self._field(field, (*key, name), raw, values)
            elif name not in others:
                self.unknown((*key, name), [*names, *others])
        self._required(cls, key, values)
        return Fields(values, self.file.origin(key), dotted(key))

    def subtables(self, key: Key, parent: Mapping[str, Any]) -> dict[str, Any]:
        """Return the tables below the last part of a key, by name; a problem when it is not a table."""
        table = parent.get(str(key[-1]), {})
        if not isinstance(table, dict):
            self.wrong(key, table, "a table")
            return {}
        return table

    def unknown(self, key: Key, known: Iterable[str]) -> None:
        """Note a key that nobody knows."""
        names = list(dict.fromkeys(known))
        listed = ", ".join(names[:KEYS_LISTED]) + (", …" if len(names) > KEYS_LISTED else "")
        hint = did_you_mean(str(key[-1]), names)
        self.problem(key, "an unknown key", "" if hint else f"one of {listed}", hint)

    def wrong(self, key: Key, value: object, expected: str, hint: str = "") -> None:
        """Note a value that is not what was expected."""
        self.problem(key, show(value), expected, hint)

    def problem(self, key: Key, found: str, expected: str = "", hint: str = "") -> None:
        """Note a problem."""
        self.problems.append(Problem(self.file.file, self.file.line(key), dotted(key), found, expected, hint))

    def _field(self, name: Field, key: Key, raw: object, values: dict[str, Located]) -> None:
        if name.name in values:
            other = values[name.name].origin
            self.problem(key, "a second value for the same thing", "", f"the first is on line {other.line}")
            return
        count = len(self.problems)
        value = convert(name.type, raw, Place(self, key, name))
        if len(self.problems) == count:
            values[name.name] = Located(value, self.file.origin(key))

    def _required(self, cls: type[Any], key: Key, values: Mapping[str, Located]) -> None:
        for name in required_names(cls):  # type: ignore[arg-type]  # mypy: a class is hashable
            tried = any(problem.key.startswith(dotted((*key, name))) for problem in self.problems)
            if name not in values and not tried:
                self.problem(key, f"no `{name}`", f"`{name} = …` in this table")


@dataclasses.dataclass(frozen=True, slots=True)
class Field:
    """A field of a dataclass as a configuration sees it."""

    name: str
    type: Any
    minimum: float | None
    maximum: float | None
    is_secret: bool = False

    @property
    def is_duration(self) -> bool:
        """Whether its value is a time span."""
        return self.name.endswith("_seconds")


@cache
def key_names(cls: type[Any]) -> Mapping[str, Field]:
    """Return the keys that a table of this dataclass may have, each with the field that it sets."""
    hints = typing.get_type_hints(cls)
    keys: dict[str, Field] = {}
    for field in dataclasses.fields(cls):
        if not field.init or field.name.startswith("_"):
            continue
        share = field.name.endswith("_percent") and not field.name.endswith("_change_percent")
        minimum = field.metadata.get("minimum", 0 if field.name.endswith(NEVER_NEGATIVE) else None)
        maximum = field.metadata.get("maximum", 100 if share else None)
        known = Field(field.name, hints[field.name], minimum, maximum, is_secret=not field.repr)
        for key in (*field.metadata.get("aliases", ()), field.name):
            keys[key] = known
    for known in list(keys.values()):
        if known.is_duration:
            keys.setdefault(known.name.removesuffix("_seconds"), known)
    return keys


@cache
def required_names(cls: type[Any]) -> tuple[str, ...]:
    """Return the fields of a dataclass that have no default."""
    missing = dataclasses.MISSING
    return tuple(
        field.name
        for field in dataclasses.fields(cls)
        if field.init and field.default is missing and field.default_factory is missing
    )
