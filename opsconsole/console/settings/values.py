"""One TOML value to one Python type, or a problem that says what was expected."""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from opsconsole.console.settings.fields import Nested
from opsconsole.console.sources.problem import did_you_mean, show, show_type
from opsconsole.console.sources.toml_lines import Key
from opsconsole.data.units import parse_duration

if TYPE_CHECKING:
    from opsconsole.console.settings.reading import Field, TableReader

DURATION = "a number of seconds or a duration such as 30s, 15m or 1h 30m"


class Place(NamedTuple):
    """Where a value stands: who reads it, its key, and the field that it is for."""

    reader: TableReader
    key: Key
    field: Field

    def wrong(self, value: object, expected: str, hint: str = "") -> None:
        """Note a value that is not what was expected; a secret one is not shown."""
        if self.field.is_secret:
            self.reader.problem(self.key, f"{show_type(value)} (not shown)", expected, hint)
        else:
            self.reader.problem(self.key, show(value), expected, hint)

    def item(self, part: str | int) -> Place:
        """Return the place of an item within this value."""
        return self._replace(key=(*self.key, part))


def is_table_type(kind: Any) -> bool:
    """Whether values of this type are tables."""
    return isinstance(kind, type) and dataclasses.is_dataclass(kind)


def convert(kind: Any, raw: object, place: Place) -> Any:
    """Return the value as `kind`; on a mistake note a problem and return None.

    Raises:
        TypeError: The schema has a type that no configuration can say: a mistake of ours.
    """
    generic = _GENERIC.get(typing.get_origin(kind))
    if generic is not None:
        return generic(typing.get_args(kind), raw, place)
    if is_table_type(kind):
        return _nested(kind, raw, place)
    if isinstance(kind, type) and issubclass(kind, Enum):
        chosen = _choice([member.value for member in kind], raw, place)
        return None if chosen is None else kind(chosen)
    return _plain(kind, raw, place)


def _plain(kind: Any, raw: object, place: Place) -> Any:
    if kind in (object, Any):
        return raw
    if kind is bool:
        return raw if isinstance(raw, bool) else place.wrong(raw, "true or false")
    if kind is str:
        return raw if isinstance(raw, str) else _not_text(raw, place)
    if kind is Path:
        return _path(raw, place)
    if kind in (int, float):
        return _number(kind, raw, place)
    raise TypeError(f"{place.field.name}: no configuration can say a {kind}")


def _not_text(raw: object, place: Place) -> None:
    is_number = isinstance(raw, int | float) and not isinstance(raw, bool)
    place.wrong(raw, "a text in quotes", f'write "{raw}"' if is_number and not place.field.is_secret else "")


def _path(raw: object, place: Place) -> Path | None:
    if not isinstance(raw, str) or not raw or "\0" in raw:
        place.wrong(raw, "a path in quotes")
        return None
    try:
        path = Path(raw).expanduser()
    except RuntimeError:
        place.wrong(raw, "a path", "there is no such user")
        return None
    return place.reader.file.file.parent / path


def _number(kind: type[Any], raw: object, place: Place) -> Any:
    field = place.field
    expected = DURATION if field.is_duration else "a whole number" if kind is int else "a number"
    limits = _limits(field.minimum, field.maximum)
    if field.is_duration and isinstance(raw, str):
        try:
            raw = parse_duration(raw)
        except ValueError:
            return place.wrong(raw, expected + limits)
    fits = isinstance(raw, int if kind is int else int | float) and not isinstance(raw, bool)
    if kind is int and isinstance(raw, float) and raw.is_integer() and field.is_duration:
        raw, fits = int(raw), True  # "15m" is 900.0
    if not fits:
        hint = "write it without quotes" if isinstance(raw, str) and _is_number(raw) else ""
        return place.wrong(raw, expected + limits, hint)
    try:
        value = kind(raw)
    except OverflowError:  # TOML has integers of any length
        value = math.inf
    below = field.minimum is not None and value < field.minimum
    above = field.maximum is not None and value > field.maximum
    if below or above or not math.isfinite(value):
        return place.wrong(raw, expected + (limits or " that is finite"))
    return value


def _limits(minimum: float | None, maximum: float | None) -> str:
    if minimum is not None and maximum is not None:
        return f" from {minimum:g} to {maximum:g}"
    if minimum is not None:
        return f", {minimum:g} or more"
    return f", {maximum:g} or less" if maximum is not None else ""


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _choice(known: Sequence[Any], raw: object, place: Place) -> Any:
    # True == 1 in Python: the types must be the same as well.
    if any(raw == choice and type(raw) is type(choice) for choice in known):
        return raw
    words = [str(choice).lower() if isinstance(choice, bool) else str(choice) for choice in known]
    hint = did_you_mean(raw, words) if isinstance(raw, str) else ""
    return place.wrong(raw, "one of " + ", ".join(words), hint)


def _items(kinds: Sequence[Any], raw: object, place: Place) -> tuple[Any, ...] | None:
    kind = kinds[0]
    if isinstance(raw, list):
        return tuple(convert(kind, item, place.item(number)) for number, item in enumerate(raw))
    if isinstance(raw, str) and (kind in (str, Path) or (isinstance(kind, type) and issubclass(kind, str))):
        return (convert(kind, raw, place),)
    what = {str: "texts", Path: "paths", int: "whole numbers", float: "numbers"}.get(kind)
    place.wrong(raw, f"a list of {what or ('tables' if is_table_type(kind) else 'values')}")
    return None


def _mapping(kinds: Sequence[Any], raw: object, place: Place) -> dict[str, Any] | None:
    kind = kinds[1]
    if isinstance(raw, dict):
        return {name: convert(kind, item, place.item(name)) for name, item in raw.items()}
    place.wrong(raw, "a table")
    return None


def _nested(kind: type[Any], raw: object, place: Place) -> Any:
    count = len(place.reader.problems)
    fields = place.reader.fields(kind, place.key, raw)
    if len(place.reader.problems) == count:
        try:
            fields.build(kind)
        except ValueError as error:
            place.reader.problem(place.key, str(error))
    return Nested(kind, fields)


def _union(kinds: Sequence[Any], raw: object, place: Place) -> Any:
    """Return the value as the first type of a union that takes it; None is what no key says."""
    choices = [kind for kind in kinds if kind is not types.NoneType]
    noted = place.reader.problems
    said: list[str] = []
    for kind in choices:
        tried: list[Any] = []
        place.reader.problems = tried
        try:
            value = convert(kind, raw, place)
        finally:
            place.reader.problems = noted
        if not tried:
            return value
        said.append(tried[0].expected or tried[0].found)
    if len(choices) == 1:
        noted.extend(tried)
    else:
        place.wrong(raw, " or ".join(word.removeprefix("one of ") for word in said))
    return None


_GENERIC: Mapping[Any, Callable[[Sequence[Any], object, Place], Any]] = {
    typing.Union: _union,
    types.UnionType: _union,
    Literal: _choice,
    tuple: _items,
    list: _items,
    Sequence: _items,
    dict: _mapping,
    Mapping: _mapping,
}
