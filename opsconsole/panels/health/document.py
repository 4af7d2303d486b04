"""A health reading as JSON values, for `opsconsole check --json`."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

from opsconsole.panels.health.reading import HealthReading


def document(reading: HealthReading) -> dict[str, Any]:
    """Return every field by its name: times in ISO 8601 (UTC), None as null (unknown or not applicable)."""
    made: dict[str, Any] = _value(reading)
    for check, status in zip(made["checks"], reading.checks, strict=True):
        check["error_percent"] = status.error_percent
    return made


def _value(value: object) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _value(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): _value(one) for key, one in value.items()}
    if isinstance(value, (tuple, list)):
        return [_value(one) for one in value]
    return value
