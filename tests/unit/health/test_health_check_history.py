"""The tries of checks over 15 minutes, whatever this console's clock does meanwhile."""

from __future__ import annotations

from datetime import timedelta

from opsconsole.panels.health.check_history import CheckHistory
from opsconsole.panels.health.reading import CheckResult
from tests.unit.health.health_samples import NOW


def tried(*minutes: float) -> tuple[int, int]:
    """Return tries and errors after a check failed at the first of these minutes, and was fine then."""
    history = CheckHistory()
    for index, minute in enumerate(minutes):
        result = CheckResult("home", "http://x/", "host", ok=index > 0)
        history.add([result], [], NOW + timedelta(minutes=minute))
    (status,) = history.statuses()
    return status.tries, status.errors


def test_a_try_counts_for_15_minutes() -> None:
    assert tried(0, 5, 14) == (3, 1)
    assert tried(0, 5, 16) == (2, 0)


def test_a_clock_of_ours_that_is_set_back_keeps_no_try_for_longer() -> None:
    assert tried(0, 5, -60, -55) == (4, 1)
    assert tried(0, 5, -60, -47) == (3, 0)
