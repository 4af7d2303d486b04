"""The Fleet's first line: is anything wrong, and what time is it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from textual.content import Content
from textual.widgets import Static

from opsconsole.console.tui.lines import badge, spread
from opsconsole.panels.panel import Level
from opsconsole.panels.view import LEVEL_STYLE

_WIDTH_WITH_NAME = 100
_Part = Content | str | tuple[str, str]


class FleetHeader(Static):
    """Counts by level with symbol, number and word; the UTC clock.

    Where not all of it has room, first the seconds go, then the words of levels that no host has, then all
    words of levels: no number is ever cut.
    """

    def show(self, counts: Mapping[Level, int], shown: int | None, marked: int, now: datetime) -> None:
        """Show the counts.

        Args:
            counts: Hosts of each level.
            shown: How many the filter leaves; None without a filter.
            marked: How many are marked.
            now: The time (UTC).
        """
        width = self.content_size.width
        total = sum(counts.values())
        head: list[_Part] = [("opsconsole", "$text-accent bold"), "   "] if width >= _WIDTH_WITH_NAME else []
        head.append(f"{total:,} host" if total == 1 else f"{total:,} hosts")
        tail: list[_Part] = []
        if shown is not None:
            tail.append((f"   {shown:,} shown", "$foreground-muted"))
        if marked:
            tail.append((f"   ◆ {marked:,} marked", "$text-accent"))
        present = [level for level in Level if counts.get(level, 0)]
        for clock, worded in (
            (f"UTC {now:%H:%M:%S}", list(Level)),
            (f"UTC {now:%H:%M}", list(Level)),
            (f"UTC {now:%H:%M}", present),
            (f"UTC {now:%H:%M}", []),
        ):
            left = Content.assemble(*head, *_levels(counts, worded), *tail)
            right = Content.styled(clock, "$foreground-muted")
            if left.cell_length + right.cell_length < width:
                break
        self.update(spread(left, right, width), layout=False)


def _levels(counts: Mapping[Level, int], worded: Collection[Level]) -> Iterator[_Part]:
    for level in sorted(Level, reverse=True):
        number = counts.get(level, 0)
        style = LEVEL_STYLE[level] if number else "$foreground-disabled"
        weight = " bold" if number and level >= Level.WARNING else ""
        yield "   " if level is Level.CRITICAL else "  "
        word = f" {level.word}" if level in worded else ""
        yield (f"{level.symbol} {number:,}{word}", style + weight)


class Badges(Static):
    """Whether production hosts are here, and what may not be changed."""

    def show(self, production: int, read_only: bool, read_only_hosts: int) -> None:
        """Show the badges.

        Args:
            production: How many production hosts there are.
            read_only: Whether nothing at all may be changed.
            read_only_hosts: How many hosts may not be changed.
        """
        parts: list[Content | str] = []
        if production:
            parts += [badge(f"PROD {production:,}"), "  "]
        if read_only or read_only_hosts:
            parts.append(badge("read-only" if read_only else f"read-only {read_only_hosts:,}"))
        else:
            parts.append(Content.styled("read-only off", "$foreground-muted"))
        self.update(Content.assemble(*parts))
