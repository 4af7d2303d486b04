"""The packed form of samples in the history file. Little-endian, 32-bit floats: seven figures are enough.

A *raw* row is the samples of one host, of one set of names, within one minute: for each sample two bytes
of milliseconds since the row's first sample, then a float for each name. A *minute* row is the count of
samples (two bytes), then mean, smallest and largest for each name. NaN stands for a value that no float
can hold.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain

LARGEST = 3.4e38
LONGEST_MS = 60_000


@cache
def sample_struct(names: int) -> struct.Struct:
    """Return the layout of one raw sample."""
    return struct.Struct(f"<H{names}f")


@cache
def _minute_struct(names: int) -> struct.Struct:
    return struct.Struct(f"<H{3 * names}f")


def pack_sample(offset_ms: int, values: Sequence[float]) -> bytes:
    """Return one raw sample; a value too large for a float becomes NaN."""
    try:
        return sample_struct(len(values)).pack(offset_ms, *values)
    except OverflowError:
        bounded = (value if abs(value) <= LARGEST else math.nan for value in values)
        return sample_struct(len(values)).pack(offset_ms, *bounded)


def unpack_samples(blob: bytes, names: int) -> Iterator[tuple[float, ...]]:
    """Yield (offset in ms, value, …) of each sample; a broken tail is left out."""
    layout = sample_struct(names)
    whole = len(blob) - len(blob) % layout.size
    return layout.iter_unpack(memoryview(blob)[:whole])


def pack_minute(samples: Sequence[tuple[float, ...]]) -> bytes:
    """Return the minute row of raw samples, each (offset, value, …); NaN values are left out."""
    columns = list(zip(*samples, strict=True))[1:]
    summary = [_summary([value for value in column if not math.isnan(value)]) for column in columns]
    return _minute_struct(len(columns)).pack(min(len(samples), 65535), *chain.from_iterable(summary))


def _summary(column: list[float]) -> tuple[float, float, float]:
    if not column:
        return math.nan, math.nan, math.nan
    return sum(column) / len(column), min(column), max(column)


def unpack_minute(blob: bytes, names: int) -> tuple[float, ...]:
    """Return (count, then mean, smallest, largest of each name); all NaN when the row is broken."""
    layout = _minute_struct(names)
    return layout.unpack(blob) if len(blob) == layout.size else (0, *(math.nan,) * 3 * names)
