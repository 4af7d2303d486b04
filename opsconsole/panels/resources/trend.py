"""How fast a file system fills, from its used bytes of up to the last hour.

The slope is Theil and Sen's: the median of the slopes of all pairs of samples, which a burst, a deleted
file or a log rotation does not bend. It counts as growth only when three of four pairs grow; a single jump
half-way makes at most half of them grow, and so predicts nothing. The last quarter of an hour is looked at
first (a disk that began to fill ten minutes ago), then the whole hour (slow, steady growth).
"""

from __future__ import annotations

from array import array

_RECENT_SPACING_SECONDS = 25.0
_RECENT_POINTS = 30
_HOUR_SPACING_SECONDS = 115.0
_HOUR_POINTS = 32
MINIMUM_POINTS = 10
MINIMUM_SECONDS = 270.0  # Ten samples of the slow tick of 30 s.


class Trend:
    """The recent used bytes of one file system, bounded to 62 samples of 16 bytes."""

    __slots__ = ("_hour", "_recent")

    def __init__(self) -> None:
        self._recent = array("d")
        self._hour = array("d")

    def add(self, seconds: float, used_bytes: float) -> None:
        """Remember a sample. Was the clock of `seconds` set back, the earlier ones keep their distance."""
        _append(self._recent, seconds, used_bytes, _RECENT_SPACING_SECONDS, _RECENT_POINTS)
        _append(self._hour, seconds, used_bytes, _HOUR_SPACING_SECONDS, _HOUR_POINTS)

    def grows_bytes_per_hour(self) -> float | None:
        """Return the growth; None while too little is known, and when it does not grow steadily."""
        return _growth(self._recent) or _growth(self._hour)


def _append(samples: array[float], seconds: float, value: float, spacing: float, most: int) -> None:
    if samples and seconds < samples[-2]:
        back = samples[-2] - seconds
        samples[::2] = array("d", [at - back for at in samples[::2]])
    if samples and seconds - samples[-2] < spacing:
        return
    samples.extend((seconds, value))
    if len(samples) > 2 * most:
        del samples[:2]


def _growth(samples: array[float]) -> float | None:
    times, values = samples[::2], samples[1::2]
    points = len(times)
    if points < MINIMUM_POINTS or times[-1] - times[0] < MINIMUM_SECONDS or values[-1] <= values[0]:
        return None
    slopes = sorted(
        (values[later] - values[earlier]) / (times[later] - times[earlier])
        for earlier in range(points - 1)
        for later in range(earlier + 1, points)
    )
    if slopes[len(slopes) // 4] <= 0:
        return None
    return slopes[len(slopes) // 2] * 3600.0
