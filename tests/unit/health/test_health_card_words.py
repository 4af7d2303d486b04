"""What the health card says in few words must not be read as something else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.content import Content

from opsconsole.panels.health import view_tables
from opsconsole.panels.health.reading import Clock, FailedUnit, Journal, Skew
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


@pytest.mark.parametrize(
    ("count", "last"), [(40, "  and 37 more"), (20, "  and 17 more"), (3, "  c2.service")]
)
def test_of_many_failed_units_all_are_counted(count: int, last: str) -> None:
    units = tuple(FailedUnit(f"c{number}.service") for number in range(min(count, 20)))
    reading = replace(read(), failed_units=units, failed_unit_count=count)
    lines = Content("\n").join(view_tables.topic_lines(Showing(reading, NOW), 3)).plain.splitlines()
    begin = next(at for at, line in enumerate(lines) if f"{count} failed" in line)
    below = [line for line in lines[begin + 1 :] if line.startswith(("  c", "  and"))]
    assert below[-1] == last
