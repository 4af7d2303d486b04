"""The shell of a lab host, over a connection of its own, as the panels read it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from opsconsole.console.ssh.connections import Connections
from opsconsole.console.ssh.prompts import NoPrompter
from opsconsole.data.host import Shell
from tests.lab.conftest import Lab


@asynccontextmanager
async def connected(lab: Lab, name: str, **changes: Any) -> AsyncIterator[Shell]:
    """Yield the shell of a host; `changes` are to how it is configured."""
    hosts = {**lab.hosts, name: replace(lab.hosts[name], **changes)}
    connections = Connections(hosts, prompter=NoPrompter())
    try:
        await connections.connect(name)
        yield connections.shell(name)
    finally:
        await connections.close()
