"""What the history remembers goes into the sparklines as if the console had never been away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import isnan

from opsconsole.console.inventory import HostEntry
from opsconsole.console.readings import Brought, HostReadings
from opsconsole.console.state import HostState
from opsconsole.data.host import Host
from opsconsole.panels.panel import Cadence, SectionOutput
from opsconsole.panels.resources import PANEL

NOW = datetime(2026, 1, 2, tzinfo=UTC)
TICK = timedelta(seconds=2)


def recalled(past: dict[str, list[tuple[datetime, float]]]) -> HostReadings:
    state = HostState(HostEntry(Host(name="web1", address="web1")))
    readings = HostReadings(state, {"resources": PANEL}, tick_seconds=2.0, slow_seconds=30.0)
    readings.recall(past, NOW)
    return readings


def test_values_of_one_moment_are_one_tick_and_what_is_not_drawn_is_left() -> None:
    times = [NOW - TICK * ago for ago in (4, 3, 2, 1)]
    series = recalled(
        {
            "cpu_percent": list(zip(times, (1.0, 2.0, 3.0, 4.0), strict=True)),
            "load_1": list(zip(times[2:], (7.0, 8.0), strict=True)),
            "filesystem_used_bytes:/": [(times[0], 5e9)],
            "journal_errors": [(times[0] + TICK / 2, 3.0)],
        }
    ).state.series
    assert list(series["cpu_percent"]) == [2.0, 4.0]
    gap, load = series["load_1"]
    assert isnan(gap)
    assert load == 8.0
    assert not {"filesystem_used_bytes:/", "journal_errors"} & set(series)


def test_what_is_older_than_ten_minutes_is_not_drawn() -> None:
    series = recalled({"cpu_percent": [(NOW - timedelta(minutes=11), 9.0), (NOW - TICK, 1.0)]}).state.series
    assert list(series["cpu_percent"]) == [1.0]


def test_the_time_without_a_console_is_a_gap() -> None:
    readings = recalled({"cpu_percent": [(NOW - TICK * 10, 1.0)]})
    fast = SectionOutput(b"==> /proc/uptime <==\n5.0 1.0\n", 0, truncated=False)
    readings.apply(Brought({"resources": {"fast": fast}}, NOW, 0.1, Cadence.FAST))
    first, *gap = readings.state.series["cpu_percent"]
    assert first == 1.0
    assert len(gap) == 5  # 20 s, and now, when it is not known either
    assert all(map(isnan, gap))
