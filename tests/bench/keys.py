"""From a key to the screen: types into the console's terminal, and finds in its output when it showed."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tests.bench.measure import BenchError
from tests.bench.screen import Screen
from tests.bench.table import Column
from tests.bench.terminal import COLUMNS as WIDTH
from tests.bench.terminal import LINES, Terminal

RUNS = 20  # down, up, down …
STEPS = 20  # keys a run: fewer than the table has lines, so that it need not scroll
BETWEEN_SECONDS = (0.08, 0.2)  # a person's pace, by chance: keys meet every phase of the console's own ticks
BEFORE_SECONDS = 1.0
LONGEST_SECONDS = 2.0
TABLE = range(4, LINES - 1)  # the lines below the header and above the keys

COLUMNS = (
    Column("p50", "key P50 ms", 1),
    Column("p99", "key P99 ms", 1),
    Column("worst", "key worst ms", 1),
)

Moves = Sequence[tuple[float, int]]


@dataclass(frozen=True)
class Run:
    """Keys in one direction: down is +1, up is -1."""

    step: int
    typed_at: tuple[float, ...]


def type_keys(terminal: Terminal) -> list[Run]:
    """Move the cursor down and up again, many times, in a table sorted by name: else rows move as well.

    Sorting leaves the cursor on its host, which may now be the last line shown, where keys scroll the table:
    so it is taken to the first line.
    """
    terminal.press(b"H")
    terminal.pump(BEFORE_SECONDS)
    terminal.press(b"g")
    dice = random.Random(1)
    runs: list[Run] = []
    for number in range(RUNS):
        terminal.pump(BEFORE_SECONDS)
        step, key = (1, b"j") if number % 2 == 0 else (-1, b"k")
        typed_at = []
        for _ in range(STEPS):
            typed_at.append(terminal.press(key))
            terminal.pump(dice.uniform(*BETWEEN_SECONDS))
        runs.append(Run(step, tuple(typed_at)))
    terminal.pump(LONGEST_SECONDS)
    return runs


def latencies(chunks: Sequence[tuple[float, bytes]], runs: Sequence[Run]) -> dict[str, float]:
    """Return how many milliseconds the keys took to show, as `p50`, `p99`, `worst` and `count`.

    Raises:
        BenchError: Keys did not show at all.
    """
    moves = cursor_moves(chunks)
    taken = sorted(one for run in runs for one in _shown_after(run, moves))
    typed = sum(len(run.typed_at) for run in runs)
    if len(taken) < 0.99 * typed:
        raise BenchError(f"{typed - len(taken)} of {typed} keys never moved the cursor on the screen")
    return {
        "p50": 1000 * taken[len(taken) // 2],
        "p99": 1000 * taken[int(len(taken) * 0.99)],
        "worst": 1000 * taken[-1],
        "count": len(taken),
    }


def _shown_after(run: Run, moves: Moves) -> list[float]:
    """Return how long each key of a run took until the cursor stood one line further.

    A frame that shows two keys at once is the answer to both.
    """
    taken: list[float] = []
    shown_at, line = 0.0, 0
    for typed in run.typed_at:
        at = bisect_left(moves, (typed, -1))
        if shown_at <= typed:  # nothing is outstanding: the cursor stands where it was last seen
            line = moves[at - 1][1] if at else TABLE.start
        answers = ((moment, now) for moment, now in moves[at:] if moment >= shown_at)
        shown_at, _ = next(((one, now) for one, now in answers if (now - line) * run.step > 0), (0.0, 0))
        if shown_at and shown_at - typed < LONGEST_SECONDS:
            taken.append(shown_at - typed)
        line += run.step
    return taken


def cursor_moves(chunks: Sequence[tuple[float, bytes]]) -> list[tuple[float, int]]:
    """Return (moment, line) of each time the highlighted line became another."""
    screen = Screen(WIDTH, LINES)
    moves: list[tuple[float, int]] = []
    line = -1
    for moment, data in chunks:
        screen.feed(data)
        now = highlighted(screen)
        if now >= 0 and now != line:
            moves.append((moment, now))
            line = now
    return moves


def highlighted(screen: Screen) -> int:
    """Return the table's one line with a background of its own, or -1 when there is not exactly one."""
    grounds = {y: screen.ground(WIDTH // 2, y) for y in TABLE}
    usual = Counter(grounds.values()).most_common(1)[0][0]
    odd = [y for y, ground in grounds.items() if ground != usual]
    return odd[0] if len(odd) == 1 else -1
