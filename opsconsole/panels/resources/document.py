"""The reading as JSON values, for `opsconsole check --json`."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

from opsconsole.panels.resources.reading import ResourcesReading

_INTERNAL = {"details", "cpu_lows"}
_SIGNIFICANT = 6


def to_json(reading: ResourcesReading) -> dict[str, Any]:
    """Return every value by its field name; numbers to six significant figures, times in ISO 8601, UTC."""
    document = {
        one.name: _plain(getattr(reading, one.name)) for one in fields(reading) if one.name not in _INTERNAL
    }
    for table in ("cores", "disks", "interfaces"):
        document[table] = _plain(getattr(reading, table))
    return document


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.{_SIGNIFICANT}g}")
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    return value
