"""Logs: what fills the disks, logs that nothing rotates, logrotate's health, deleted-open files, errors."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from opsconsole.data.host import Host, Shell
from opsconsole.panels.logs.limits import LogsLimits, LogsSettings
from opsconsole.panels.logs.probe import HOST, WALK
from opsconsole.panels.panel import Cadence, Finding, Section, SectionOutput

if TYPE_CHECKING:
    from opsconsole.panels.logs.reader import LogsReader
    from opsconsole.panels.logs.reading import LogsReading


class LogsPanel:
    """The logs panel; see `panel.Panel`."""

    name = "logs"
    title = "logs"
    order = 30
    sections = (
        Section("host", HOST, Cadence.RARE, wants_root=True),
        Section("walk", WALK, Cadence.RARE, wants_root=True),
    )
    limits_type: type[Any] = LogsLimits
    settings_type: type[Any] = LogsSettings
    observe_every_seconds = 0.0

    def reader(self, host: Host) -> LogsReader:
        """Return a new reader."""
        from opsconsole.panels.logs.reader import LogsReader

        return LogsReader()

    def judge(self, reading: LogsReading, limits: LogsLimits) -> list[Finding]:
        """Return what the reading means."""
        from opsconsole.panels.logs.judge import judge

        return judge(reading, limits)

    async def observe(self, shell: Shell, host: Host, settings: LogsSettings) -> object | None:
        """Nothing is looked at from outside."""
        return None

    def local_sections(self, cadences: Collection[Cadence]) -> dict[str, SectionOutput]:
        """Return nothing: all of it is what the system's own tools say."""
        return {}

    def to_json(self, reading: LogsReading) -> dict[str, Any]:
        """Return the reading as JSON values."""
        from opsconsole.panels.logs.document import document

        return document(reading)


PANEL = LogsPanel()
