"""A reading as JSON values, for `opsconsole check --json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any


def value(found: object) -> Any:
    """Return a reading with every field by its name: times in ISO 8601 (UTC), None as null (not known)."""
    if is_dataclass(found) and not isinstance(found, type):
        return {field.name: value(getattr(found, field.name)) for field in fields(found)}
    if isinstance(found, datetime):
        return found.isoformat()
    if isinstance(found, Mapping):
        return {str(key): value(one) for key, one in found.items()}
    if isinstance(found, tuple | list):
        return [value(one) for one in found]
    return found
