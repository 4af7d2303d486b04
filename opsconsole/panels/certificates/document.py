"""A certificates reading as JSON values, for `opsconsole check --json`."""

from __future__ import annotations

from typing import Any

from opsconsole.panels.certificates.reading import CertificatesReading
from opsconsole.panels.document import Manner, value


def document(reading: CertificatesReading) -> dict[str, Any]:
    """Return every field by its name: times in ISO 8601 (UTC), modes in octal, None as null (not known)."""
    made: dict[str, Any] = value(reading, _MANNER)
    return made


def _octal(mode: int | None) -> str | None:
    return None if mode is None else f"{mode:04o}"


# A certificate's bytes, which its fingerprint stands for; trusted roots; what is to be read next.
_MANNER = Manner(left_out=frozenset({"der", "roots", "wanted"}), told={"mode": _octal})
