"""Turning a stream of hostile bytes into bounded, clean log lines, and choosing which of them to show."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from time import monotonic
from typing import NamedTuple

from opsconsole.console.tui.pattern_guard import pattern_guard
from opsconsole.data.text import clean

BUFFER_LINES = 10_000
LINE_LIMIT_CHARS = 2_000
# Four bytes make the longest UTF-8 character: of a longer line not even the beginning is kept waiting.
LINE_LIMIT_BYTES = LINE_LIMIT_CHARS * 4
CUT_MARK = " …[cut]"

# Words, as syslog and most programs write their priorities. Only the look depends on them, never a finding.
_ERROR = re.compile(r"\b(?:error|err|fail(?:ed|ure)?|fatal|crit(?:ical)?|panic|emerg|alert|segfault)\b", re.I)
_WARNING = re.compile(r"\b(?:warn(?:ing)?|deprecated|timed?[ -]?out|refused|denied)\b", re.I)
_DEBUG = re.compile(r"\b(?:debug|trace)\b", re.I)


class Tone(Enum):
    """How a line looks."""

    NORMAL = "normal"
    DEBUG = "debug"
    WARNING = "warning"
    ERROR = "error"


class LogLine(NamedTuple):
    """One line. A note is the console's own, between the host's: no host can write one."""

    text: str
    is_note: bool = False


def tone_of(text: str) -> Tone:
    """Return how a host's line looks, from the words in it. Asked only of lines that are drawn."""
    if _ERROR.search(text):
        return Tone.ERROR
    if _WARNING.search(text):
        return Tone.WARNING
    return Tone.DEBUG if _DEBUG.search(text) else Tone.NORMAL


def to_line(raw: bytes) -> LogLine:
    """Return raw bytes without their line feed as a line of at most `LINE_LIMIT_CHARS` and the cut mark."""
    text = clean(raw[:LINE_LIMIT_BYTES], LINE_LIMIT_BYTES).expandtabs(8).replace("\n", " ")
    if len(text) > LINE_LIMIT_CHARS or len(raw) > LINE_LIMIT_BYTES:
        text = text[:LINE_LIMIT_CHARS] + CUT_MARK
    return LogLine(text)


class LineSplitter:
    """Splits chunks at line feeds. A line that does not end is cut, and the rest of it thrown away."""

    def __init__(self) -> None:
        self._rest = b""
        self._skipping = False

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the lines that are complete now, without their line feeds."""
        *ended, rest = chunk.split(b"\n")
        if not ended:
            return self._wait(rest)
        lines = [] if self._skipping else [(self._rest + ended[0][: LINE_LIMIT_BYTES + 1])]
        lines += ended[1:]
        self._rest, self._skipping = b"", False
        return lines + self._wait(rest)

    def _wait(self, rest: bytes) -> list[bytes]:
        if self._skipping:
            return []
        self._rest += rest[: LINE_LIMIT_BYTES + 1]
        if len(self._rest) <= LINE_LIMIT_BYTES:
            return []
        line, self._rest, self._skipping = self._rest, b"", True
        return [line]

    def close(self) -> list[bytes]:
        """Return the last line if it had no line feed."""
        line, self._rest = self._rest, b""
        return [line] if line else []


@dataclass(frozen=True, slots=True)
class LineFilter:
    """A regular expression that lines must match, or with a leading `!` must not. Case does not matter."""

    pattern: re.Pattern[str]
    inverted: bool = False

    @classmethod
    def parse(cls, text: str) -> LineFilter | None:
        """Return the filter that was typed; None for an empty one.

        Raises:
            ValueError: It is no regular expression; the message says where it goes wrong.
        """
        inverted = text.startswith("!")
        expression = text[1:] if inverted else text
        if not expression:
            return None
        try:
            return cls(re.compile(expression, re.IGNORECASE), inverted)
        except re.error as error:
            raise ValueError(f"{error.msg} at position {error.pos}") from None
        except (RecursionError, OverflowError):
            raise ValueError("too large") from None

    def passes(self, text: str) -> bool:
        """Whether the line is shown."""
        return bool(self.pattern.search(text)) != self.inverted


class LogBuffer:
    """The last lines of a log, numbered from 0 for ever, and which of them pass the filter.

    Filtering goes on in slices of time (`scan`), so that a slow expression never holds the screen up for
    longer than one slice and one line.
    """

    def __init__(self, limit_lines: int = BUFFER_LINES) -> None:
        self._limit = limit_lines
        self._lines: list[LogLine] = []
        self._first = 0
        self._scanned = 0
        self._filter: LineFilter | None = None
        self.shown: list[int] = []
        """Numbers of the lines that pass, ascending."""

    @property
    def end(self) -> int:
        """The number that the next line will get: how many there have been."""
        return self._first + len(self._lines)

    @property
    def count(self) -> int:
        """How many lines are kept."""
        return len(self._lines)

    @property
    def is_scanned(self) -> bool:
        """Whether every kept line has been held against the filter."""
        return self._scanned >= self.end

    def __getitem__(self, number: int) -> LogLine:
        return self._lines[number - self._first]

    def extend(self, lines: Sequence[LogLine]) -> int:
        """Append lines and forget the oldest beyond the limit; return how many *shown* ones that were."""
        self._lines.extend(lines)
        excess = len(self._lines) - self._limit
        if excess <= 0:
            return 0
        del self._lines[:excess]
        self._first += excess
        self._scanned = max(self._scanned, self._first)
        gone = bisect_left(self.shown, self._first)
        del self.shown[:gone]
        return gone

    def set_filter(self, line_filter: LineFilter | None) -> None:
        """Begin again with another filter; nothing is shown until `scan`."""
        self._filter = line_filter
        self._scanned = self._first
        self.shown.clear()

    def scan(self, budget_seconds: float = 0.02) -> None:
        """Go on filtering for at most about this long.

        Raises:
            PatternTooSlowError: One line alone took far longer; the line counts as scanned.
        """
        if self._filter is None:
            self.shown.extend(range(self._scanned, self.end))
            self._scanned = self.end
            return
        stop_at = monotonic() + budget_seconds
        with pattern_guard():
            while self._scanned < self.end and monotonic() < stop_at:
                number = self._scanned
                self._scanned += 1
                line = self[number]
                if line.is_note or self._filter.passes(line.text):
                    self.shown.append(number)

    def find(self, needle: str, positions: Iterable[int]) -> int | None:
        """Return the first of these positions in `shown` whose line has the text in it, or None."""
        folded = needle.casefold()
        return next((at for at in positions if folded in self[self.shown[at]].text.casefold()), None)
