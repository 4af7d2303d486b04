"""The reading as JSON values, for `opsconsole check --json`."""

from __future__ import annotations

from typing import Any

from opsconsole.panels.document import Manner, value
from opsconsole.panels.resources.reading import ResourcesReading

_MANNER = Manner(left_out=frozenset({"details", "cpu_lows"}), figures=6)


def to_json(reading: ResourcesReading) -> dict[str, Any]:
    """Return every value by its field name; numbers to six significant figures, times in ISO 8601, UTC."""
    document: dict[str, Any] = value(reading, _MANNER)
    for table in ("cores", "disks", "interfaces"):
        document[table] = value(getattr(reading, table), _MANNER)
    return document
