"""The heaviest processes, from the /proc/PID/stat lines of the focus section (proc_pid_stat(5)).

A host may have thousands and a console may watch a thousand hosts: each step for a line counts, and only the
few processes that are shown become objects.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Sequence
from datetime import datetime
from heapq import nlargest
from operator import itemgetter
from typing import NamedTuple, TypeVar

from opsconsole.data.text import clean_line
from opsconsole.panels.resources.blocks import LARGEST, count, decimal
from opsconsole.panels.resources.reading import Process, ProcessTable

_TOP = 10
_TOP_NAMES = 5
_MOST = 4096
_KEPT = 0xFFFF_FFFF
# A name holds at most 15 bytes, newlines among them: nothing shorter is a whole line.
_NAME_IN_LINES = re.compile(rb"\n\d{1,10} \([^\n]{0,15}\n(?:[^\n]{0,15}\n){0,14}")
_Amount = TypeVar("_Amount", int, float)


# pid, name, state, percent of a core (None where it was not there before), resident pages (None where cut).
_Seen = tuple[int, bytes, bytes, float | None, int | None]


class _Places(NamedTuple):
    """Where fields stand behind a process's name: ticks in user and system mode, start, resident pages."""

    user: int
    system: int
    start: int
    size: int


_WHOLE, _SHORT = _Places(11, 12, 19, 21), _Places(1, 2, 3, 4)


class ProcessReader:
    """Reads one host's process lists. Of an earlier list only pid, start and ticks are kept, as numbers.

    Their lower 32 bits are enough to tell processes apart and for a difference, in half the memory.
    """

    def __init__(self) -> None:
        self.page_bytes: int | None = None
        self.ticks_per_second = 100
        self._uptime: float | None = None
        self._earlier = array("I")  # pid, start time, ticks of each process.
        self._unsized: tuple[list[_Seen], int, datetime] | None = None

    def set_units(self, text: bytes) -> None:
        """Take page size and clock ticks per second from the two lines of the `once` section."""
        lines = text[:200].split(b"\n")
        page, ticks = count(lines[0]), count(lines[1]) if len(lines) > 1 else None
        self.page_bytes = page if page and page <= 1 << 24 else None
        self.ticks_per_second = ticks if ticks and ticks <= 10_000 else 100

    def read(self, text: bytes, taken_at: datetime) -> ProcessTable | None:
        """Return the table; None when the output is not that of the section."""
        uptime, total, places = _head(text[:80].partition(b"\n")[0].split())
        if uptime is None or total is None:
            return None
        found = self._seen(text, uptime, places)
        if not found:
            return None
        self._unsized = (found, total, taken_at) if self.page_bytes is None else None
        return _table(found, self.page_bytes, total, taken_at)

    def sized(self) -> ProcessTable | None:
        """Return the last table anew with resident sizes, when they were not known yet as it was read."""
        if self._unsized is None or self.page_bytes is None:
            return None
        found, total, taken_at = self._unsized
        self._unsized = None
        return _table(found, self.page_bytes, total, taken_at)

    def _seen(self, text: bytes, uptime: float, places: _Places) -> list[_Seen]:
        """Return the list's processes, and keep what the next list is compared with."""
        if _NAME_IN_LINES.search(text):  # Else the rest of such a name would pass for another process.
            text = _NAME_IN_LINES.sub(lambda found: b"\n" + found[0][1:].replace(b"\n", b" "), text)
        before = self._before(uptime)
        seconds = uptime - self._uptime if self._uptime is not None else 0.0
        scale = 100.0 / self.ticks_per_second / seconds if seconds > 0 else 0.0
        kept: list[int] = []
        found: list[_Seen] = []
        for line in text.split(b"\n", _MOST + 2)[1:]:
            # The name may hold spaces and parentheses: it ends at the last `)`.
            opening, closing = line.find(b" ("), line.rfind(b") ")
            fields = line[closing + 2 :].split(b" ", places.size + 2)
            # A line may be cut anywhere: a field only counts when there is one more after it.
            if not 0 < opening < closing or len(fields) < places.start + 2:
                continue
            try:
                pid, start = int(line[:opening]), int(fields[places.start])
                ticks = int(fields[places.user]) + int(fields[places.system])
                pages = int(fields[places.size]) if len(fields) > places.size + 1 else None
            except ValueError:
                continue
            if min(pid, start, ticks, pages or 0) < 0 or max(pid, start, ticks, pages or 0) >= LARGEST:
                continue
            key, start, ticks = pid & _KEPT, start & _KEPT, ticks & _KEPT
            kept += (key, start, ticks)
            percent = None
            if key in before:
                started, earlier = before[key]
                percent = scale * (ticks - earlier) if started == start and ticks >= earlier else None
            found.append((pid, line[opening + 2 : closing], fields[0], percent, pages))
        if found:
            self._uptime, self._earlier = uptime, array("I", kept)
        return found

    def _before(self, uptime: float) -> dict[int, tuple[int, int]]:
        if self._uptime is None or uptime <= self._uptime:
            return {}
        kept = self._earlier
        return dict(zip(kept[::3], zip(kept[1::3], kept[2::3], strict=True), strict=True))


def _head(words: list[bytes]) -> tuple[float | None, int | None, _Places]:
    """Return uptime and number of processes from the first line, and which form the others have."""
    places = _SHORT if words[2:] == [b"short"] else _WHOLE
    if len(words) != 2 and places is _WHOLE:
        return None, None, places
    return decimal(words[0]), count(words[1]), places


def _table(seen: Sequence[_Seen], page_bytes: int | None, total: int, taken_at: datetime) -> ProcessTable:
    busy = [(percent, one) for one in seen if (percent := one[3]) is not None]
    large = [(pages * page_bytes, one) for one in seen if (pages := one[4]) is not None] if page_bytes else []
    number = max(total, len(seen))
    return ProcessTable(
        taken_at=taken_at,
        count=number,
        read_count=len(seen),
        only_own=len(seen) == number and all(pid != 1 for pid, *_ in seen),
        by_cpu=tuple(_process(one, page_bytes) for _, one in nlargest(_TOP, busy, key=itemgetter(0))),
        by_rss=tuple(_process(one, page_bytes) for _, one in nlargest(_TOP, large, key=itemgetter(0))),
        names_by_cpu=_by_name(busy),
        names_by_rss=_by_name(large),
    )


def _process(one: _Seen, page_bytes: int | None) -> Process:
    pid, name, state, percent, pages = one
    rss_bytes = None if pages is None or page_bytes is None else pages * page_bytes
    return Process(pid, clean_line(name, 64), clean_line(state, 1), percent, rss_bytes)


def _by_name(amounts: Iterable[tuple[_Amount, _Seen]]) -> tuple[tuple[str, _Amount], ...]:
    sums: dict[bytes, _Amount] = {}
    for amount, (_, name, *_) in amounts:
        sums[name] = sums.get(name, 0) + amount
    heaviest = nlargest(_TOP_NAMES, sums.items(), key=itemgetter(1))
    return tuple((clean_line(name, 64), amount) for name, amount in heaviest)
