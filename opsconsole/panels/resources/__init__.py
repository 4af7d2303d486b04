"""Resources: CPU, load, pressure, memory, file systems, disks, network, processes of a host."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from opsconsole.data.host import Host, Shell
from opsconsole.panels.panel import Cadence, Finding, Section, SectionOutput
from opsconsole.panels.resources.judge import judge
from opsconsole.panels.resources.limits import ResourceLimits, ResourceSettings
from opsconsole.panels.resources.probe import SECTIONS
from opsconsole.panels.resources.reader import SERIES, ResourcesReader


class ResourcesPanel:
    """The panel (see `panel.Panel`)."""

    name = "resources"
    title = "resources"
    order = 10
    sections: tuple[Section, ...] = SECTIONS
    limits_type: type[Any] = ResourceLimits
    settings_type: type[Any] = ResourceSettings
    observe_every_seconds = 0.0
    sparklines = SERIES

    def reader(self, host: Host) -> ResourcesReader:
        """Return a new reader for a host."""
        return ResourcesReader()

    def seed(self, reader: ResourcesReader, name: str, samples: Sequence[tuple[datetime, float]]) -> None:
        """Give a reader what the history remembers, so that trends need not wait."""
        reader.seed(name, samples)

    def judge(self, reading: Any, limits: Any) -> list[Finding]:
        """Return what the reading means under the limits."""
        return judge(reading, limits)

    async def observe(self, shell: Shell, host: Host, settings: Any) -> object | None:
        """Nothing is looked at from outside."""
        return None

    def local_sections(self, cadences: Collection[Cadence]) -> dict[str, SectionOutput]:
        """Return what psutil says of this machine."""
        from opsconsole.panels.resources import psutil_probe

        return psutil_probe.sections(cadences)

    def to_json(self, reading: Any) -> dict[str, Any]:
        """Return the reading as JSON values."""
        from opsconsole.panels.resources.document import to_json

        return to_json(reading)


PANEL = ResourcesPanel()
