"""What the screens need of the service, so that a test can feed them a thousand hosts of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from opsconsole.console.ssh.prompts import Prompter
from opsconsole.console.ssh.status import HostKeyOffer
from opsconsole.console.state import HostState
from opsconsole.console.tui.source_runs import RunsLike
from opsconsole.data.host import Shell


class Changes(Protocol):
    """The names of the hosts that changed, gathered until somebody takes them."""

    def take(self) -> set[str]:
        """Return the names that changed since the last call."""
        ...

    async def wait(self) -> None:
        """Wait until there is something to take."""
        ...

    def close(self) -> None:
        """Gather no more."""
        ...


class SettingsLike(Protocol):
    """The settings that a screen reads."""

    @property
    def theme(self) -> str:
        """Name of the theme to begin with."""
        ...

    @property
    def read_only(self) -> bool:
        """Whether no host may be changed."""
        ...

    @property
    def ledger_path(self) -> Path | None:
        """The ledger's file; None: there is none, and so nothing can be changed."""
        ...


class InventoryLike(Protocol):
    """The inventory as the screens see it."""

    @property
    def groups(self) -> Mapping[str, Sequence[str]]:
        """Group name -> host names."""
        ...


class Source(Protocol):
    """The service as the screens see it: states to read, and a few things to ask for."""

    prompter: Prompter
    """Who answers the questions of the SSH room; the app puts its dialogues here before `start`."""

    @property
    def hosts(self) -> Mapping[str, HostState]:
        """Host name -> state, in the order of the inventory."""
        ...

    @property
    def settings(self) -> SettingsLike:
        """The settings."""
        ...

    @property
    def inventory(self) -> InventoryLike:
        """The inventory."""
        ...

    @property
    def runs(self) -> RunsLike:
        """What plans and applies recipes; it lives as long as the console."""
        ...

    @property
    def notices(self) -> deque[str]:
        """What the console itself must say, newest last."""
        ...

    async def start(self) -> None:
        """Begin to read the hosts; returns at once."""
        ...

    async def stop(self) -> None:
        """End all connections."""
        ...

    def subscribe(self) -> Changes:
        """Return a new gatherer of changes."""
        ...

    def focus(self, host: str | None) -> None:
        """Read this host's details on each tick; None: nobody is looked at."""
        ...

    def read_now(self, host: str | None = None) -> None:
        """Read a host, or all, at once."""
        ...

    def retry(self, host: str) -> None:
        """Try to connect now."""
        ...

    def shell(self, host: str) -> Shell:
        """Return the shell of a host."""
        ...

    async def accept_host_key(self, offer: HostKeyOffer) -> None:
        """Trust this key from now on."""
        ...

    def session_argv(self, host: str) -> list[str]:
        """Return the argv of an interactive session."""
        ...

    async def past(self, host: str, name: str, since: datetime) -> list[tuple[datetime, float]]:
        """Return remembered values of a series, oldest first."""
        ...
