"""A logs reading as JSON values, for `opsconsole check --json`."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

from opsconsole.panels.logs.reading import LogsReading


def document(reading: LogsReading) -> dict[str, Any]:
    """Return every field by its name: times in ISO 8601 (UTC), None as null (not known)."""
    made: dict[str, Any] = _value(reading)
    return made


def _value(value: object) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _value(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_value(one) for one in value]
    return value
