"""The one object that lives as long as the console: connections, polling, readings. Screens come and go."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Coroutine, Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from opsconsole.console import sections
from opsconsole.console.changes import ChangeBoard, Changes
from opsconsole.console.inventory import Inventory
from opsconsole.console.poller import Poller
from opsconsole.console.readings import HostReadings
from opsconsole.console.session import session_argv
from opsconsole.console.settings import Settings
from opsconsole.console.ssh.local import LocalShell
from opsconsole.console.ssh.prompts import NoPrompter, Prompter
from opsconsole.console.ssh.status import ConnectionState, ConnectionStatus, HostKeyOffer
from opsconsole.console.ssh.sudo import SudoPasswords
from opsconsole.console.state import HostState
from opsconsole.data.history import History
from opsconsole.data.host import LOCALHOST, Shell
from opsconsole.data.paths import is_absent

if TYPE_CHECKING:
    from opsconsole.console.runs import Runs
    from opsconsole.console.ssh.connections import Connections

log = logging.getLogger(__name__)

NOTICES_KEPT = 100
RECALLED = timedelta(hours=1)
FIRST_PAINT_SECONDS = 0.2  # what can wait leaves the processor to the first paint for so long


class Service:
    """Holds every host's connection and state, and keeps both fresh.

    Nothing here waits for a host on behalf of a screen: screens read `hosts` and listen to `subscribe`.

    Args:
        settings: The settings.
        inventory: The hosts.
        prompter: Who answers questions about keys, passwords and host keys.
        history: Where readings are remembered; None opens the file that the settings name, if any.

    Attributes:
        hosts: Every host's state by name, in the inventory's order.
        notices: What the console itself must say, newest last.
    """

    def __init__(
        self,
        settings: Settings,
        inventory: Inventory,
        *,
        prompter: Prompter | None = None,
        history: History | None = None,
    ) -> None:
        self.settings = settings
        self.inventory = inventory
        self.prompter: Prompter = prompter or NoPrompter()
        self.history = history
        self.notices: deque[str] = deque([*settings.warnings, *inventory.warnings], maxlen=NOTICES_KEPT)
        self.hosts: dict[str, HostState] = {
            name: HostState(entry) for name, entry in inventory.entries.items()
        }
        self._panels = sections.load_panels()
        self._readings: dict[str, HostReadings] = {}
        self._board = ChangeBoard()
        self._connections: Connections | None = None
        self._pollers: dict[str, Poller] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._background: set[asyncio.Task[None]] = set()
        self._local_shells: dict[str, LocalShell] = {}
        self._passwords: SudoPasswords | None = None
        self._focused: str | None = None
        self._recalled: set[str] = set()
        self._anything_past = True

    @cached_property
    def runs(self) -> Runs:
        """What plans and applies recipes; loaded when it is first wanted."""
        from opsconsole.console.runs import Runs

        return Runs(
            self.settings,
            lambda name: self.hosts[name].host,
            self.shell,
            notices=self.notices.append,
        )

    async def start(self) -> None:
        """Begin to connect and poll; returns at once. This machine comes first: it needs no SSH."""
        self._passwords = SudoPasswords(self.prompter)
        if self.history is None and self.settings.history_path is not None:
            self._anything_past = not is_absent(self.settings.history_path)
            self.history = History.open(
                self.settings.history_path, self.notices.append, open_after_seconds=FIRST_PAINT_SECONDS
            )
        for name, state in self.hosts.items():
            self._readings[name] = HostReadings(
                state,
                self._panels,
                tick_seconds=self.settings.interval_seconds,
                slow_seconds=self.settings.slow_interval_seconds,
            )
        if LOCALHOST in self.hosts:
            self._local_shells[LOCALHOST] = LocalShell(self.hosts[LOCALHOST].host, self._passwords)
            self._on_status(LOCALHOST, ConnectionStatus(ConnectionState.UP))
        if any(not state.host.is_local for state in self.hosts.values()):
            self._spawn(self._connect_all())

    async def _connect_all(self) -> None:
        """Load SSH, which takes 0.2 s, after the first paint and in a thread; then start every connection."""
        await asyncio.sleep(FIRST_PAINT_SECONDS)
        module = await asyncio.to_thread(_connections_module)
        self._connections = module.Connections(
            self.inventory.reachable(),
            prompter=self.prompter,
            max_handshakes=self.settings.max_handshakes,
            keepalive_interval_seconds=self.settings.keepalive_interval_seconds,
            keepalive_count_max=self.settings.keepalive_count_max,
            on_status=self._on_status,
            passwords=self._passwords,
        )
        for name, state in self.hosts.items():
            if not state.host.is_local:
                self._connections.keep(name)

    async def stop(self) -> None:
        """End every task and connection, and write what is not written yet."""
        if "runs" in self.__dict__:
            await self.runs.close()
        tasks = [*self._background, *self._tasks.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for shell in self._local_shells.values():
            await shell.finish()
        if self._connections is not None:
            await self._connections.close()
        if self.history is not None:
            await asyncio.to_thread(self.history.close)

    def save(self) -> None:
        """Write what is not written yet, from any thread: the last thing before a sudden end."""
        if self.history is not None:
            self.history.close()

    def subscribe(self) -> Changes:
        """Return a listener for the names of hosts that change."""
        return self._board.subscribe()

    def focus(self, host: str | None) -> None:
        """Read the costlier sections of this host at every tick, and no longer those of another."""
        self._focused = host
        for name, poller in self._pollers.items():
            poller.focused = name == host
        if host in self._pollers:
            self._pollers[host].read_now(looked_at=True)

    def read_now(self, host: str | None = None) -> None:
        """Read this host, or all, now; try to connect to it at once if it is down."""
        for name in [host] if host is not None else list(self.hosts):
            if name in self._pollers:
                self._pollers[name].read_now()
            else:
                self.retry(name)

    def retry(self, host: str) -> None:
        """Try to connect now, also after a failure that waits for a person."""
        if self._connections is not None and not self.hosts[host].host.is_local:
            self._connections.retry(host)

    async def accept_host_key(self, offer: HostKeyOffer) -> None:
        """Trust this key: write it to known_hosts and connect to all hosts that wait for it.

        Raises:
            OSError: The known_hosts file cannot be written.
        """
        if self._connections is not None:
            await self._connections.accept(offer)

    def shell(self, host: str) -> Shell:
        """Return the host's shell; while it is not connected, its methods raise `NotConnectedError`.

        Raises:
            KeyError: There is no such host.
            RuntimeError: SSH is not loaded yet; the host's state says `not connected`.
        """
        if host in self._local_shells:
            return self._local_shells[host]
        if self._connections is None:
            raise RuntimeError("SSH is still being loaded")
        return self._connections.shell(host)

    def session_argv(self, host: str) -> list[str]:
        """Return the argv of an interactive session on the host."""
        return session_argv(self.hosts[host].host, self.inventory)

    async def past(self, host: str, name: str, since: datetime) -> list[tuple[datetime, float]]:
        """Return a value's history, oldest first; empty where nothing is remembered."""
        return [] if self.history is None else await self.history.series(host, name, since)

    def _on_status(self, name: str, status: ConnectionStatus) -> None:
        """Keep a host's status; poll while it is up."""
        state = self.hosts.get(name)
        if state is None:  # a jump host that is not in the inventory
            return
        state.status = status
        up = status.state is ConnectionState.UP
        if up and name not in self._tasks:
            self._tasks[name] = asyncio.create_task(self._poll(name), name=f"poll {name}")
        elif not up and name in self._tasks:
            self._tasks.pop(name).cancel()
            self._pollers.pop(name, None)
        self._board.changed(name)

    async def _recall(self, readings: HostReadings) -> None:
        """Take a host's last hour from the history; once, since from then on the state itself knows."""
        name = readings.state.host.name
        if self.history is None or not self._anything_past or name in self._recalled:
            return
        self._recalled.add(name)
        now = datetime.now(UTC)
        readings.recall(await self.history.recall(name, now - RECALLED), now)

    async def _poll(self, name: str) -> None:
        readings = self._readings[name]
        await self._recall(readings)
        poller = Poller(
            self.shell(name),
            readings,
            self._panels,
            tick_seconds=self.settings.interval_seconds,
            slow_seconds=self.settings.slow_interval_seconds,
            on_change=self._board.changed,
            record=self._record,
        )
        poller.focused = name == self._focused
        self._pollers[name] = poller
        await poller.run()

    def _record(self, host: str, taken_at: datetime, values: Mapping[str, float]) -> None:
        if self.history is not None:
            self.history.record(host, taken_at, values)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)


def _connections_module() -> Any:
    from opsconsole.console.ssh import connections

    return connections
