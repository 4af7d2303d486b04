"""Why panels of one host could not be read: what stands in a whole road, and what ails one panel alone."""

from __future__ import annotations

from collections.abc import Collection

from opsconsole.data.host import ShellError
from opsconsole.data.text import clean_line
from opsconsole.panels.panel import Cadence


def words_of(error: Exception) -> str:
    """Return why something could not be read, in a line for a person."""
    if isinstance(error, (ShellError, TimeoutError, OSError)):
        return clean_line(str(error)) or type(error).__name__
    return f"reading failed: {clean_line(repr(error))}"


class Troubles:
    """What is wrong now. A road's trouble is every panel's that is read by it, a panel's is its own.

    Attributes:
        panels: What ails a panel, by its name and the part of it that could not be read.
    """

    def __init__(self) -> None:
        self.roads: dict[Cadence, str] = {}
        self.panels: dict[tuple[str, str], str] = {}

    def of(self, panel: str, ways: Collection[Cadence]) -> str:
        """Return the problem of a panel that is read by these roads; empty when there is none."""
        for road in ways:
            if road in self.roads:
                return self.roads[road]
        return next((words for (name, _), words in self.panels.items() if name == panel), "")
