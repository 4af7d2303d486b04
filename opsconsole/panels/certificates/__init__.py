"""Certificates: those of certbot and the web servers, what is served, who renews, and what ends when."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from typing import TYPE_CHECKING, Any, Literal

from opsconsole.data.host import Host, Shell
from opsconsole.panels.certificates.limits import CertificatesLimits
from opsconsole.panels.certificates.probe import HOST
from opsconsole.panels.certificates.settings import OBSERVE_EVERY_SECONDS, CertificatesSettings
from opsconsole.panels.panel import Cadence, Finding, Reader, Section, SectionOutput

if TYPE_CHECKING:
    from opsconsole.panels.certificates.reading import CertificatesReading


class CertificatesPanel:
    """The certificates panel; see `panel.Panel`, `panel.Follower` and `panel.Heavy`."""

    name = "certificates"
    title = "certificates"
    order = 25
    sections = (Section("host", HOST, Cadence.RARE, wants_root=True),)
    limits_type: type[Any] = CertificatesLimits
    settings_type: type[Any] = CertificatesSettings
    observe_every_seconds = OBSERVE_EVERY_SECONDS
    is_heavy: Literal[True] = True

    def reader(self, host: Host) -> Reader:
        """Return a new reader."""
        from opsconsole.panels.certificates.reader import CertificatesReader

        return CertificatesReader()

    def judge(self, reading: CertificatesReading, limits: CertificatesLimits) -> list[Finding]:
        """Return what the reading means."""
        from opsconsole.panels.certificates.judge import judge

        return judge(reading, limits)

    async def observe(self, shell: Shell, host: Host, settings: CertificatesSettings) -> object | None:
        """Ask the endpoints of the configuration, and read the clock."""
        from opsconsole.panels.certificates.observe import observe

        return await observe(shell, host, settings)

    async def follow(
        self,
        shell: Shell,
        host: Host,
        settings: CertificatesSettings,
        reading: CertificatesReading,
        show: Callable[[object], Awaitable[CertificatesReading]],
        *,
        root: bool,
    ) -> None:
        """Read the files that the host named, and ask its web servers what they serve."""
        from opsconsole.panels.certificates.follow import follow

        await follow(shell, host, settings, reading, show, root=root)

    def local_sections(self, cadences: Collection[Cadence]) -> dict[str, SectionOutput]:
        """Return nothing: all of it is what the system's own tools say."""
        return {}

    def to_json(self, reading: CertificatesReading) -> dict[str, Any]:
        """Return the reading as JSON values."""
        from opsconsole.panels.certificates.document import document

        return document(reading)


PANEL = CertificatesPanel()
