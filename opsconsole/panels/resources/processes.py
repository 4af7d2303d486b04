"""The heaviest processes, from the /proc/PID/stat lines of the focus section (proc_pid_stat(5))."""

from __future__ import annotations

from array import array
from dataclasses import replace
from datetime import datetime
from heapq import nlargest
from operator import attrgetter

from opsconsole.data.text import clean_line
from opsconsole.panels.resources.blocks import LARGEST, count, decimal
from opsconsole.panels.resources.reading import Process, ProcessTable

_TOP = 10
_TOP_NAMES = 5
_MOST = 4096
_KEPT = 0xFFFF_FFFF


class ProcessReader:
    """Reads one host's process lists. Of an earlier list only pid, start and ticks are kept, as numbers.

    Their lower 32 bits are enough to tell processes apart and for a difference, in half the memory.
    """

    def __init__(self) -> None:
        self.page_bytes: int | None = None
        self.ticks_per_second = 100
        self._uptime: float | None = None
        self._earlier = array("I")  # pid, start time, ticks of each process.
        self._unsized: tuple[list[tuple[Process, int | None]], int, datetime] | None = None

    def set_units(self, text: bytes) -> None:
        """Take page size and clock ticks per second from the two lines of the `once` section."""
        lines = text[:200].split(b"\n")
        page, ticks = count(lines[0]), count(lines[1]) if len(lines) > 1 else None
        self.page_bytes = page if page and page <= 1 << 24 else None
        self.ticks_per_second = ticks if ticks and ticks <= 10_000 else 100

    def read(self, text: bytes, taken_at: datetime) -> ProcessTable | None:
        """Return the table; None when the output is not that of the section."""
        lines = text.split(b"\n", _MOST + 2)
        head = lines[0].split()
        uptime, total = (decimal(head[0]), count(head[1])) if len(head) == 2 else (None, None)
        if uptime is None or total is None:
            return None
        before = self._before(uptime)
        seconds = uptime - self._uptime if self._uptime is not None else 0.0
        seen = array("I")
        found = []
        for line in lines[1:]:
            process = self._process(line, before, seconds, seen)
            if process is not None:
                found.append(process)
        if not found:
            return None
        self._uptime, self._earlier = uptime, seen
        self._unsized = (found, total, taken_at) if self.page_bytes is None else None
        return _table(self._sized(found), total, taken_at)

    def sized(self) -> ProcessTable | None:
        """Return the last table anew with resident sizes, when they were not known yet as it was read."""
        if self._unsized is None or self.page_bytes is None:
            return None
        found, total, taken_at = self._unsized
        self._unsized = None
        return _table(self._sized(found), total, taken_at)

    def _sized(self, found: list[tuple[Process, int | None]]) -> list[Process]:
        page = self.page_bytes
        if page is None:
            return [process for process, _ in found]
        return [
            process if pages is None else replace(process, rss_bytes=pages * page) for process, pages in found
        ]

    def _before(self, uptime: float) -> dict[int, tuple[int, int]]:
        if self._uptime is None or uptime <= self._uptime:
            return {}
        kept = self._earlier
        return {kept[at]: (kept[at + 1], kept[at + 2]) for at in range(0, len(kept), 3)}

    def _process(
        self, line: bytes, before: dict[int, tuple[int, int]], seconds: float, seen: array[int]
    ) -> tuple[Process, int | None] | None:
        # The name may hold spaces and parentheses: it ends at the last `)`.
        opening, closing = line.find(b" ("), line.rfind(b") ")
        fields = line[closing + 2 :].split()
        pid = count(line[:opening]) if 0 < opening < closing else None
        # A line may be cut anywhere: a field only counts when there is one more after it.
        if pid is None or len(fields) < 21:
            return None
        user, system, start = count(fields[11]), count(fields[12]), count(fields[19])
        if user is None or system is None or start is None or user + system >= LARGEST:
            return None
        pid_kept, start, ticks = pid & _KEPT, start & _KEPT, (user + system) & _KEPT
        seen.extend((pid_kept, start, ticks))
        earlier = before.get(pid_kept)
        percent = None
        if seconds > 0 and earlier is not None and earlier[0] == start and ticks >= earlier[1]:
            percent = 100.0 * (ticks - earlier[1]) / self.ticks_per_second / seconds
        pages = count(fields[21]) if len(fields) > 22 else None
        name = clean_line(line[opening + 2 : closing], 64)
        return Process(pid, name, clean_line(fields[0], 1), percent, None), pages


def _table(processes: list[Process], total: int, taken_at: datetime) -> ProcessTable:
    by_name_cpu: dict[str, float] = {}
    by_name_rss: dict[str, int] = {}
    for process in processes:
        by_name_cpu[process.name] = by_name_cpu.get(process.name, 0.0) + (process.cpu_percent or 0.0)
        by_name_rss[process.name] = by_name_rss.get(process.name, 0) + (process.rss_bytes or 0)
    known = [process for process in processes if process.cpu_percent is not None]
    sized = [process for process in processes if process.rss_bytes is not None]
    count_ = max(total, len(processes))
    return ProcessTable(
        taken_at=taken_at,
        count=count_,
        read_count=len(processes),
        only_own=len(processes) == count_ and all(process.pid != 1 for process in processes),
        by_cpu=tuple(nlargest(_TOP, known, key=attrgetter("cpu_percent"))),
        by_rss=tuple(nlargest(_TOP, sized, key=attrgetter("rss_bytes"))),
        names_by_cpu=tuple(nlargest(_TOP_NAMES, by_name_cpu.items(), key=lambda pair: pair[1]))
        if known
        else (),
        names_by_rss=tuple(nlargest(_TOP_NAMES, by_name_rss.items(), key=lambda pair: pair[1]))
        if sized
        else (),
    )
