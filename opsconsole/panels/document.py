"""A reading as JSON values, for `opsconsole check --json`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Manner:
    """How a panel's reading is told.

    Attributes:
        left_out: Fields that are not told, wherever they are.
        told: How fields of a name are told, wherever they are.
        figures: Significant figures of numbers that are not whole; None: all.
    """

    left_out: frozenset[str] = frozenset()
    told: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    figures: int | None = None


PLAIN = Manner()


def value(found: object, manner: Manner = PLAIN) -> Any:
    """Return a reading with every field by its name: times in ISO 8601 (UTC), None as null (not known)."""
    if is_dataclass(found) and not isinstance(found, type):
        names = [one.name for one in fields(found) if one.name not in manner.left_out]
        return {name: _of_field(name, getattr(found, name), manner) for name in names}
    if isinstance(found, datetime):
        return found.isoformat()
    if isinstance(found, Mapping):
        return {str(key): value(one, manner) for key, one in found.items()}
    if isinstance(found, tuple | list | frozenset):
        return [value(one, manner) for one in found]
    if isinstance(found, float) and manner.figures is not None:
        return float(f"{found:.{manner.figures}g}")
    return found if isinstance(found, str | int | float | bool | None) else str(found)


def _of_field(name: str, found: object, manner: Manner) -> Any:
    told = manner.told.get(name)
    return value(found, manner) if told is None else told(found)
