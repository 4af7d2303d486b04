"""The readers that many parts of the host's answer share; for the parts themselves see `frames`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from opsconsole.panels.frames import Part


def properties(part: Part) -> Iterator[dict[str, str]]:
    """Yield each block of `Key=value` lines, as `systemctl show` writes them, split by empty lines."""
    block: dict[str, str] = {}
    for line in part.body.decode("utf-8", "replace").split("\n"):
        key, equals, value = line.partition("=")
        if equals:
            block[key] = value
        elif not line.strip() and block:
            yield block
            block = {}
    if block:
        yield block


def whole(text: str | None) -> int | None:
    """Return the whole number that `text` is, or None; never more than 19 figures."""
    stripped = (text or "").strip()
    if not stripped.lstrip("-").isascii() or not stripped.lstrip("-").isdigit() or len(stripped) > 20:
        return None
    try:
        return int(stripped)
    except ValueError:  # such as "--1"
        return None


def real(text: str | None) -> float | None:
    """Return the finite number that `text` is, or None."""
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if abs(number) < 1e18 else None  # also false for NaN


def moment(seconds: float | None) -> datetime | None:
    """Return the UTC time of seconds since 1970, or None when there is no such time."""
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
