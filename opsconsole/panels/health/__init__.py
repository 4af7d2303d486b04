"""Health: systemd, restarts, kills, journal errors, clock, pending reboot, mounts, HTTP and TCP checks."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from opsconsole.data.host import Host, Shell
from opsconsole.panels.health.limits import HealthLimits
from opsconsole.panels.health.scripts import CLOCK, PACKAGES, SERVICES, SYSTEM
from opsconsole.panels.health.settings import HealthSettings
from opsconsole.panels.panel import Cadence, Finding, Section, SectionOutput

if TYPE_CHECKING:
    from opsconsole.panels.health.reader import HealthReader
    from opsconsole.panels.health.reading import HealthReading


class HealthPanel:
    """The health panel; see `panel.Panel`."""

    name = "health"
    title = "health"
    order = 20
    sections = (
        Section("system", SYSTEM, Cadence.SLOW),
        Section("clock", CLOCK, Cadence.SLOW),
        Section("services", SERVICES, Cadence.SLOW, wants_root=True),
        Section("packages", PACKAGES, Cadence.ONCE, wants_root=True),
    )
    limits_type: type[Any] = HealthLimits
    settings_type: type[Any] = HealthSettings
    observe_every_seconds = 0.0

    def reader(self, host: Host) -> HealthReader:
        """Return a new reader."""
        from opsconsole.panels.health.reader import HealthReader

        return HealthReader()

    def judge(self, reading: HealthReading, limits: HealthLimits) -> list[Finding]:
        """Return what the reading means."""
        from opsconsole.panels.health.judge import judge

        return judge(reading, limits)

    async def observe(self, shell: Shell, host: Host, settings: HealthSettings) -> object | None:
        """Run the checks, and read the clock and the units that must run."""
        from opsconsole.panels.health.look import look

        return await look(shell, host, settings)

    def local_sections(self, cadences: Collection[Cadence]) -> dict[str, SectionOutput]:
        """Return nothing: health is what the system's own tools say."""
        return {}

    def to_json(self, reading: HealthReading) -> dict[str, Any]:
        """Return the reading as JSON values."""
        from opsconsole.panels.health.document import document

        return document(reading)


PANEL = HealthPanel()
