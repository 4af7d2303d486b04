"""What answers ticks on a host: its sampler, or on a machine without /proc the panels' own libraries."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from opsconsole.console.sections import sampler_groups
from opsconsole.console.ssh.sampler import Sampler
from opsconsole.data.host import Host, Shell
from opsconsole.panels.panel import Cadence, Panel, SectionOutput

PROC = Path("/proc/stat")


class Ticker(Protocol):
    """Answers ticks."""

    async def tick(
        self, groups: Sequence[str], deadline_seconds: float
    ) -> Mapping[str, tuple[bytes, int, bool]]:
        """Return the outputs of the groups' sections by `panel.section`."""
        ...

    async def close(self) -> None:
        """Answer no more."""
        ...


class LibraryTicker:
    """Answers for this machine with what the panels' libraries say (psutil on macOS)."""

    def __init__(self, loaded: Mapping[str, Panel]) -> None:
        self._panels = loaded

    async def tick(self, groups: Sequence[str], deadline_seconds: float) -> dict[str, SectionOutput]:
        """Return the sections that a library can fill."""
        async with asyncio.timeout(deadline_seconds):
            return await library_sections(self._panels, [Cadence(group) for group in groups])

    async def close(self) -> None:
        """Nothing is open."""


def needs_library(host: Host) -> bool:
    """Return whether this is the local machine and has no /proc."""
    return host.is_local and not PROC.exists()


async def library_sections(
    loaded: Mapping[str, Panel], cadences: Collection[Cadence]
) -> dict[str, SectionOutput]:
    """Return by `panel.section` what the panels' libraries say of this machine; they may block a little."""
    found: dict[str, SectionOutput] = {}
    for name, panel in loaded.items():
        local = await asyncio.to_thread(panel.local_sections, cadences)
        found.update({f"{name}.{section}": output for section, output in local.items()})
    return found


async def open_ticker(shell: Shell, loaded: Mapping[str, Panel]) -> Ticker:
    """Return what answers ticks on the host.

    Raises:
        ShellError: It could not be started.
    """
    if needs_library(shell.host):
        return LibraryTicker(loaded)
    return await Sampler.start(shell, sampler_groups(loaded))
