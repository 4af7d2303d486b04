"""How the certificates of a host look: a card with what ends first, and everything in full."""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType

from textual.content import Content

from opsconsole.panels import view
from opsconsole.panels.certificates import view_card
from opsconsole.panels.certificates import view_tables as tables
from opsconsole.panels.panel import Cadence
from opsconsole.panels.view import Showing


class Card(view.Card):
    """What ends first, how many there are, whether what is served is what is on disk, who renews."""

    parts = MappingProxyType({Cadence.SLOW: "endpoints"})

    def lines(self, showing: Showing, width: int) -> Iterable[Content]:
        """Return the lines."""
        return view_card.card(showing, width)


class Detail(view.Detail):
    """All of it."""

    def lines(self, showing: Showing, width: int) -> Iterable[Content]:
        """Return every section."""
        return [
            *tables.overview(showing, width),
            *tables.endpoints(showing, width),
            *tables.renewers(showing),
            *tables.other_files(showing),
            *tables.in_full(showing),
            *tables.notes(showing),
        ]
