"""How much counters rose lately: automatic restarts of services, and kills for want of memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta

from opsconsole.panels.health.parse_services import RestartCount
from opsconsole.panels.health.parse_system import KillCounters
from opsconsole.panels.health.reading import (
    OOM_WINDOW_SECONDS,
    RESTART_WINDOW_SECONDS,
    Oom,
    OomKill,
    Restarts,
)

_EVENTS_AT_MOST = 2048


def _rise(before: int, now: int) -> int:
    """Return how much a counter rose; one that went back began again at zero (reboot, new unit)."""
    return now - before if now >= before else now


class _Rises:
    """Rises of named counters over a window of time."""

    def __init__(self, window_seconds: float) -> None:
        self._window = timedelta(seconds=window_seconds)
        self._began: datetime | None = None
        self._newest: datetime | None = None
        # Made at the first rise: an empty deque is 600 bytes, and most of a thousand hosts never need one.
        self._events: deque[tuple[datetime, str, int]] | None = None

    def add(self, rises: Mapping[str, int], now: datetime) -> None:
        if self._began is not None and self._newest is not None and now < self._newest:
            # The console's clock was set back: what was seen keeps its distance to the newest reading.
            back = self._newest - now
            self._began -= back
            if self._events is not None:
                moved = ((at - back, name, rise) for at, name, rise in self._events)
                self._events = deque(moved, maxlen=_EVENTS_AT_MOST)
        self._began = self._began or now
        self._newest = now
        rose = [(now, name, rise) for name, rise in rises.items() if rise > 0]
        if self._events is None:
            if not rose:
                return
            self._events = deque(maxlen=_EVENTS_AT_MOST)
        self._events.extend(rose)
        while self._events and now - self._events[0][0] > self._window:
            self._events.popleft()

    @property
    def watched_seconds(self) -> float:
        """How long the counters have been watched, at most the window; 0 after the first reading."""
        if self._began is None or self._newest is None:
            return 0.0
        return min(self._newest - self._began, self._window).total_seconds()

    def sums(self) -> dict[str, int]:
        """Return the rise of each counter that rose."""
        found: dict[str, int] = {}
        for _, name, rise in self._events or ():
            found[name] = found.get(name, 0) + rise
        return found


class RestartHistory:
    """The restart counters of a host's services over the last 15 minutes."""

    def __init__(self) -> None:
        self._last: dict[str, int] | None = None
        self._rises = _Rises(RESTART_WINDOW_SECONDS)

    def add(self, counts: tuple[RestartCount, ...], now: datetime) -> None:
        """Take the newest counters; a service that is not among them has not restarted."""
        totals = {count.unit: count.total for count in counts}
        last = totals if self._last is None else self._last
        self._rises.add({unit: _rise(last.get(unit, 0), total) for unit, total in totals.items()}, now)
        self._last = totals

    def reading(self, counts: tuple[RestartCount, ...]) -> tuple[Restarts, ...]:
        """Return each service's restarts, most recent ones first."""
        watched = self._rises.watched_seconds
        sums = self._rises.sums()
        made = [
            Restarts(
                count.unit,
                count.total,
                sums.get(count.unit, 0) if watched else None,
                watched,
                count.waiting,
                count.running_seconds,
            )
            for count in counts
        ]
        return tuple(sorted(made, key=lambda one: (-(one.recent or 0), -one.total, one.unit)))


class KillHistory:
    """The counters of kills for want of memory over the last hour."""

    def __init__(self) -> None:
        self._last: KillCounters | None = None
        self._machine = _Rises(OOM_WINDOW_SECONDS)
        self._groups = _Rises(OOM_WINDOW_SECONDS)

    def add(self, counters: KillCounters, now: datetime) -> None:
        """Take the newest counters."""
        last = counters if self._last is None else self._last
        self._last = counters
        groups = {
            path: _rise((last.cgroups or {}).get(path, 0), count)
            for path, count in (counters.cgroups or {}).items()
            if last.cgroups is not None
        }
        groups = {path: rise for path, rise in groups.items() if rise > 0}
        if counters.machine is not None and last.machine is not None:
            rise = _rise(last.machine, counters.machine)
        else:
            rise = _whole(groups, nested=counters.nested)
        self._machine.add({"": rise}, now)
        self._groups.add(_innermost(groups) if counters.nested else groups, now)

    def reading(self, log: tuple[OomKill, ...] | None) -> Oom | None:
        """Return what counters and log tell, or None when neither can be read."""
        if self._last is None:
            return None if log is None else Oom(log=log)
        total = self._last.machine
        groups = self._last.cgroups
        if total is None and groups is not None:
            # In cgroup v1 a group takes its count with it when it ends: none left does not mean none.
            total = _whole(groups, nested=self._last.nested) if self._last.nested or groups else None
        if total is None and log is None:
            return None
        recent = (
            self._machine.sums().get("", 0) if total is not None and self._machine.watched_seconds else None
        )
        return Oom(total, recent, tuple(sorted(self._groups.sums().items())), log)


def _whole(groups: Mapping[str, int], *, nested: bool) -> int:
    """Return the kills of a tree of control groups; in a nested one the root's count has them all."""
    if not nested:
        return sum(groups.values())
    if "." in groups:
        return groups["."]
    return sum(count for path, count in groups.items() if "/" not in path)


def _innermost(groups: Mapping[str, int]) -> dict[str, int]:
    """Return only the groups below which no other rose: theirs are the processes that died."""
    return {
        path: rise
        for path, rise in groups.items()
        if not any(other != path and (path == "." or other.startswith(path + "/")) for other in groups)
    }
