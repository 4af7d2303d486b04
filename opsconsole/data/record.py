"""Dataclasses that are made so often that their making counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

_Class = TypeVar("_Class")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(*, eq: bool = True, kw_only: bool = False) -> Callable[[type[_Class]], type[_Class]]:
    """Return what makes a class a dataclass that is frozen for the type checker, and not while it runs.

    A frozen dataclass sets each field by a call, so that making one with 60 fields takes eight times as long.
    Use it where objects are made with every tick of every host, or with every event of the ledger, and
    `@dataclass(frozen=True, slots=True)` everywhere else.
    """
    return dataclass(slots=True, eq=eq, kw_only=kw_only, unsafe_hash=eq)
