"""Captured outputs of lab hosts, and hosts made up from them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from opsconsole.recipes import parameters
from opsconsole.recipes.log_rotation import RECIPE, facts, options
from opsconsole.recipes.log_rotation.facts import Host
from opsconsole.recipes.log_rotation.files import File
from opsconsole.recipes.log_rotation.look import FileSystem, Look
from opsconsole.recipes.log_rotation.opened import Opened
from opsconsole.recipes.log_rotation.options import Options

CAPTURED = Path(__file__).parent / "captured"
HOSTS = ("web1", "busy1", "trixie1", "nosystemd1")
DAY = 86400
NOW = 1_795_674_466
MIB = 1024 * 1024


def captured(host: str, what: str) -> bytes:
    """Return what a host wrote."""
    return (CAPTURED / f"{host}.{what}").read_bytes()


def values(**texts: str) -> dict[str, Any]:
    """Return the recipe's values for texts as typed."""
    return parameters.read_all(RECIPE.parameters, texts)


def wanted(**texts: str) -> Options:
    """Return the options for texts as typed."""
    return options.read(values(**texts))


_inodes = iter(range(1000, 10_000_000))


def old(path: str | bytes, days: float = 60, size: int = MIB, **changes: Any) -> File:
    """Return a rotated log that was changed so many days ago."""
    name = path.encode() if isinstance(path, str) else path
    one = File(name, 51, next(_inodes), size, int(NOW - days * DAY), 0o100640, 1, -(-size // 4096) * 4096)
    return replace(one, **changes)


def disk(device: int = 51, *, free: int = 500 * MIB, total: int = 1000 * MIB, **changes: Any) -> FileSystem:
    """Return a file system."""
    return replace(FileSystem(device, b"/var/log", b"/var", total, free, free, 10000, 9000), **changes)


def host(*files: File, disks: tuple[FileSystem, ...] = (), opened: Opened | None = None, **more: Any) -> Host:
    """Return a host with these files."""
    systems = {one.device: one for one in disks or (disk(),)}
    return Host(Look(NOW, systems, list(files), [], True), opened or Opened(complete=True), **more)


class AnsweringShell:
    """A host that answers every script with what was captured from one."""

    def __init__(self, answers: dict[str, bytes]) -> None:
        from opsconsole.data import host as contract

        self.host = contract.Host("web1", "192.0.2.1")
        self._output = contract.Output
        self._answers = answers
        self.commands: list[Any] = []

    async def run(self, command: Any) -> Any:
        self.commands.append(command)
        name = command.argv[3].removeprefix("log-rotation-")
        return self._output(0, self._answers.get(name, b""), b"", 0.01)


__all__ = ["AnsweringShell", "captured", "disk", "facts", "host", "old", "values", "wanted"]
