"""How the health of a host looks: a card with one line a question, and everything in full."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from textual.content import Content

from opsconsole.panels import draw, view
from opsconsole.panels.health import view_tables as tables
from opsconsole.panels.health.reading import HealthReading
from opsconsole.panels.view import MUTED, Showing

_SAMPLES_ON_CARD = 3


class Card(view.Card):
    """Units, errors, memory kills, clock, reboot, mounts, checks: each with its level."""

    def lines(self, showing: Showing, width: int) -> Iterator[Content]:
        """Return one line a question, with what is concerned below it."""
        reading: HealthReading = showing.reading
        yield from tables.topic_lines(showing, _SAMPLES_ON_CARD)
        yield Content.styled(f"  up {draw.duration(reading.uptime_seconds)}", MUTED)


class Detail(view.Detail):
    """All of it."""

    def lines(self, showing: Showing, width: int) -> Iterable[Content]:
        """Return every section."""
        reading: HealthReading = showing.reading
        return [
            *tables.problems(reading),
            *tables.system(reading),
            *tables.topic_lines(showing),
            *tables.ages(reading, showing.now),
            *tables.units(reading),
            *tables.restarts(reading, width),
            *tables.journal(reading, width),
            *tables.memory_kills(reading),
            *tables.clock(reading),
            *tables.mounts(reading, width),
            *tables.checks(reading, width, showing.now),
        ]
