"""The Fleet's first line: is anything wrong, and what time is it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from textual.content import Content
from textual.widgets import Static

from opsconsole.console.tui.lines import badge, spread
from opsconsole.panels.panel import Level
from opsconsole.panels.view import LEVEL_STYLE

_WIDTH_WITH_NAME = 100


class FleetHeader(Static):
    """Counts by level with symbol, number and word; the UTC clock."""

    def show(self, counts: Mapping[Level, int], shown: int | None, marked: int, now: datetime) -> None:
        """Show the counts.

        Args:
            counts: Hosts of each level.
            shown: How many the filter leaves; None without a filter.
            marked: How many are marked.
            now: The time (UTC).
        """
        total = sum(counts.values())
        width = self.content_size.width
        parts: list[Content | str | tuple[str, str]] = []
        if width >= _WIDTH_WITH_NAME:
            parts += [("opsconsole", "$text-accent bold"), "   "]
        parts.append(f"{total:,} host" if total == 1 else f"{total:,} hosts")
        for level in sorted(Level, reverse=True):
            number = counts.get(level, 0)
            style = LEVEL_STYLE[level] if number else "$foreground-disabled"
            weight = " bold" if number and level >= Level.WARNING else ""
            parts += ["   " if level is Level.CRITICAL else "  "]
            parts.append((f"{level.symbol} {number:,} {level.word}", style + weight))
        if shown is not None:
            parts.append((f"   {shown:,} shown", "$foreground-muted"))
        if marked:
            parts.append((f"   ◆ {marked:,} marked", "$text-accent"))
        clock = Content.styled(f"UTC {now:%H:%M:%S}", "$foreground-muted")
        self.update(spread(Content.assemble(*parts), clock, width), layout=False)


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
