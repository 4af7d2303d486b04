"""What the tables of a configuration say of a dataclass, before it is made: layers that can be merged."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeVar

from opsconsole.console.sources.origin import Located, Origin

T = TypeVar("T")


@dataclasses.dataclass(frozen=True, slots=True)
class Fields:
    """What a table says of a dataclass: only the fields that are in it.

    Attributes:
        values: Field name -> its value with its origin; a nested table is `Fields` again.
        origin: Where the table begins.
        key: The table's key, for messages.
    """

    values: Mapping[str, Located]
    origin: Origin
    key: str

    def over(self, wider: Fields) -> Fields:
        """Return these fields laid over wider ones: the narrower wins.

        Nested tables and mappings are merged; so are lists of tables that have a `name`, such as checks:
        those of one name replace each other. Any other list replaces the wider one.
        """
        merged = dict(wider.values)
        for name, mine in self.values.items():
            theirs = merged.get(name)
            merged[name] = mine if theirs is None else _laid_over(mine, theirs)
        return Fields(merged, self.origin, self.key)

    def build(self, cls: type[T]) -> T:
        """Return the dataclass.

        Raises:
            ValueError: Its `__post_init__` refused the values.
        """
        return cls(**{name: plain(located.value) for name, located in self.values.items()})

    def flat(self, prefix: str) -> dict[str, Origin]:
        """Return dotted name -> origin of every value."""
        found: dict[str, Origin] = {}
        for name, located in self.values.items():
            if isinstance(located.value, Nested):
                found |= located.value.fields.flat(f"{prefix}.{name}")
            else:
                found[f"{prefix}.{name}"] = located.origin
        return found


@dataclasses.dataclass(frozen=True, slots=True)
class Nested:
    """A table within a table, not yet made into its dataclass."""

    cls: type[Any]
    fields: Fields


def plain(value: Any) -> Any:
    """Return a value with every nested table made into its dataclass."""
    if isinstance(value, Nested):
        return value.fields.build(value.cls)
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, tuple):
        return tuple(plain(item) for item in value)
    return value


def _laid_over(mine: Located, theirs: Located) -> Located:
    if isinstance(mine.value, Nested) and isinstance(theirs.value, Nested):
        fields = mine.value.fields.over(theirs.value.fields)
        return dataclasses.replace(mine, value=Nested(mine.value.cls, fields))
    if isinstance(mine.value, dict) and isinstance(theirs.value, dict):
        return dataclasses.replace(mine, value={**theirs.value, **mine.value})
    if _are_named_tables(mine.value) and _are_named_tables(theirs.value):
        own = {_name(item) for item in mine.value}
        kept = tuple(item for item in theirs.value if _name(item) not in own)
        return dataclasses.replace(mine, value=(*kept, *mine.value))
    return mine


def _are_named_tables(value: Any) -> bool:
    return isinstance(value, tuple) and all(
        isinstance(item, Nested) and "name" in item.fields.values for item in value
    )


def _name(item: Nested) -> Any:
    return item.fields.values["name"].value
