"""A certificates reading as JSON values, for `opsconsole check --json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

from opsconsole.panels.certificates.reading import CertificatesReading

_LEFT_OUT = frozenset({"der", "roots", "wanted"})
"""A certificate's bytes, which its fingerprint stands for; trusted roots; what is to be read next."""


def document(reading: CertificatesReading) -> dict[str, Any]:
    """Return every field by its name: times in ISO 8601 (UTC), modes in octal, None as null (not known)."""
    made: dict[str, Any] = _value(reading)
    return made


def _value(value: object) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        made = {
            one.name: _value(getattr(value, one.name)) for one in fields(value) if one.name not in _LEFT_OUT
        }
        mode = getattr(value, "mode", None)
        return made | {"mode": f"{mode:04o}"} if isinstance(mode, int) else made
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _value(one) for key, one in value.items()}
    if isinstance(value, tuple | list | frozenset):
        return [_value(one) for one in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)
