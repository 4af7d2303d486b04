"""The columns of the Fleet: their titles, widths, and what each draws of a row."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from rich.cells import cell_len

from opsconsole.console.tui.cells import fit
from opsconsole.console.tui.fleet_rows import Row
from opsconsole.panels import draw
from opsconsole.panels.panel import Level

Piece = tuple[str, str]
"""Text and the name of its style; the table knows the colours."""

_GUTTER = 4  # mark, level symbol, and a blank on each side of it
# The reason is what the Fleet is for: for all of it net, load, groups and certs go, for most of it the
# sparklines, and for the least of it the age.
_WHY_WISHED = 40
_WHY_FAIR = 32
_WHY_LEAST = 18
_UNREACHABLE = "unreachable: "
_SHARE = 4  # `100%`
_WITH_SPARKLINE = ("cpu", "mem", "disk")
_READ_ONLY = " ro"
_DROP_ORDER = ("net", "load", "groups", "certs")
_CERTS = 7  # a sign, and `-100d` or the title with its arrow
LEVEL_STYLES = {
    Level.OK: "ok",
    Level.UNKNOWN: "unknown",
    Level.WARNING: "warning",
    Level.CRITICAL: "critical",
}


class Place(NamedTuple):
    """A column at its place in a table of a certain width."""

    column: Column
    x: int
    width: int


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        name: Its name for sorting.
        title: Its title.
        key: The letter that sorts by it, with shift; it occurs in the title.
        right: Whether the title stands at the right, above numbers.
        pieces: Draws a row's cell: pieces that together are at most `width` cells.
    """

    name: str
    title: str
    key: str
    right: bool
    pieces: Callable[[Row, int, datetime], list[Piece]]


def _value(row: Row) -> str:
    return "stale" if row.stale else "text"


def _host(row: Row, width: int, _now: datetime) -> list[Piece]:
    return [(fit(row.shown_name, width), "strong" if row.level > Level.UNKNOWN else "text")]


def _env(row: Row, width: int, _now: datetime) -> list[Piece]:
    style = "production" if row.production else "muted"
    if not row.read_only:
        return [(fit(row.environment, width), style)]
    room = max(0, width - len(_READ_ONLY))
    word = row.environment if cell_len(row.environment) <= room else fit(row.environment, room)
    return [
        (word, style),
        (fit(_READ_ONLY if word else _READ_ONLY.strip(), width - cell_len(word)), "strong"),
    ]


def _share(percent: float | None, row: Row, points: Iterable[float], width: int) -> list[Piece]:
    figure = fit(draw.percent(percent), 4, right=True)
    line = "" if width < 6 else " " + draw.sparkline(list(points), width - 5)
    return [(figure, _value(row)), (line, "stale" if row.stale else "spark")]


def _cpu(row: Row, width: int, _now: datetime) -> list[Piece]:
    return _share(row.cpu_percent, row, row.cpu_points, width)


def _mem(row: Row, width: int, _now: datetime) -> list[Piece]:
    return _share(row.memory_percent, row, row.memory_points, width)


def _disk(row: Row, width: int, _now: datetime) -> list[Piece]:
    figure = fit(draw.percent(row.disk_percent), 4, right=True)
    style, bar = ("stale", "stale") if row.disk_stale else ("text", "spark")
    if width < 6 or row.disk_percent is None:
        return [(figure, style)]
    full, empty = draw.bar(row.disk_percent, width - 5)
    return [(figure + " ", style), (full, bar), (empty, "track")]


def _load(row: Row, width: int, _now: datetime) -> list[Piece]:
    return [(fit(draw.number(row.load), width, right=True), _value(row))]


def _net(row: Row, width: int, _now: datetime) -> list[Piece]:
    if row.receive_rate is None and row.send_rate is None:
        return [(fit(draw.UNKNOWN, width, right=True), _value(row))]
    both = f"{draw.size(row.receive_rate)}/{draw.size(row.send_rate)}"
    return [(fit(both, width, right=True), _value(row))]


def _groups(row: Row, width: int, _now: datetime) -> list[Piece]:
    return [(fit(row.groups, width), "muted")]


def _certs(row: Row, width: int, now: datetime) -> list[Piece]:
    """Draw what is left of the certificate that ends first; before it the sign of the worst finding."""
    ends = row.certificates
    text = fit(ends.words(now), width - 1, right=True)
    bad = ends.level > Level.OK
    if ends.stale or not bad:
        quiet = "stale" if ends.stale else "text" if ends.at is not None else "muted"
        return [(ends.level.symbol if bad else " ", quiet), (text, quiet)]
    level = LEVEL_STYLES[ends.level]
    return [(ends.level.symbol, level), (text, level if ends.level > Level.UNKNOWN else "text")]


def _age(row: Row, width: int, now: datetime) -> list[Piece]:
    style = "stale_age" if row.stale and row.taken_at is not None else "muted"
    return [(fit(draw.age(row.age_seconds(now)), width, right=True), style)]


def _why(row: Row, width: int, _now: datetime) -> list[Piece]:
    # The sign says already that the host cannot be read: where not all has room, why comes first.
    why = row.why if cell_len(row.why) <= width else row.why.removeprefix(_UNREACHABLE)
    return [(fit(why, width), LEVEL_STYLES[row.level])]


COLUMNS = (
    Column("host", "host", "h", False, _host),
    Column("env", "env", "e", False, _env),
    Column("cpu", "cpu", "c", False, _cpu),
    Column("mem", "mem", "m", False, _mem),
    Column("disk", "disk", "d", False, _disk),
    Column("load", "load", "l", True, _load),
    Column("net", "net ↓/↑", "n", True, _net),
    Column("groups", "groups", "r", False, _groups),
    Column("certs", "certs", "t", True, _certs),
    Column("age", "age", "a", True, _age),
    Column("why", "why", "w", False, _why),
)
SORT_KEYS = {**{column.key: column.name for column in COLUMNS}, "s": "level"}


@dataclass(frozen=True, slots=True)
class Extent:
    """The widest texts of the columns whose width follows from the inventory.

    Of all hosts, not of those shown: the columns must not move when a filter shows fewer.
    """

    name: int = 4
    environment: int = 0
    groups: int = 0
    read_only: bool = False


def extent(rows: Iterable[Row]) -> Extent:
    """Return the widest texts of these rows."""
    widest = Extent()
    for row in rows:
        widest = Extent(
            max(widest.name, cell_len(row.shown_name)),
            max(widest.environment, cell_len(row.environment)),
            max(widest.groups, cell_len(row.groups), 6 if row.groups else 0),
            widest.read_only or row.read_only,
        )
    return widest


def places(width: int, widest: Extent) -> list[Place]:
    """Return the columns that a table of that width shows, each at its place.

    Columns drop in the order net, load, groups, certs, then the sparklines, then age, until the reason has
    room; all that is left over is the reason's. Narrow terminals have no sparklines: four cells of one tell
    nothing.
    """
    spark = 0 if width < 100 else 6 if width < 140 else 9 if width < 180 else 14 if width < 240 else 20
    share = _SHARE + 1 + spark if spark else _SHARE
    gap = 1 if width < 100 else 2
    environment = min(max(3, widest.environment), 4 if width < 100 else 10)
    widths = {
        "host": min(widest.name, 14 if width < 100 else 24 if width < 160 else 40),
        "env": environment + len(_READ_ONLY) * widest.read_only,
        "cpu": share,
        "mem": share,
        "disk": share,
        "load": 6,
        "net": 11,
        "groups": min(widest.groups, 12 if width < 160 else 24),
        "certs": _CERTS,
        "age": 5,
        "why": 0,
    }
    if widest.groups == 0:
        del widths["groups"]
    if widest.environment == 0 and not widest.read_only:
        del widths["env"]

    def room() -> int:
        return width - _GUTTER - sum(widths.values()) - gap * (len(widths) - 1)

    for name in _DROP_ORDER:
        if room() >= _WHY_WISHED:
            break
        widths.pop(name, None)
    if room() < _WHY_FAIR:
        widths.update(dict.fromkeys(_WITH_SPARKLINE, _SHARE))
    if room() < _WHY_LEAST:
        del widths["age"]
    widths["why"] = max(1, room())
    found: list[Place] = []
    x = _GUTTER
    for column in COLUMNS:
        if column.name in widths:
            found.append(Place(column, x, widths[column.name]))
            x += widths[column.name] + gap
    return found
