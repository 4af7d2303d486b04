"""What `HealthPanel.observe` saw from outside: checks, the clock, the units that must run."""

from __future__ import annotations

from dataclasses import dataclass

from opsconsole.panels.clock import Skew
from opsconsole.panels.health.reading import CheckResult, Problem, UnitState


@dataclass(frozen=True, slots=True)
class Observed:
    """One look from outside.

    Attributes:
        skew: The clock against the console's.
        http: One try of each HTTP check.
        tcp: One try of each TCP check.
        units: The configured units.
        problems: What could not be seen, and why.
    """

    skew: Skew | None = None
    http: tuple[CheckResult, ...] = ()
    tcp: tuple[CheckResult, ...] = ()
    units: tuple[UnitState, ...] = ()
    problems: tuple[Problem, ...] = ()
