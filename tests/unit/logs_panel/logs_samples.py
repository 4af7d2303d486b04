"""Captured outputs of the logs panel's sections, and readings made of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from opsconsole.panels.logs import PANEL
from opsconsole.panels.logs.reading import LogsReading
from opsconsole.panels.panel import SectionOutput

CAPTURED = Path(__file__).parent / "captured"
NOW = datetime(2026, 11, 26, 6, 15, tzinfo=UTC)  # as the captures were made


def captured(name: str) -> dict[str, bytes]:
    """Return a host's sections by name."""
    return {section: (CAPTURED / f"{name}.{section}").read_bytes() for section in ("host", "walk")}


def read(sections: Mapping[str, bytes]) -> LogsReading:
    """Return the first reading of these sections."""
    outputs = {name: SectionOutput(text) for name, text in sections.items()}
    return PANEL.reader(None).read(outputs, NOW)  # type: ignore[arg-type]  # the host is not looked at


def framed(**parts: bytes | tuple[bytes, int]) -> bytes:
    """Return a section's output with these parts, each ended well or with its status."""
    made = b""
    for name, given in parts.items():
        body, status = given if isinstance(given, tuple) else (given, 0)
        made += b"\n@@" + name.encode() + b"\n" + body + b"\n\n@@=" + str(status).encode() + b"\n"
    return made


def host(**parts: bytes | tuple[bytes, int]) -> LogsReading:
    """Return the reading of a `host` section with these parts, read by root."""
    return read({"host": framed(who=b"0 1795671421 1795673622", **parts)})
