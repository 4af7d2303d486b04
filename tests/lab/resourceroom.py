"""What the tests of the resources panel share: a lab host's panel, read tick by tick, and local processes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from opsconsole.console.sections import load_panels, sampler_groups
from opsconsole.console.ssh.sampler import Sampler
from opsconsole.data.host import Command, Shell
from opsconsole.panels.panel import Cadence, SectionOutput
from opsconsole.panels.resources import PANEL
from opsconsole.panels.resources.reading import ResourcesReading
from tests.lab.sshroom import room


class Host:
    """One lab host's panel: a sampler, a reader, and the readings so far."""

    def __init__(self, shell: Shell, sampler: Sampler) -> None:
        self.shell = shell
        self.reader = PANEL.reader(shell.host)
        self._sampler = sampler

    async def tick(self, *groups: str) -> ResourcesReading:
        flat = await self._sampler.tick(groups or ("fast",), 20)
        outputs = {key.removeprefix("resources."): SectionOutput(*one) for key, one in flat.items()}
        return self.reader.read(outputs, datetime.now(UTC))

    async def run(self, *cadences: Cadence) -> ResourcesReading:
        outputs = {}
        for section in PANEL.sections:
            if section.cadence in cadences:
                output = await self.shell.run(Command(("sh", "-c", section.script)))
                outputs[section.name] = SectionOutput(output.stdout, output.exit_status or 0)
        return self.reader.read(outputs, datetime.now(UTC))


@asynccontextmanager
async def opened(lab: Any, name: str) -> AsyncIterator[Host]:
    async with room([lab.host(name)]) as connections:
        await connections.connect(name)
        sampler = await connections.sampler(name, sampler_groups(load_panels(["resources"])))
        try:
            yield Host(connections.shell(name), sampler)
        finally:
            await sampler.close()


@asynccontextmanager
async def process(*argv: str, pipes: bool = False) -> AsyncIterator[asyncio.subprocess.Process]:
    """A local process, ended with its children at the end of the block. Silent unless it has pipes."""
    channel = asyncio.subprocess.PIPE if pipes else asyncio.subprocess.DEVNULL
    started = await asyncio.create_subprocess_exec(
        *argv, stdin=channel, stdout=channel, start_new_session=True
    )
    try:
        yield started
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(started.pid, signal.SIGKILL)
        await started.wait()
