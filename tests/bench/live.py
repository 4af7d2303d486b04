"""A thousand hosts live: what a sample costs the client, its memory, and how soon a key is on the screen."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench import keys
from tests.bench.farm import MOST_HOSTS, Farm, farm
from tests.bench.live_watch import Client, Watched, watched
from tests.bench.measure import BenchError, module
from tests.bench.table import Aim, Column, Row, Table, ratio
from tests.bench.terminal import Terminal

HOSTS = int(os.environ.get("OPSCONSOLE_BENCH_HOSTS", MOST_HOSTS))
TICK_SECONDS = 2.0
SLOW_SECONDS = 30.0  # the product's default

# A slow reading costs the hosts' side some 50 ms: for 1,000 hosts every 30 s more than a small machine has.
# So the console is watched with slow readings further apart. What one costs the client is measured with few
# hosts that are read as often, all in all, as a thousand are, and what is missing is reckoned in.
SLOW_SECONDS_ON_SCREEN = 300.0
SLOW_HOSTS = 200
SLOW_SECONDS_OF_FEW = SLOW_SECONDS * SLOW_HOSTS / MOST_HOSTS

# Hosts of one cell see each other's processes, three of each: about as many as a real host has.
CELLS = max(1, HOSTS // 100)

BARE, TICKS = "a tick: bare asyncssh stream", "a tick: read, judged, remembered"
SLOW, BOTH = "a slow reading", "a tick with its share of a slow reading"

MEMORY = (Column("resident", "resident MiB", 0), Column("filled", "sparklines full MiB", 0))
COLUMNS = (
    Column("micros", "client CPU µs", 0),
    Column("bare", "× bare"),
    Column("rate", "per s", 0),
    Column("share", "% of those due", 0),
    Column("core", "% of a core", 1),
    Column("machine", "cores busy in all"),
    *MEMORY,
)
SCREEN_COLUMNS = (
    Column("rate", "samples/s", 0),
    Column("share", "% of those due", 0),
    Column("core", "% of a core", 1),
    Column("reckoned", "reckoned %", 1),
    Column("machine", "cores busy in all"),
    *MEMORY,
    *keys.COLUMNS,
)


def tables() -> Iterator[Table]:
    """Measure clients without a screen, then the console on a terminal."""
    with farm(cells=CELLS, meek=True) as one:
        table, slow_seconds = readings(one)
        yield table
        yield on_screen(one, slow_seconds)


def readings(one: Farm) -> tuple[Table, float | None]:
    """Measure what readings cost the client; return also the CPU seconds of a slow one."""
    table = Table("live", f"{HOSTS} hosts live, a sample of each every {TICK_SECONDS:g} s", COLUMNS)
    few = min(SLOW_HOSTS, HOSTS)
    bare = _try(table, BARE, lambda: watched(one, HOSTS, "live_bare"))
    ticks = _try(table, TICKS, lambda: watched(one, HOSTS, "live_client", "ticks", "30", fill=True))
    slow = _try(table, SLOW, lambda: watched(one, few, "live_client", "slow", f"{SLOW_SECONDS_OF_FEW:g}"))
    base = bare.micros(bare.ticks) if bare else None
    tick = ticks.micros(ticks.ticks) if ticks else None
    one_slow = slow.micros(slow.slow) if slow else None
    due = HOSTS / TICK_SECONDS
    if bare:
        table.rows.append(Row(BARE, {**bare.figures(bare.ticks, due), "bare": 1.0}))
    if ticks:
        table.rows.append(Row(TICKS, {**ticks.figures(ticks.ticks, due), "bare": ratio(tick, base)}))
    if slow:
        table.rows.append(Row(SLOW, slow.figures(slow.slow, few / SLOW_SECONDS_OF_FEW), f"{few} hosts"))
    if tick and one_slow:
        both = tick + one_slow * TICK_SECONDS / SLOW_SECONDS
        table.rows.append(Row(BOTH, {"micros": both, "bare": ratio(both, base)}, f"every {SLOW_SECONDS:g} s"))
    table.aims = [
        Aim("CPU of a tick against the bare stream's", ratio(tick, base), 2.0, "×"),
        Aim("resident memory, sparklines full", ticks.filled_mib if ticks else None, 150, "MiB"),
    ]
    table.notes = [
        f"{os.cpu_count()} cores shared with sshd and {HOSTS} remote shells, which take what it leaves",
        f"a host sees {'the processes of its cell of 100' if one.apart else 'the processes of all hosts'}",
        "both carry the fast section each time and the medium one each fifth time",
        "the history's file is there before, as from a console's second start on",
    ]
    if any(one and one.ticks < 0.95 * due * one.seconds for one in (bare, ticks)):
        table.notes.append("this machine cannot hold all ticks: the hosts' side would need more cores")
    return table, one_slow / 1e6 if one_slow else None


def on_screen(one: Farm, slow_seconds: float | None) -> Table:
    """Measure the console on a real terminal: at rest, then with keys."""
    table = Table("live-screen", f"The Fleet screen on {HOSTS} hosts, terminal of 200×60", SCREEN_COLUMNS)
    path = Path(one.folder) / "screen.json"
    arguments = (str(one.file), str(HOSTS), str(path), "screen", f"{SLOW_SECONDS_ON_SCREEN}")
    terminal = Terminal(module("live_client", *arguments), env={"HOME": one.folder})
    try:
        with terminal:
            client = Client(path, terminal.pid, wait=terminal.pump, ended=lambda: terminal.ended)
            client.settle()
            rest = client.watch()
            typed = keys.type_keys(terminal)
            filled = client.fill()
        latency = keys.latencies(terminal.chunks, typed)
    except BenchError as error:
        table.rows.append(Row("opsconsole", {}, f"failed: {error} {terminal.text()[-200:]}"))
        table.aims = _screen_aims(None, None, None)
        return table
    figures = {**rest.figures(rest.ticks, HOSTS / TICK_SECONDS), "filled": filled, **latency}
    figures["reckoned"] = _reckoned(rest, slow_seconds)
    table.rows.append(Row("opsconsole", figures))
    table.aims = _screen_aims(latency["p99"], figures["reckoned"], filled)
    table.notes = [
        f"{latency['count']:.0f} keys, from typing to the bytes on the terminal that show the cursor's move",
        f"at rest, with slow readings every {SLOW_SECONDS_ON_SCREEN:g} s: more needs more cores",
        f"reckoned: what all ticks due, and slow readings every {SLOW_SECONDS:g} s, would take",
    ]
    return table


def _reckoned(rest: Watched, slow_seconds: float | None) -> float | None:
    """Return the load with every tick and slow reading that is due, in per cent of a core.

    Ticks that did not come are taken at the price of all that the console did for those that came.
    """
    if slow_seconds is None or not rest.ticks:
        return None
    ticks_cpu = rest.cpu_seconds - rest.slow * slow_seconds
    missing = max(1.0, HOSTS / TICK_SECONDS * rest.seconds / rest.ticks)
    return 100 * (ticks_cpu * missing / rest.seconds + HOSTS / SLOW_SECONDS * slow_seconds)


def _screen_aims(p99: float | None, core: float | None, memory: float | None) -> list[Aim]:
    return [
        Aim("key to paint, P99", p99, 50, "ms"),
        Aim("load of one core at rest", core, 50, "%"),
        Aim("resident memory, sparklines full", memory, 150, "MiB"),
    ]


def _try(table: Table, name: str, measure: Callable[[], Watched]) -> Watched | None:
    try:
        return measure()
    except BenchError as error:
        table.rows.append(Row(name, {}, f"failed: {error}"))
        return None
