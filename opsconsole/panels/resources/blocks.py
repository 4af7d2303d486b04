"""Splitting what `head FILE FILE …` prints, and reading numbers that may be anything."""

from __future__ import annotations

from collections.abc import Mapping

LARGEST = 2**64  # No kernel counter is larger; more digits than that is not a number of a kernel.

Blocks = Mapping[bytes, bytes]


def split_blocks(text: bytes) -> dict[bytes, bytes]:
    """Return the content of each `==> name <==` block.

    A header only counts at the start of a line, so that a mount point or a process cannot forge one.
    """
    found: dict[bytes, bytes] = {}
    for part in (b"\n" + text).split(b"\n==> "):
        name, mark, content = part.partition(b" <==\n")
        if mark:
            found.setdefault(name, content)
    return found


def count(text: bytes) -> int | None:
    """Return a non-negative whole number a kernel could have written, or None.

    >>> count(b" 24684092 "), count(b"-1"), count(b"12x")
    (24684092, None, None)
    """
    digits = text.strip()
    if not digits.isdigit() or len(digits) > 20:
        return None
    value = int(digits)
    return value if value < LARGEST else None


def decimal(text: bytes) -> float | None:
    """Return a non-negative decimal number such as of /proc/loadavg, or None; never NaN or infinity."""
    if not text.replace(b".", b"", 1).isdigit() or len(text) > 24:
        return None
    return float(text)


def rate(now: int, before: int, seconds: float) -> float | None:
    """Return the growth per second of a counter; None when it went backwards (reset, or 32 bits wrapped)."""
    return None if now < before or seconds <= 0 else (now - before) / seconds


def share_percent(part: float, whole: float) -> float | None:
    """Return part of whole in percent, at most 100; None of nothing."""
    return None if whole <= 0 else min(100.0, 100.0 * part / whole)
