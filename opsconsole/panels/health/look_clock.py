"""The host's clock against this console's. A good one is not asked each time: that costs a session there."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from weakref import WeakKeyDictionary

from opsconsole.data.host import Command, Host, Shell, ShellError
from opsconsole.data.text import clean_line
from opsconsole.panels.health.reading import Problem, Skew

GOOD_SECONDS = 0.5
"""Half the least default limit: a clock certainly nearer than this is not asked again at once."""
GOOD_FOR_SECONDS = 300.0
"""So long; meanwhile a clock drifts by 0.15 s at the most (500 ppm, the most that adjtimex(2) corrects)."""
_DEADLINE_SECONDS = 10.0
_DATE = re.compile(rb"(\d{9,11})(?:\.(\d{1,9}))?")
# Where `date` knows only seconds, the middle of the second is the best guess.
_WHOLE_SECONDS_HALF = 0.5

_good: WeakKeyDictionary[Shell, tuple[float, Skew]] = WeakKeyDictionary()


async def known_skew(shell: Shell, host: Host) -> tuple[Skew | None, Problem | None]:
    """Return the skew, measured now or, where it was good, within five minutes on this connection."""
    if host.is_local:
        return None, None
    measured_at, good = _good.get(shell, (0.0, None))
    if good is not None and time.monotonic() - measured_at < GOOD_FOR_SECONDS:
        return good, None
    skew, problem = await _measured(shell)
    if skew is not None and abs(skew.offset_seconds) + skew.uncertainty_seconds < GOOD_SECONDS:
        _good[shell] = time.monotonic(), skew
    else:
        _good.pop(shell, None)
    return skew, problem


async def _measured(shell: Shell) -> tuple[Skew | None, Problem | None]:
    """Compare clocks as NTP does: the host's time lies between sending the question and the answer."""
    before, began = time.time(), time.monotonic()
    try:
        output = await shell.run(
            Command(("date", "+%s.%N"), deadline_seconds=_DEADLINE_SECONDS, output_limit_bytes=256)
        )
    except ShellError as error:
        return None, Problem("clock skew", clean_line(str(error), 200))
    return skew_of(output.stdout, before, time.monotonic() - began)


def skew_of(stdout: bytes, sent_at: float, round_trip_seconds: float) -> tuple[Skew | None, Problem | None]:
    """Return the skew from what `date +%s.%N` wrote (BusyBox leaves `%N` as it is, or empty).

    Args:
        stdout: Its output.
        sent_at: Console time when it was asked, seconds since 1970.
        round_trip_seconds: How long the answer took.
    """
    seen = _DATE.match(stdout.strip())
    if seen is None:
        return None, Problem("clock skew", f"date: {clean_line(stdout, 80) or 'no answer'}")
    fraction = float(b"0." + seen[2]) if seen[2] else _WHOLE_SECONDS_HALF
    resolution = 0.0 if seen[2] else _WHOLE_SECONDS_HALF
    middle = sent_at + round_trip_seconds / 2
    offset = int(seen[1]) + fraction - middle
    uncertainty = max(0.0, round_trip_seconds) / 2 + resolution
    return Skew(offset, uncertainty, datetime.fromtimestamp(middle, UTC)), None
