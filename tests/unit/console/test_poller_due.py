"""When a host's next tick is due: in its own phase, also after a busy second made many late together."""

from __future__ import annotations

from opsconsole.console.poller import next_due

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
