"""A host's clock against this console's, for the panels that need to know it."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from opsconsole.data.host import Command, Shell, ShellError
from opsconsole.data.text import clean_line

_DEADLINE_SECONDS = 10.0
_LIMIT_BYTES = 64 * 1024  # a login shell may greet before
# BusyBox leaves `%N` as it is, or writes nothing there. A clock that was never set has few figures.
_DATE = re.compile(rb"(\d{1,12})(?:\.(?:(\d{1,9})|\D{0,9}))?")
# Where `date` knows only seconds, the middle of the second is the best guess.
_WHOLE_SECONDS_HALF = 0.5


@dataclass(frozen=True, slots=True)
class Skew:
    """The host's clock against this console's, read over the connection.

    Attributes:
        offset_seconds: Host minus console; positive: the host is ahead.
        uncertainty_seconds: Half the round trip, plus half the resolution of the host's `date`.
        taken_at: When (console time, UTC).
    """

    offset_seconds: float
    uncertainty_seconds: float
    taken_at: datetime

    @property
    def certain_seconds(self) -> float:
        """How far the clocks differ at the least: the part beyond the uncertainty."""
        return max(0.0, abs(self.offset_seconds) - self.uncertainty_seconds)


async def measured(shell: Shell) -> tuple[Skew | None, str | None]:
    """Return the skew, or why it is not known; raises nothing of a host.

    Clocks are compared as NTP does: the host's time lies between sending the question and the answer.
    """
    sent_at, began = time.time(), time.monotonic()
    command = Command(("date", "+%s.%N"), deadline_seconds=_DEADLINE_SECONDS, output_limit_bytes=_LIMIT_BYTES)
    try:
        output = await shell.run(command)
    except ShellError as error:
        return None, clean_line(str(error), 200)
    return skew_of(output.stdout, sent_at, time.monotonic() - began)


def skew_of(stdout: bytes, sent_at: float, round_trip_seconds: float) -> tuple[Skew | None, str | None]:
    """Return the skew from what `date +%s.%N` wrote, or why it is not known.

    Args:
        stdout: Its output; lines before the last are what the login shell wrote of its own.
        sent_at: Console time when it was asked, seconds since 1970.
        round_trip_seconds: How long the answer took.
    """
    seen = _DATE.fullmatch(stdout.strip().rpartition(b"\n")[2])
    if seen is None:
        return None, f"date: {clean_line(stdout, 80) or 'no answer'}"
    fraction = float(b"0." + seen[2]) if seen[2] else _WHOLE_SECONDS_HALF
    resolution = 0.0 if seen[2] else _WHOLE_SECONDS_HALF
    middle = sent_at + round_trip_seconds / 2
    offset = int(seen[1]) + fraction - middle
    uncertainty = max(0.0, round_trip_seconds) / 2 + resolution
    return Skew(offset, uncertainty, datetime.fromtimestamp(middle, UTC)), None
