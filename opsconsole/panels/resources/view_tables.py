"""The sections of the resources Detail. Pure text: `Content` is never parsed as markup."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import zip_longest

from textual.content import Content

from opsconsole.panels import draw
from opsconsole.panels.panel import Level
from opsconsole.panels.resources.reading import Process, ResourcesReading
from opsconsole.panels.view import FAINT, MUTED, Showing, gauge, heading, mark, spark, table, text

_TRENDS: tuple[tuple[str, str, Callable[[float | None], str], float | None], ...] = (
    ("cpu_percent", "cpu", draw.percent, 100.0),
    ("memory_used_percent", "memory", draw.percent, 100.0),
    ("load_1", "load", draw.number, None),
    ("network_rx_bytes_per_second", "net ↓", draw.size, None),
    ("network_tx_bytes_per_second", "net ↑", draw.size, None),
    ("disk_read_bytes_per_second", "read", draw.size, None),
    ("disk_write_bytes_per_second", "write", draw.size, None),
)
TREND_NAMES = tuple(name for name, *_ in _TRENDS)
_PAST = timedelta(hours=24)
_LABEL = 9
_CORE_WIDTH = 26
_SIDE_BY_SIDE = 100
_PAIR_WIDTH = 56  # two tables of processes, without their pids


def unread(reading: ResourcesReading) -> list[Content]:
    """Return what should be there and is not."""
    return [
        Content.assemble(mark(Level.UNKNOWN), text(f"{part.part}: {part.reason}")) for part in reading.unread
    ]


def trends(showing: Showing, width: int) -> list[Content]:
    """Return the value of now, the last ten minutes and, where remembered, the last day."""
    reading: ResourcesReading = showing.reading
    room = max(8, (width - _LABEL - 10 - 2 * 9) // 2)
    lines = [
        Content.assemble(
            (f"{'':{_LABEL}}{'now':>8}  {'10 min':<{room}}{'max':>8}  {'24 h':<{room}}{'max':>8}", MUTED)
        )
    ]
    for name, label, figure, high in _TRENDS:
        points = list(showing.series.get(name, ()))
        now = getattr(reading, name)
        if now is None and not any(map(math.isfinite, points)):
            continue
        if showing.series_length > 0:
            points = draw.ending_now(points, showing.series_length)
        past = draw.by_time(showing.past.get(name, ()), showing.now, _PAST, room)
        lines.append(
            Content.assemble(
                (f"{label:{_LABEL}}", MUTED),
                (f"{figure(now):>8}  ", "bold"),
                spark(points, room, high=high),
                (f"{figure(draw.greatest(points)):>8}  ", MUTED),
                spark(past, room, high=high),
                (f"{figure(draw.greatest(past)):>8}", MUTED),
            )
        )
    return lines


def cpu(reading: ResourcesReading, width: int) -> list[Content]:
    """Return the shares of CPU time, load, and a gauge for each core."""
    shares = "  ".join(
        f"{label} {draw.percent(share)}"
        for label, share in (
            ("user", reading.cpu_user_percent),
            ("system", reading.cpu_system_percent),
            ("iowait", reading.cpu_iowait_percent),
            ("steal", reading.cpu_steal_percent),
        )
    )
    loads = " ".join(draw.number(load, 2) for load in (reading.load_1, reading.load_5, reading.load_15))
    count = draw.UNKNOWN if reading.core_count is None else str(reading.core_count)
    lines = [*heading("cpu", f"{count} cores"), Content(f"{shares}  load {loads}")]
    cells = [
        Content.assemble(
            text(core.name, MUTED).truncate(6, ellipsis=True, pad=True),
            draw.percent(core.cpu_percent).rjust(4),
            " ",
            gauge(core.cpu_percent, _CORE_WIDTH - 14),
            "   ",
        )
        for core in reading.cores
    ]
    across = max(1, width // _CORE_WIDTH)
    lines += [Content("").join(cells[at : at + across]) for at in range(0, len(cells), across)]
    return lines


def pressure_words(reading: ResourcesReading) -> Content:
    """Return the share of the last 10 s in which something waited, or why that is not known."""
    values = (
        ("cpu", reading.psi_cpu_some_percent),
        ("io", reading.psi_io_some_percent),
        ("mem", reading.psi_memory_some_percent),
    )
    if all(value is None for _, value in values):
        return Content.styled("n/a", FAINT)
    return Content("  ".join(f"{name} {draw.percent(value)}" for name, value in values))


def pressure(reading: ResourcesReading, width: int) -> list[Content]:
    """Return the pressure stall table."""
    rows = [
        ("cpu", reading.psi_cpu_some_percent, None, None),
        ("io", reading.psi_io_some_percent, reading.psi_io_full_percent, reading.psi_io_full_5m_percent),
        (
            "memory",
            reading.psi_memory_some_percent,
            reading.psi_memory_full_percent,
            reading.psi_memory_full_5m_percent,
        ),
    ]
    if all(some is None for _, some, _, _ in rows):
        return [*heading("pressure"), Content.styled("n/a: this kernel keeps no pressure figures", MUTED)]
    cells = [(name, *(draw.percent(value) for value in values)) for name, *values in rows]
    return [
        *heading("pressure", "share of time in which some or all tasks waited"),
        *table(("waiting for", "some 10 s", "all 10 s", "all 5 min"), cells, width),
    ]


def memory(reading: ResourcesReading, width: int) -> list[Content]:
    """Return memory and swap."""
    room = min(40, max(8, width - 60))
    lines = [
        *heading("memory"),
        Content.assemble(
            ("used  ", MUTED),
            draw.percent(reading.memory_used_percent).rjust(4),
            "  ",
            gauge(reading.memory_used_percent, room),
            f"  {draw.size(reading.memory_used_bytes)} of {draw.size(reading.memory_total_bytes)}"
            f", {draw.size(reading.memory_available_bytes)} available",
        ),
    ]
    if reading.swap_total_bytes == 0:
        return [*lines, Content.assemble(("swap  ", MUTED), "none")]
    return [
        *lines,
        Content.assemble(
            ("swap  ", MUTED),
            draw.percent(reading.swap_used_percent).rjust(4),
            "  ",
            gauge(reading.swap_used_percent, room),
            f"  {draw.size(reading.swap_used_bytes)} of {draw.size(reading.swap_total_bytes)}"
            f", in {_rate(reading.swap_in_bytes_per_second)}, out {_rate(reading.swap_out_bytes_per_second)}",
        ),
    ]


def filesystems(reading: ResourcesReading, width: int, now: datetime) -> list[Content]:
    """Return the file systems, worst first, with their inodes and when they will be full."""
    wide = width >= _SIDE_BY_SIDE  # else bar and type give their room to the mount point
    rows = [
        (
            text(known.mount),
            draw.percent(known.used_percent),
            *((gauge(known.used_percent, 10),) if wide else ()),
            draw.size(known.used_bytes),
            draw.size(known.size_bytes),
            draw.size(known.available_bytes),
            draw.percent(known.inodes_used_percent),
            draw.UNKNOWN
            if known.grows_bytes_per_hour is None
            else f"{draw.size(known.grows_bytes_per_hour)}/h",
            draw.duration(known.full_in_seconds),
            "ro" if known.read_only else "",
            *((text(known.type, MUTED),) if wide else ()),
        )
        for known in reading.filesystems
    ]
    titles = ["mount", "used", "used", "size", "free", "inodes", "grows", "full in", ""]
    if wide:
        titles = [*titles[:2], "", *titles[2:], "type"]
    note = _taken(reading.filesystems_taken_at, now)
    return [
        *heading("file systems", note),
        *(table(titles, rows, width, left=(2, 10)) if rows else [_nothing()]),
    ]


def disks(reading: ResourcesReading, width: int) -> list[Content]:
    """Return the block devices, busiest first."""
    rows = [
        (
            text(disk.name),
            _rate(disk.read_bytes_per_second),
            _rate(disk.write_bytes_per_second),
            draw.percent(disk.utilisation_percent),
            draw.UNKNOWN if disk.await_ms is None else f"{draw.number(disk.await_ms)} ms",
            draw.number(disk.queue, 2),
        )
        for disk in reading.disks
    ]
    titles = ("disk", "read", "write", "busy", "await", "queue")
    return [*heading("disks"), *(table(titles, rows, width) if rows else [_nothing()])]


def interfaces(reading: ResourcesReading, width: int) -> list[Content]:
    """Return the network interfaces, busiest first; those that are not in the total are faint."""
    rows = [
        (
            text(known.name, "" if known.counted else FAINT),
            _rate(known.rx_bytes_per_second),
            _rate(known.tx_bytes_per_second),
            draw.number(known.rx_packets_per_second, 0),
            draw.number(known.tx_packets_per_second, 0),
            draw.number(known.errors_per_second),
            draw.number(known.drops_per_second),
        )
        for known in reading.interfaces
    ]
    titles = ("interface", "↓", "↑", "↓ packets/s", "↑ packets/s", "errors/s", "drops/s")
    return [
        *heading("network", "faint: not part of the total"),
        *(table(titles, rows, width) if rows else [_nothing()]),
    ]


def kernel(reading: ResourcesReading, width: int) -> list[Content]:
    """Return the kernel's limited tables and its TCP."""
    rows = [
        (
            "open files",
            _count(reading.open_files),
            _count(reading.open_files_max),
            reading.open_files_percent,
        ),
        (
            "tracked connections",
            _count(reading.conntrack),
            _count(reading.conntrack_max),
            reading.conntrack_percent,
        ),
    ]
    cells = [(name, used, most, draw.percent(share)) for name, used, most, share in rows]
    tcp = (
        f"TCP sockets {_count(reading.tcp_sockets)}, {_count(reading.tcp_time_wait)} in TIME_WAIT"
        f"; sent again {draw.number(reading.tcp_retransmits_per_second)}/s"
        f" ({draw.number(reading.tcp_retransmit_percent)}%)"
        f"; listen queue drops {draw.number(reading.listen_drops_per_second)}/s"
    )
    rest = (
        f"OOM kills since boot {_count(reading.oom_kills)}"
        f"; major faults {draw.number(reading.major_faults_per_second)}/s"
    )
    titles = ("table", "in use", "most", "used")
    return [*heading("kernel"), *table(titles, cells, width), Content(tcp), Content(rest)]


def processes(reading: ResourcesReading, width: int, now: datetime) -> list[Content]:
    """Return the heaviest processes by CPU and by memory, beside each other where there is room."""
    known = reading.processes
    if known is None:
        return [*heading("processes"), Content.styled("not read yet", MUTED)]
    note = f"{known.count:,} in all, {_taken(known.taken_at, now)}"
    if known.is_cut:
        note += f", only {known.read_count:,} of them read"
    if known.only_own:
        note += ", those of other users are hidden"
    wide = width >= _SIDE_BY_SIDE
    room = (width - 4) // 2 if wide else width
    by_cpu, by_rss = (_process_table(title, heaviest, room) for title, heaviest in (
        ("by cpu", known.by_cpu), ("by memory", known.by_rss)
    ))  # fmt: skip
    if not wide:
        return [*heading("processes", note), *by_cpu, Content(""), *by_rss]
    pairs = zip_longest(by_cpu, by_rss, fillvalue=Content(""))
    beside = [left.truncate(room, pad=True) + Content("    ") + right for left, right in pairs]
    return [*heading("processes", note), *beside]


def process_tables(reading: ResourcesReading, width: int, rows: int) -> list[Content]:
    """Return the heaviest processes in at most so many lines: by CPU and, where it has room, by memory."""
    known = reading.processes
    if known is None or rows == 0:
        return []
    wide = width >= _PAIR_WIDTH
    room = (width - 2) // 2 if wide else width
    by_cpu, by_rss = (_process_names(title, heaviest[: rows - 1], room) for title, heaviest in (
        ("by cpu", known.by_cpu), ("by memory", known.by_rss)
    ))  # fmt: skip
    if not wide:
        return by_cpu
    pairs = zip_longest(by_cpu, by_rss, fillvalue=Content(""))
    return [left.truncate(room, pad=True) + Content("  ") + right for left, right in pairs]


def network_words(reading: ResourcesReading) -> Content:
    """Return the traffic of the whole host."""
    rx, tx = reading.network_rx_bytes_per_second, reading.network_tx_bytes_per_second
    return Content(f"↓ {_rate(rx)}  ↑ {_rate(tx)}")


def disk_words(reading: ResourcesReading) -> Content:
    """Return the throughput of all disks."""
    read, write = reading.disk_read_bytes_per_second, reading.disk_write_bytes_per_second
    return Content(f"r {_rate(read)}  w {_rate(write)}")


def _process_names(title: str, heaviest: Sequence[Process], width: int) -> list[Content]:
    rows = [
        (text(process.name), draw.percent(process.cpu_percent), draw.size(process.rss_bytes))
        for process in heaviest
    ]
    return table((title, "cpu", "memory"), rows, width)


def _process_table(title: str, heaviest: Sequence[Process], width: int) -> list[Content]:
    rows: Iterable[Sequence[Content | str]] = [
        (
            text(process.name),
            str(process.pid),
            text(process.state, MUTED),
            draw.percent(process.cpu_percent),
            draw.size(process.rss_bytes),
        )
        for process in heaviest
    ]
    return table((title, "pid", "state", "cpu", "memory"), rows, width)


def _nothing() -> Content:
    return Content.styled("none known", MUTED)


def _rate(value: float | None) -> str:
    return draw.UNKNOWN if value is None else f"{draw.size(value)}/s"


def _count(value: int | None) -> str:
    return draw.UNKNOWN if value is None else f"{value:,}"


def _taken(at: datetime | None, now: datetime) -> str:
    return "not read yet" if at is None else f"read {draw.ago(at, now)}"
