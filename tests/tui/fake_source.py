"""A service for tests: hosts with made-up figures, no connections."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fake_runs import FakeRuns

from opsconsole.console.changes import ChangeBoard, Changes
from opsconsole.console.inventory import HostEntry
from opsconsole.console.ssh.prompts import NoPrompter, Prompter
from opsconsole.console.ssh.status import ConnectionState, ConnectionStatus
from opsconsole.console.state import HostState, PanelState
from opsconsole.data.host import Host
from opsconsole.panels.panel import Finding, Level
from opsconsole.panels.resources.reading import FileSystem, ResourcesReading


@dataclass(slots=True)
class FakeSettings:
    theme: str = "opsconsole-dark"
    read_only: bool = False
    ledger_path: Path | None = None


@dataclass(slots=True)
class FakeInventory:
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)


class FakeSource:
    def __init__(self, states: Iterable[HostState], **settings: Any) -> None:
        self.hosts: dict[str, HostState] = {state.host.name: state for state in states}
        self.settings = FakeSettings(**settings)
        self.inventory = FakeInventory()
        self.notices: deque[str] = deque(maxlen=100)
        self.prompter: Prompter = NoPrompter()
        self.board = ChangeBoard()
        self.runs = FakeRuns()
        self.asked: list[tuple[str, Any]] = []
        self.started = False
        self.past_values: dict[str, list[tuple[datetime, float]]] = {}
        self.shell_of: Callable[[str], Any] | None = None

    def wanted(self) -> list[tuple[str, Any]]:
        """Return what a person asked for: all but which host is looked at."""
        return [each for each in self.asked if each[0] != "focus"]

    async def start(self) -> None:
        self.started = True

    async def stop(self) -> None:
        self.started = False

    def subscribe(self) -> Changes:
        return self.board.subscribe()

    def focus(self, host: str | None) -> None:
        self.asked.append(("focus", host))

    def read_now(self, host: str | None = None) -> None:
        self.asked.append(("read_now", host))

    def retry(self, host: str) -> None:
        self.asked.append(("retry", host))

    def shell(self, host: str) -> Any:
        self.asked.append(("shell", host))
        if self.shell_of is None:
            raise RuntimeError("SSH is still being loaded")
        return self.shell_of(host)

    async def accept_host_key(self, offer: Any) -> None:
        self.asked.append(("accept", offer))

    def session_argv(self, host: str) -> list[str]:
        return ["ssh", "--", host]

    async def past(self, host: str, name: str, since: datetime) -> list[tuple[datetime, float]]:
        self.asked.append(("past", (host, name)))
        return self.past_values.get(name, [])


def figures(cpu: float = 12.0, memory: float = 61.0, disk: float = 50.0) -> ResourcesReading:
    now = datetime.now(UTC)
    total = 16 * 2**30
    return ResourcesReading(
        taken_at=now,
        cpu_percent=cpu,
        core_count=8,
        load_1=cpu / 25,
        memory_total_bytes=total,
        memory_used_bytes=int(total * memory / 100),
        memory_used_percent=memory,
        network_rx_bytes_per_second=1.2e6,
        network_tx_bytes_per_second=3e5,
        filesystems=(filesystem("/var", disk), filesystem("/", disk / 2)),
        filesystems_taken_at=now,
    )


def filesystem(mount: str, used_percent: float, **more: Any) -> FileSystem:
    size = 100 * 2**30
    known: dict[str, Any] = {
        "mount": mount,
        "device": "/dev/vda1",
        "type": "ext4",
        "size_bytes": size,
        "used_bytes": int(size * used_percent / 100),
        "available_bytes": int(size * (1 - used_percent / 100)),
        "used_percent": used_percent,
        "inodes": 1000,
        "inodes_used_percent": 12.0,
        "read_only": False,
        "grows_bytes_per_hour": None,
        "full_in_seconds": None,
        "taken_at": datetime.now(UTC),
    }
    return FileSystem(**(known | more))


def host_state(
    name: str,
    level: Level = Level.OK,
    *,
    summary: str = "CPU 88 % for 16 min (php-fpm)",
    age_seconds: float = 1.0,
    reading: Any = None,
    points: Sequence[float] = (10, 20, 35, 30, 60, 80, 55, 20),
    **host: Any,
) -> HostState:
    now = datetime.now(UTC)
    state = HostState(HostEntry(Host(name=name, address=host.pop("address", name), **host)))
    state.status = ConnectionStatus(ConnectionState.UP)
    findings = [] if level is Level.OK else [Finding(level, "cpu", name, summary, "proc, 14:05:11")]
    state.panels["resources"] = PanelState(
        2.0,
        reading=reading if reading is not None else figures(),
        findings=findings,
        taken_at=now - timedelta(seconds=age_seconds),
    )
    for point in points:
        state.sparklines.add([("cpu_percent", point), ("memory_used_percent", 50 + point / 4)])
    return state


def down(name: str, state: ConnectionState, reason: str = "", **more: Any) -> HostState:
    known = HostState(HostEntry(Host(name=name, address=name)))
    known.status = ConnectionStatus(state, reason, **more)
    return known
