"""The hosts of one verb: connections that ask at the terminal, and the `Runs` that works on them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from opsconsole.console.cli.terminal_prompter import TerminalPrompter
from opsconsole.console.inventory import Inventory
from opsconsole.console.runs import Runs
from opsconsole.console.settings import Settings
from opsconsole.console.ssh.local import LocalShell
from opsconsole.console.ssh.sudo import SudoPasswords
from opsconsole.data.host import Shell

if TYPE_CHECKING:
    from opsconsole.console.ssh.connections import Connections


class Reach:
    """Connects to a host when it is first used, and stays connected: a run outlives a cut connection.

    Args:
        settings: The settings.
        inventory: The hosts.
    """

    def __init__(self, settings: Settings, inventory: Inventory) -> None:
        self._settings = settings
        self._inventory = inventory
        self._prompter = TerminalPrompter()
        self._passwords = SudoPasswords(self._prompter)
        self._local: dict[str, LocalShell] = {}
        self._connections: Connections | None = None

    async def connect(self, name: str) -> None:
        """Connect to a host, and again whenever the connection is lost.

        Raises:
            KeyError: There is no such host.
            NotConnectedError: It failed.
        """
        if not self._inventory.host(name).is_local:
            connections = self._remote()
            await connections.connect(name)
            connections.keep(name)

    def shell(self, name: str) -> Shell:
        """Return a host's shell.

        Raises:
            KeyError: There is no such host.
        """
        host = self._inventory.host(name)
        if not host.is_local:
            return self._remote().shell(name)
        if name not in self._local:
            self._local[name] = LocalShell(host, self._passwords)
        return self._local[name]

    async def close(self) -> None:
        """End every connection."""
        for shell in self._local.values():
            await shell.finish()
        if self._connections is not None:
            await self._connections.close()

    def _remote(self) -> Connections:
        if self._connections is None:
            from opsconsole.console.ssh.connections import Connections  # takes 0.2 s

            self._connections = Connections(
                self._inventory.reachable(),
                prompter=self._prompter,
                max_handshakes=self._settings.max_handshakes,
                keepalive_interval_seconds=self._settings.keepalive_interval_seconds,
                keepalive_count_max=self._settings.keepalive_count_max,
                passwords=self._passwords,
            )
        return self._connections


@asynccontextmanager
async def reaching(settings: Settings, inventory: Inventory) -> AsyncIterator[Runs]:
    """Yield the `Runs` of a verb; at the end it is closed, and so are the connections."""
    from opsconsole.console.cli.context import tell

    reach = Reach(settings, inventory)
    runs = Runs(settings, inventory.host, reach.shell, connect=reach.connect, notices=tell)
    try:
        yield runs
    finally:
        await runs.close()
        await reach.close()
