"""How the logs of a host look: a card with one line a question, and everything in full."""

from __future__ import annotations

from collections.abc import Iterable

from textual.content import Content

from opsconsole.panels import view
from opsconsole.panels.logs import view_tables as tables
from opsconsole.panels.logs.reading import LogsReading
from opsconsole.panels.view import Showing

_NAMES_ON_CARD = 2


class Card(view.Card):
    """What fills the disk, logrotate, logs without a rule, deleted files, containers, errors, journal."""

    def lines(self, showing: Showing, width: int) -> Iterable[Content]:
        """Return one line a question, with what is concerned below it."""
        return tables.topic_lines(showing, _NAMES_ON_CARD)


class Detail(view.Detail):
    """All of it."""

    def lines(self, showing: Showing, width: int) -> Iterable[Content]:
        """Return every section."""
        reading: LogsReading = showing.reading
        return [
            *tables.topic_lines(showing),
            *tables.unread(reading),
            *tables.rotation(reading, showing.now),
            *tables.uncovered(reading, width, showing.now),
            *tables.deleted(reading, width),
            *tables.containers(reading, width),
            *tables.disks(showing, width),
            *tables.errors(reading, width),
            *tables.notes(reading),
        ]
