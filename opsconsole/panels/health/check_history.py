"""Tries of HTTP and TCP checks over the last 15 minutes: share of errors, percentiles of latency."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from opsconsole.panels.health.reading import CHECK_WINDOW_SECONDS, CheckResult, CheckStatus

_TRIES_AT_MOST = 512


class CheckHistory:
    """The tries of one host's checks."""

    def __init__(self) -> None:
        self._tries: dict[tuple[str, str], deque[tuple[datetime, CheckResult]]] = {}

    def add(self, http: Iterable[CheckResult], tcp: Iterable[CheckResult], now: datetime) -> None:
        """Take the newest try of each check; a check that is no longer configured is forgotten."""
        newest = [("http", one) for one in http] + [("tcp", one) for one in tcp]
        kept = {(kind, one.name) for kind, one in newest}
        self._tries = {key: tries for key, tries in self._tries.items() if key in kept}
        for kind, one in newest:
            tries = self._tries.setdefault((kind, one.name), deque(maxlen=_TRIES_AT_MOST))
            if tries and now < tries[-1][0]:  # The console's clock was set back: tries keep their distance.
                back = tries[-1][0] - now
                tries = self._tries[kind, one.name] = deque(
                    ((at - back, each) for at, each in tries), maxlen=_TRIES_AT_MOST
                )
            tries.append((now, one))
            while now - tries[0][0] > timedelta(seconds=CHECK_WINDOW_SECONDS):
                tries.popleft()

    def statuses(self) -> tuple[CheckStatus, ...]:
        """Return each check over the window, in the order in which they are configured."""
        return tuple(_status(kind, tries) for (kind, _), tries in self._tries.items())


def _status(kind: str, tries: Sequence[tuple[datetime, CheckResult]]) -> CheckStatus:
    # A try that could not be made (no tunnel) tells nothing of the service.
    told = [one for _, one in tries if one.error != "console"]
    latencies = sorted(one.latency_seconds for one in told if one.latency_seconds is not None)
    at, last = tries[-1]
    return CheckStatus(
        kind,
        last,
        at,
        len(told),
        sum(not one.ok for one in told),
        next((one.detail for one in reversed(told) if not one.ok), ""),
        percentile(latencies, 50),
        percentile(latencies, 95),
    )


def percentile(ordered: Sequence[float], percent: float) -> float | None:
    """Return the nearest-rank percentile of values in ascending order, or None when there are none."""
    if not ordered:
        return None
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]
