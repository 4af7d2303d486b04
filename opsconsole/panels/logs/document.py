"""A logs reading as JSON values, for `opsconsole check --json`."""

from __future__ import annotations

from typing import Any

from opsconsole.panels.document import value
from opsconsole.panels.logs.reading import LogsReading


def document(reading: LogsReading) -> dict[str, Any]:
    """Return every field by its name: times in ISO 8601 (UTC), None as null (not known)."""
    made: dict[str, Any] = value(reading)
    return made
