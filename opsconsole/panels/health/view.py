"""How the health of a host looks: a card with one line a question, and everything in full."""

from __future__ import annotations

from collections.abc import Iterable

from textual.content import Content

from opsconsole.panels import draw, view
from opsconsole.panels.health import view_tables as tables
from opsconsole.panels.health.reading import HealthReading
from opsconsole.panels.view import MUTED, Showing

_SAMPLES_ON_CARD = 3
_MOST_SAMPLES = 12


class Card(view.Card):
    """Units, errors, memory kills, clock, reboot, mounts, checks: each with its level."""

    def lines(self, showing: Showing, width: int) -> Iterable[Content]:
        """Return one line a question, with what is concerned below it.

        Where there is room: more of what is concerned, then checks, log lines and units in full.
        """
        reading: HealthReading = showing.reading
        up = Content.styled(f"  up {draw.duration(reading.uptime_seconds)}", MUTED)
        lines = [*tables.topic_lines(showing, _SAMPLES_ON_CARD), up]
        for samples in range(_SAMPLES_ON_CARD + 1, _MOST_SAMPLES + 1):
            more = [*tables.topic_lines(showing, samples), up]
            if len(more) > self.room:
                break
            is_all = len(more) == len(lines)  # at most a line that counted the others became the last name
            lines = more
            if is_all:
                break
        for section, least_width in (
            (tables.checks(reading, width, showing.now), 76),
            (tables.units(reading), 36),
            (tables.journal(reading, width), 60),
        ):
            # Narrower, names and lines of logs would be but their first letters.
            if width >= least_width and len(lines) + len(section) <= self.room:
                lines += section
        return lines


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
