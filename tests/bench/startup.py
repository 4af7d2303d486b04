"""Start: first paint with live data against an empty Textual app, and `--version` against bare Python."""

from __future__ import annotations

import re
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench.installed import installed
from tests.bench.measure import BenchError, middle, run
from tests.bench.screen import Screen
from tests.bench.table import Aim, Column, Row, Table, ratio
from tests.bench.terminal import COLUMNS, LINES, Terminal

PAINTS = 9
STARTS = 25
LONGEST_SECONDS = 15.0

# This machine's row with at least one figure in per cent: something was read, judged and painted.
LIVE_ROW = re.compile(r"\blocalhost\b.*?\d\s?%")
OURS, EMPTY = "opsconsole, localhost live", "empty Textual app"
VERSION, BARE = "opsconsole --version", "python -c pass"


def tables() -> Iterator[Table]:
    """Measure the first paint, then the start of the command line."""
    with installed() as folder:
        yield first_paint(folder)
        yield version(folder)


def first_paint(folder: Path) -> Table:
    """Measure from the start of the process to the first frame, in a real terminal."""
    table = Table(
        "startup-paint", "First paint on a terminal of 200×60", (_median(), _worst(), _base("an empty app"))
    )
    python = str(folder / "python")
    empty = [python, str(Path(__file__).with_name("startup_empty.py"))]
    ours = [python, str(folder / "opsconsole")]
    taken: dict[str, list[float]] = defaultdict(list)
    failed: dict[str, str] = {}
    for _ in range(PAINTS):
        for name, argv, shows in ((EMPTY, empty, _painted), (OURS, ours, _live)):
            try:
                taken[name].append(_paint(argv, shows))
            except BenchError as error:
                failed[name] = f"failed: {error}"
    base = middle(taken[EMPTY])
    for name in (EMPTY, OURS):
        table.rows.append(_row(name, taken[name], base, failed.get(name, "")))
    table.aims = [Aim("live localhost against an empty app", ratio(middle(taken[OURS]), base), 2.0, "×")]
    table.notes = [
        f"median of {PAINTS} interleaved starts; painted: localhost's row shows a figure in per cent",
        "no configuration; the console is installed, not editable",
    ]
    return table


def version(folder: Path) -> Table:
    """Measure the shortest answer of the command line."""
    table = Table("startup-version", "Start of the command line", (_median(), _worst(), _base("bare Python")))
    commands = {
        BARE: [str(folder / "python"), "-c", "pass"],
        VERSION: [str(folder / "opsconsole"), "--version"],
    }
    taken: dict[str, list[float]] = defaultdict(list)
    for _ in range(STARTS):
        for name, argv in commands.items():
            taken[name].append(run(argv).seconds)
    base = middle(taken[BARE])
    for name in commands:
        table.rows.append(_row(name, taken[name], base))
    table.aims = [Aim("--version against bare Python", ratio(middle(taken[VERSION]), base), 3.0, "×")]
    table.notes = [f"median of {STARTS} interleaved starts"]
    return table


def _paint(argv: list[str], shows: Callable[[str], object]) -> float:
    """Return the seconds until a line of the screen shows it."""
    with tempfile.TemporaryDirectory(prefix="opsconsole-bench-") as home:
        clean = {"HOME": home, **{f"XDG_{name}_HOME": "" for name in ("CONFIG", "DATA", "STATE", "CACHE")}}
        with Terminal(argv, env=clean) as terminal:
            screen = Screen(COLUMNS, LINES)
            read = 0

            def seen() -> bool:
                nonlocal read
                for _, data in terminal.chunks[read:]:
                    screen.feed(data)
                read = len(terminal.chunks)
                return any(shows(line) for line in screen.lines())

            if not terminal.pump(LONGEST_SECONDS, seen):
                said = terminal.text()[-160:]
                raise BenchError(f"not painted within {LONGEST_SECONDS:g} s; on the screen: {said}")
            return terminal.chunks[-1][0] - terminal.began


def _painted(line: str) -> bool:
    return "painted" in line


def _live(line: str) -> bool:
    return LIVE_ROW.search(line) is not None


def _row(name: str, seconds: list[float], base: float | None, note: str = "") -> Row:
    figure = middle(seconds)
    worst = max(seconds, default=None)
    return Row(
        name,
        {"median": figure and figure * 1000, "worst": worst and worst * 1000, "ratio": ratio(figure, base)},
        note,
    )


def _median() -> Column:
    return Column("median", "median ms", 1)


def _worst() -> Column:
    return Column("worst", "worst ms", 1)


def _base(what: str) -> Column:
    return Column("ratio", f"× {what}")
