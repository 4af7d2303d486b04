"""By which roads a panel gets its readings: the ticks of the sampler, slow commands, rare ones."""

from __future__ import annotations

from opsconsole.console.state import RARE_SECONDS
from opsconsole.panels.panel import Cadence, Panel


def roads(panel: Panel, tick_seconds: float, slow_seconds: float) -> dict[Cadence, float]:
    """Return how often, in seconds, a panel is due by each of its roads: FAST, SLOW, RARE.

    Its own, the quickest of its sections', comes first. Its looks from outside go along with what is slow:
    where they have a pace of their own they are due by that.

    Args:
        panel: The panel.
        tick_seconds: Period of the fast cadence.
        slow_seconds: Period of the slow cadence.
    """
    periods = {Cadence.FAST: tick_seconds, Cadence.SLOW: slow_seconds, Cadence.RARE: RARE_SECONDS}
    cadences = {section.cadence for section in panel.sections}
    found = {road: seconds for road, seconds in periods.items() if road in cadences}
    if panel.observe_every_seconds > 0 or not found:
        found.setdefault(Cadence.SLOW, max(slow_seconds, panel.observe_every_seconds))
    return found
