"""What the health card says in few words must not be read as something else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.content import Content

from opsconsole.panels.health import view_tables
from opsconsole.panels.health.reading import Clock, Journal, Skew
from opsconsole.panels.health.view_topics import clock_words
from opsconsole.panels.view import Showing
from tests.unit.health.health_samples import NOW, read


def test_a_skew_alone_says_that_it_is_of_the_clock() -> None:
    reading = replace(read(), clock=None, skew=Skew(-0.31, 0.52, NOW))
    assert clock_words(reading) == "clock -0.31 s ± 0.52 to here"
    both = replace(reading, clock=Clock("chrony", True))
    assert clock_words(both).count("clock") == 1


@pytest.mark.parametrize(("count", "sign"), [(20, "  20 errors"), (0, "✓ 0 errors")])
def test_errors_below_their_limit_get_no_tick(count: int, sign: str) -> None:
    reading = replace(read(), journal=Journal((), count))
    lines = Content("\n").join(view_tables.topic_lines(Showing(reading, NOW))).plain.splitlines()
    assert next(line for line in lines if "errors in 15 min" in line).startswith(sign)
