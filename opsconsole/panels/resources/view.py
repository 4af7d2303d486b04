"""How the resources of a host look: a card with the figures of the moment, and everything in full."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import MappingProxyType
from typing import ClassVar

from textual.content import Content

from opsconsole.panels import draw, view
from opsconsole.panels.panel import Cadence, Level
from opsconsole.panels.resources import view_tables as tables
from opsconsole.panels.resources.reading import FileSystem, ResourcesReading
from opsconsole.panels.view import LEVEL_STYLE, MUTED, Showing, figure, gauge, spark, text

_LABEL = 6
_LABEL_MORE = 24  # cells that stand beside a graph, apart from its label: `  61%    9.8G of 16.0G`
_MOST_ROOM = 150  # half of the points of ten minutes: a wider graph tells no more
_GRAPH_LEAST = 10
_GAUGE = 6  # the least that still tells a share; names of mounts take the rest
_FILE_SYSTEMS_ON_CARD = 3
_FILE_SYSTEMS_OLD = 60.0  # seconds: they are due every 30, and one turn that is late is as usual
_PROCESSES_LEAST = 4  # lines of a table of processes that is worth its title


class Card(view.Card):
    """CPU, memory, pressure, the fullest file systems, traffic.

    Where the screen has room: more file systems, graphs of the traffic, tables of the processes.
    """

    parts = MappingProxyType({Cadence.SLOW: "file systems"})

    def lines(self, showing: Showing, width: int) -> Iterator[Content]:
        """Return one line a resource, the busiest processes last."""
        reading: ResourcesReading = showing.reading
        graph = min(_MOST_ROOM, max(4, width - _LABEL - _LABEL_MORE))
        head = list(_head(reading, showing, graph))
        shown, graphs, processes = _shares(reading, self.room - len(head), graph)
        yield from head
        yield from _filesystems(reading, showing, graph, shown)
        if graphs:
            yield from _traffic_graphs(reading, showing, graph)
        else:
            yield Content.assemble(("net".ljust(_LABEL), MUTED), tables.network_words(reading))
            yield Content.assemble(("disks".ljust(_LABEL), MUTED), tables.disk_words(reading))
        known = reading.processes
        if known is not None and known.names_by_cpu:
            words = "  ".join(f"{name} {share:.0f}%" for name, share in known.names_by_cpu[:3])
            if known.is_cut:
                words = f"of {100 * known.read_count // known.count}% read: {words}"
            yield Content.assemble(("top".ljust(_LABEL), MUTED), text(words))
        yield from tables.process_tables(reading, width, processes)


def _shares(reading: ResourcesReading, room: int, graph: int) -> tuple[int, bool, int]:
    """Return how many file systems are shown, whether traffic has graphs, and lines for tables of processes.

    Args:
        reading: What is known.
        room: Lines beside those that are always there.
        graph: Cells of a graph.
    """
    count = len(reading.filesystems)
    least = min(count, _FILE_SYSTEMS_ON_CARD)
    spare = room - least - 3  # of net, disks and top a line each
    more = max(0, min(count - least, spare))
    spare -= more
    graphs = spare >= 2 and graph >= _GRAPH_LEAST
    spare -= 2 * graphs
    table = spare if spare >= _PROCESSES_LEAST else 0
    return least + more, graphs, table


def _head(reading: ResourcesReading, showing: Showing, room: int) -> Iterator[Content]:
    """Return CPU, memory, swap and pressure."""
    yield _label(
        "cpu",
        _share(reading.cpu_percent, showing.worst("cpu-busy", "cpu-steal")),
        Content.assemble(spark(showing.series.get("cpu_percent", ()), room), (f"  {_load(reading)}", MUTED)),
    )
    used = f"  {draw.size(reading.memory_used_bytes)} of {draw.size(reading.memory_total_bytes)}"
    yield _label(
        "mem",
        _share(reading.memory_used_percent, showing.worst("memory-used", "memory-pressure")),
        Content.assemble(spark(showing.series.get("memory_used_percent", ()), room), (used, MUTED)),
    )
    if reading.swap_total_bytes:
        share = _share(reading.swap_used_percent, showing.worst("swapping"))
        yield _label("swap", share, gauge(reading.swap_used_percent, room))
    yield Content.assemble(("psi".ljust(_LABEL), MUTED), tables.pressure_words(reading))


def _filesystems(reading: ResourcesReading, showing: Showing, room: int, count: int) -> Iterator[Content]:
    """Return the fullest file systems, and how old they are where that is not as usual."""
    fullest = reading.filesystems[:count]
    longest = max((text(one.mount).cell_length for one in fullest), default=0)
    spared = max(0, min(longest - (_LABEL - 1), room - _GAUGE))
    for filesystem in fullest:
        yield _filesystem_line(filesystem, showing, _LABEL - 1 + spared, room - spared)
    taken_at = reading.filesystems_taken_at
    if taken_at is not None and (age := (showing.now - taken_at).total_seconds()) > _FILE_SYSTEMS_OLD:
        yield Content.styled(f"{'':{_LABEL}}file systems read {draw.age(age)} ago", MUTED)
    if not reading.filesystems:
        yield _label("disk", _share(None), Content(""))


def _traffic_graphs(reading: ResourcesReading, showing: Showing, room: int) -> Iterator[Content]:
    """Return network and disk traffic, a line each way; each graph is as high as its own peak."""
    for label, name in (
        ("net ↓", "network_rx_bytes_per_second"),
        ("net ↑", "network_tx_bytes_per_second"),
        ("read", "disk_read_bytes_per_second"),
        ("write", "disk_write_bytes_per_second"),
    ):
        rate = draw.size(getattr(reading, name))
        points = spark(showing.series.get(name, ()), room - 1, high=None)
        yield _label(label, figure(f"{rate:>5} ", Level.OK), points)


class Detail(view.Detail):
    """All of it, with the last ten minutes and the last day."""

    history: ClassVar[tuple[str, ...]] = tables.TREND_NAMES

    def lines(self, showing: Showing, width: int) -> Iterable[Content]:
        """Return every section."""
        reading: ResourcesReading = showing.reading
        return [
            *tables.unread(reading),
            *tables.trends(showing, width),
            *tables.cpu(reading, width),
            *tables.pressure(reading, width),
            *tables.memory(reading, width),
            *tables.filesystems(reading, width, showing.now),
            *tables.disks(reading, width),
            *tables.interfaces(reading, width),
            *tables.kernel(reading, width),
            *tables.processes(reading, width, showing.now),
        ]


def _label(name: str, shown: Content, rest: Content) -> Content:
    return Content.assemble((name.ljust(_LABEL), MUTED), shown, " ", rest)


def _share(share: float | None, level: Level = Level.OK) -> Content:
    """Return a share, and beside it the sign of its level: colour is not for everybody."""
    sign = Content(" ") if level is Level.OK else Content.styled(level.symbol, LEVEL_STYLE[level])
    return figure(draw.percent(share), level, 4) + sign


def _load(reading: ResourcesReading) -> str:
    cores = draw.UNKNOWN if reading.core_count is None else str(reading.core_count)
    return f"load {draw.number(reading.load_1)} on {cores}"


def _filesystem_line(filesystem: FileSystem, showing: Showing, label: int, room: int) -> Content:
    level = showing.worst("disk-space", "disk-inodes", subject=filesystem.mount)
    mount = text(filesystem.mount, MUTED).truncate(label, ellipsis=True, pad=True)
    note = f"{draw.size(filesystem.available_bytes)} free"
    if filesystem.full_in_seconds is not None:
        note = f"full in {draw.duration(filesystem.full_in_seconds)}"
    return Content.assemble(
        mount,
        " ",
        _share(filesystem.used_percent, level),
        " ",
        gauge(filesystem.used_percent, room),
        ("  " + note, MUTED),
    )
