"""A host's own usual network rate, against which a change is seen.

An exponentially weighted mean with a time constant of 15 minutes, not told before it saw ten minutes. What
is more than half away from it moves it four times more slowly, so that a burst does not become the usual;
a change that lasts becomes the usual within some hours. Beside it a mean of about one minute, so that one
odd tick is no change.
"""

from __future__ import annotations

_USUAL_SECONDS = 900.0
_UNUSUAL_SECONDS = 3600.0
_RECENT_SECONDS = 60.0
_LEARN_SECONDS = 600.0
_LONGEST_STEP_SECONDS = 60.0  # A gap in the readings must not throw everything over.


class Baseline:
    """The usual and the recent mean of one rate."""

    __slots__ = ("_seen_seconds", "_usual", "recent")

    def __init__(self) -> None:
        self._usual: float | None = None
        self._seen_seconds = 0.0
        self.recent: float | None = None

    @property
    def usual(self) -> float | None:
        """The usual rate; None while it is being learnt."""
        return self._usual if self._seen_seconds >= _LEARN_SECONDS else None

    def add(self, value: float | None, seconds: float) -> None:
        """Take in the mean rate of the last `seconds`."""
        if value is None or seconds <= 0:
            return
        step = min(seconds, _LONGEST_STEP_SECONDS)
        if self._usual is None or self.recent is None:
            self._usual = self.recent = value
        else:
            self.recent += (value - self.recent) * step / (_RECENT_SECONDS + step)
            learning = self._seen_seconds < _LEARN_SECONDS
            unusual = not learning and abs(value - self._usual) > self._usual / 2
            constant = _UNUSUAL_SECONDS if unusual else max(step, min(_USUAL_SECONDS, self._seen_seconds))
            self._usual += (value - self._usual) * step / (constant + step)
        self._seen_seconds += step
