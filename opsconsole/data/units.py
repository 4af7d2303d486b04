"""Numbers for people: durations, sizes and rates, read from configuration and written on screens."""

from __future__ import annotations

import re
from decimal import Decimal

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d|w)")

# As coreutils write sizes: K and KiB are 1024, KB is 1000.
_BYTES = {"": 1, "b": 1} | {
    f"{letter}{suffix}": base**power
    for power, letter in enumerate("kmgtp", start=1)
    for suffix, base in (("", 1024), ("ib", 1024), ("b", 1000))
}
_SIZE = re.compile(r"([0-9]{1,20}(?:\.[0-9]{1,20})?)\s*([kmgtp]?i?b?)", re.IGNORECASE)


def parse_bytes(text: str) -> int:
    """Return the bytes that `text` names, such as `500M`, `2GiB`, `1.5 TB` or `4096`.

    Raises:
        ValueError: It is not a number with none or one of the units B, K, KiB, KB and so on up to P.
    """
    found = _SIZE.fullmatch(text.strip())
    unit = _BYTES.get(found[2].lower()) if found else None
    if found is None or unit is None:
        raise ValueError(f"{text!r} is not a size such as 500M, 2GiB or 4096")
    return int(Decimal(found[1]) * unit)


def parse_duration(text: str) -> float:
    """Return the seconds that `text` names, such as `15m`, `1h 30m` or `2s`.

    Raises:
        ValueError: It is not one or more numbers, each with a unit of ms, s, m, h, d or w.
    """
    stripped = text.strip().lower()
    if not re.fullmatch(rf"(?:{_DURATION.pattern}\s*)+", stripped):
        raise ValueError(f"{text!r} is not a duration such as 30s, 15m, 1h 30m or 7d")
    return sum(float(number) * _SECONDS[unit] for number, unit in _DURATION.findall(stripped))


def format_duration(seconds: float) -> str:
    """Return a short form with at most two units: `3s`, `12m`, `3h 05m`, `41d`."""
    if seconds < 0:
        return "-" + format_duration(-seconds)
    whole = int(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m"
    if whole < 86400:
        return f"{whole // 3600}h {whole % 3600 // 60:02d}m"
    return f"{whole // 86400}d"


def format_bytes(count: float) -> str:
    """Return a size in binary units with three figures at most: `512B`, `4.2K`, `1.2M`, `11.8G`."""
    value = float(count)
    for unit in ("B", "K", "M", "G", "T", "P"):
        if abs(value) < 1023.5 or unit == "P":
            return f"{value:.0f}{unit}" if unit == "B" or abs(value) >= 99.5 else f"{value:.1f}{unit}"
        value /= 1024
    raise AssertionError("unreachable")


def counted(count: int, what: str, more: str = "") -> str:
    """Return a count with its word, such as `1 host` or `2,000 hosts`.

    Args:
        count: How many.
        what: The word for one.
        more: The word for several, where an `s` does not make it.
    """
    return f"{count:,} {what}" if count == 1 else f"{count:,} {more or f'{what}s'}"
