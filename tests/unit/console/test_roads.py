"""By which roads each panel is read, and how often it is due."""

from __future__ import annotations

import pytest

from opsconsole.console.roads import roads
from opsconsole.console.state import RARE_SECONDS
from opsconsole.panels import load
from opsconsole.panels.panel import Cadence


@pytest.mark.parametrize(
    ("panel", "expected"),
    [
        ("resources", [(Cadence.FAST, 2.0), (Cadence.SLOW, 30.0)]),
        ("health", [(Cadence.SLOW, 30.0)]),
        ("logs", [(Cadence.RARE, RARE_SECONDS)]),
        ("certificates", [(Cadence.RARE, RARE_SECONDS), (Cadence.SLOW, 300.0)]),
    ],
)
def test_a_panels_own_road_comes_first(panel: str, expected: list[tuple[Cadence, float]]) -> None:
    assert list(roads(load(panel), 2.0, 30.0).items()) == expected


def test_looks_are_not_due_more_often_than_there_are_slow_readings() -> None:
    assert roads(load("certificates"), 2.0, 600.0)[Cadence.SLOW] == 600.0
