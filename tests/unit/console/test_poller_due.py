"""When a host's next tick is due, in its own phase, also after a busy second; and what comes with it."""

from __future__ import annotations

import pytest

from opsconsole.console import sections
from opsconsole.console.inventory import HostEntry
from opsconsole.console.poller import Poller, next_due
from opsconsole.console.readings import HostReadings
from opsconsole.console.state import HostState
from opsconsole.data.host import Host
from opsconsole.panels.panel import Finding, Level

TICK = 2.0


def test_a_host_in_time_keeps_its_phase() -> None:
    assert next_due(100.25, 100.5, TICK) == 102.25


def test_a_host_late_by_less_than_a_tick_keeps_its_phase() -> None:
    assert next_due(100.25, 102.0, TICK) == 102.25


def test_hosts_late_together_do_not_stay_together() -> None:
    now = 110.0
    dues = sorted(next_due(100.0 + number / 1000, now, TICK) for number in range(1000))
    assert dues[0] >= now
    assert dues[-1] <= now + TICK
    # An even spread has 50 in each twentieth of a tick; a herd would have all in one.
    fullest = max(sum(1 for due in dues if 0 <= due - now - part / 10 < 0.1) for part in range(20))
    assert fullest < 150


def focus_ticks(tick_seconds: float, *, finding: bool = True) -> list[int]:
    """Return at which of the first ticks the costlier sections come along, while nobody looks."""
    loaded = sections.load_panels(["resources"])
    state = HostState(HostEntry(Host("a", "a")))
    periods = {"tick_seconds": tick_seconds, "slow_seconds": 30.0}
    one = Poller(
        None,  # type: ignore[arg-type]  # nothing is read
        HostReadings(state, loaded, **periods),
        loaded,
        on_change=lambda name: None,
        record=lambda *args: None,
        **periods,
    )
    if finding:
        state.panels["resources"].findings = [Finding(Level.WARNING, "cpu-busy", "CPU", "CPU 90 %")]
    return [count for count in range(1, 32) if "focus" in one._groups_due(count)]


@pytest.mark.parametrize(
    ("tick_seconds", "ticks"),
    [
        (2.0, [1, 16, 31]),
        (10.0, list(range(1, 32, 3))),
        (20.0, list(range(1, 32, 2))),  # 1.5 ticks count as two
        (30.0, list(range(1, 32))),
        (300.0, list(range(1, 32))),
    ],
)
def test_a_host_with_findings_tells_its_processes_every_30_seconds(
    tick_seconds: float, ticks: list[int]
) -> None:
    assert focus_ticks(tick_seconds) == ticks
    assert focus_ticks(tick_seconds, finding=False) == []
