"""A health reading as JSON values, for `opsconsole check --json`."""

from __future__ import annotations

from typing import Any

from opsconsole.panels.document import value
from opsconsole.panels.health.reading import HealthReading


def document(reading: HealthReading) -> dict[str, Any]:
    """Return every field by its name: times in ISO 8601 (UTC), None as null (unknown or not applicable)."""
    made: dict[str, Any] = value(reading)
    for check, status in zip(made["checks"], reading.checks, strict=True):
        check["error_percent"] = status.error_percent
    return made
