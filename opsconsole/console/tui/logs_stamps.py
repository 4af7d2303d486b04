"""The time stamps that lines of a log begin with: short where room is short, and never without a zone.

A stamp is cut, not converted: what is shown is a part of what the host wrote, so that it can be found and
filtered for as it is seen. Day and zone then stand above the lines.
"""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

# RFC 3339, and `journalctl -o short-iso`, whose zone has no colon before systemd 255.
_ZONED = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,]\d{1,9})? ?(?:(Z)|([+-]\d\d):?(\d\d))(?= |$)", re.ASCII
)
_WITHOUT_ZONE = re.compile(
    r"(?:[A-Z][a-z]{2} [ \d]\d |\d{4}[-/]\d\d[-/]\d\d[T ]|\[?\d\d/[A-Z][a-z]{2}/\d{4}:)\d\d:\d\d:\d\d",
    re.ASCII,
)


class Day(NamedTuple):
    """A day as a host counts it: `zone` is `UTC` or as `UTC+02:00`."""

    day: str
    zone: str

    @property
    def words(self) -> str:
        """`Thu 2026-11-26, UTC+02:00`."""
        try:
            weekday = f"{date.fromisoformat(self.day):%a} "
        except ValueError:  # the 99th of some month: the host's clock is not ours to mend
            weekday = ""
        return f"{weekday}{self.day}, {self.zone}"


class Stamp(NamedTuple):
    """The time stamp of a line.

    Attributes:
        clock: `HH:MM:SS`.
        end: How many characters of the line are the stamp.
        at: The day and the zone.
    """

    clock: str
    end: int
    at: Day

    def shorten(self, text: str) -> str:
        """Return the line, which has this stamp, with the clock alone."""
        return self.clock + text[self.end :]

    def shortened(self, start: int, end: int) -> tuple[int, int]:
        """Return where a part of the line is once it is shortened; what was in the stamp is in the clock."""
        gone = self.end - len(self.clock)
        return (0 if start < self.end else start - gone, len(self.clock) if end <= self.end else end - gone)


def stamp_of(text: str) -> Stamp | None:
    """Return the time stamp that a line begins with; None where there is none, or none with a zone."""
    found = _ZONED.match(text)
    if found is None:
        return None
    day, clock, utc, hours, minutes = found.groups()
    zone = "UTC" if utc or (int(hours), int(minutes)) == (0, 0) else f"UTC{hours}:{minutes}"
    return Stamp(clock, found.end(), Day(day, zone))


def lacks_zone(text: str) -> bool:
    """Whether a line begins with a time of which nobody can tell the zone."""
    return _ZONED.match(text) is None and _WITHOUT_ZONE.match(text) is not None
