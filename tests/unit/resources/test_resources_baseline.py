"""A host's own usual network rate: learnt in ten minutes, not moved by a burst, in time by a change."""

from __future__ import annotations

import pytest

from opsconsole.panels.resources.baseline import Baseline


def fed(*phases: tuple[float, float]) -> Baseline:
    baseline = Baseline()
    for value, seconds in phases:
        for _ in range(int(seconds / 2)):
            baseline.add(value, 2.0)
    return baseline


def test_it_is_not_told_before_ten_minutes() -> None:
    assert fed((1e6, 590)).usual is None
    assert fed((1e6, 602)).usual == pytest.approx(1e6)


def test_a_burst_does_not_become_the_usual() -> None:
    after = fed((1e6, 1800), (10e6, 120))
    assert after.recent is not None
    assert after.usual is not None
    assert after.recent > 5e6
    assert after.usual < 1.5e6


def test_a_change_that_lasts_is_seen_for_longer_than_its_limit_asks_and_then_becomes_usual() -> None:
    soon, late = fed((1e6, 3600), (3e6, 600)), fed((1e6, 3600), (3e6, 4 * 3600))
    for baseline, seen in ((soon, True), (late, False)):
        assert baseline.recent is not None
        assert baseline.usual is not None
        assert (abs(baseline.recent - baseline.usual) > baseline.usual / 2) is seen


def test_unknown_values_and_gaps_are_passed_over() -> None:
    baseline = fed((1e6, 1200))
    baseline.add(None, 2.0)
    baseline.add(5e6, 0.0)
    baseline.add(2e6, 86_400.0)
    assert baseline.usual is not None
    assert baseline.usual < 1.1e6
