from __future__ import annotations

from datetime import UTC, datetime, timedelta

from opsconsole.panels.holds import Holds
from opsconsole.panels.panel import Finding, Level

START = datetime(2026, 1, 1, tzinfo=UTC)


def busy(level: Level = Level.WARNING, for_seconds: float = 900, subject: str = "cpu") -> Finding:
    return Finding(level, "cpu-busy", subject, f"{subject} busy", for_seconds=for_seconds)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def test_a_finding_counts_only_after_it_held() -> None:
    holds = Holds()
    assert holds.settle([busy()], at(0)) == []
    assert holds.settle([busy()], at(899)) == []
    (finding,) = holds.settle([busy()], at(900))
    assert finding.since == START


def test_a_break_starts_the_time_anew() -> None:
    holds = Holds()
    holds.settle([busy()], at(0))
    holds.settle([], at(500))
    assert holds.settle([busy()], at(900)) == []


def test_a_one_shot_check_takes_the_time_as_zero() -> None:
    assert Holds().settle([busy()], at(0), at_once=True)


def test_of_two_levels_of_one_rule_only_the_worst_that_held_is_told() -> None:
    holds = Holds()
    both = [busy(Level.WARNING, 600), busy(Level.CRITICAL, 0)]
    (finding,) = holds.settle(both, at(0))
    assert finding.level is Level.CRITICAL
    (finding,) = holds.settle([busy(Level.WARNING, 600), busy(Level.CRITICAL, 1000)], at(600))
    assert finding.level is Level.WARNING


def test_subjects_are_told_apart_and_the_worst_comes_first() -> None:
    found = Holds().settle([busy(for_seconds=0, subject="a"), busy(Level.CRITICAL, 0, "b")], at(0))
    assert [finding.subject for finding in found] == ["b", "a"]


def test_a_known_beginning_counts() -> None:
    finding = Finding(Level.WARNING, "r", "s", "t", since=at(-1000), for_seconds=900)
    assert Holds().settle([finding], at(0))
