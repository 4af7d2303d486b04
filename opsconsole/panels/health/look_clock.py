"""The host's clock against this console's. A good one is not asked each time: that costs a session there."""

from __future__ import annotations

import time
from weakref import WeakKeyDictionary

from opsconsole.data.host import Host, Shell
from opsconsole.panels import clock
from opsconsole.panels.clock import Skew
from opsconsole.panels.health.reading import Problem

GOOD_SECONDS = 0.5
"""Half the least default limit: a clock certainly nearer than this is not asked again at once."""
GOOD_FOR_SECONDS = 300.0
"""So long; meanwhile a clock drifts by 0.15 s at the most (500 ppm, the most that adjtimex(2) corrects)."""

_good: WeakKeyDictionary[Shell, tuple[float, Skew]] = WeakKeyDictionary()


async def known_skew(shell: Shell, host: Host) -> tuple[Skew | None, Problem | None]:
    """Return the skew, measured now or, where it was good, within five minutes.

    That holds by the host's shell: also when it was connected anew meanwhile.
    """
    if host.is_local:
        return None, None
    measured_at, good = _good.get(shell, (0.0, None))
    if good is not None and time.monotonic() - measured_at < GOOD_FOR_SECONDS:
        return good, None
    skew, why = await clock.measured(shell)
    if skew is not None and abs(skew.offset_seconds) + skew.uncertainty_seconds < GOOD_SECONDS:
        _good[shell] = time.monotonic(), skew
    else:
        _good.pop(shell, None)
    return skew, None if why is None else Problem("clock skew", why)
