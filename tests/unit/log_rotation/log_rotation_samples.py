"""Captured outputs of lab hosts, hosts made up from them, and plans for those."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from opsconsole.data import host as contract
from opsconsole.recipes import parameters
from opsconsole.recipes.log_rotation import RECIPE, options, sheet
from opsconsole.recipes.log_rotation.choose import choose
from opsconsole.recipes.log_rotation.facts import Host
from opsconsole.recipes.log_rotation.files import File
from opsconsole.recipes.log_rotation.host_tools import LiveLog
from opsconsole.recipes.log_rotation.look import FileSystem, Look
from opsconsole.recipes.log_rotation.opened import Opened, OpenFile, Process
from opsconsole.recipes.log_rotation.options import Options
from opsconsole.recipes.recipe import Plan, Step

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


WEB1 = contract.Host("web1", "192.0.2.1")
NGINX = "/etc/logrotate.d/nginx"
RULE = b"""/var/log/nginx/*.log {
  daily
  rotate 3
  compress
  delaycompress
  create
  postrotate
    reload
  endscript
}
"""
CONFIG = {"/etc/logrotate.conf": b"weekly\ninclude /etc/logrotate.d\n", NGINX: RULE}


def planned(seen: Host, rotation: Any = (), content: str = "", **texts: str) -> Plan:
    """Return the plan for a host, with the logs that are rotated now and the content of a drop-in."""
    options = wanted(**texts)
    chosen = choose(seen.look, seen.opened, options)
    sheet_ = sheet.make(seen, options, chosen, drop_in=content, rotated=rotation, ratio=0.2)
    return RECIPE.plan(WEB1, values(**texts), sheet_)


def step_names(plan: Plan) -> list[str]:
    """Return the names of a plan's steps, in order."""
    return [step.name for step in plan.steps]


def named(plan: Plan, name: str) -> Step:
    """Return the step of that name."""
    return next(step for step in plan.steps if step.name == name)


def live(path: str, **changes: Any) -> LiveLog:
    """Return a live log of a mebibyte."""
    fields = {
        "parent_mode": 0o755,
        "parent_gid": 0,
        "parent_user": "root",
        "parent_group": "root",
        "free_bytes": 10**9,
    }
    return LiveLog(old(path, days=0), **(fields | changes))


def writing(one: LiveLog, unit: str = "nginx.service", program: bytes = b"/usr/sbin/nginx") -> Opened:
    """Return that a service has a log open for writing."""
    file = OpenFile(70, *one.file.identity, 1, 1, 1, writes=True, path=one.file.path)
    return Opened([file], {70: Process(70, 1, 5, program, "nginx", unit)}, complete=True)


class AnsweringShell:
    """A host that answers every script with what was captured from one."""

    def __init__(self, answers: dict[str, bytes]) -> None:
        self.host = contract.Host("web1", "192.0.2.1")
        self._answers = answers
        self.commands: list[Any] = []

    async def run(self, command: Any) -> Any:
        self.commands.append(command)
        name = command.argv[3].removeprefix("log-rotation-")
        return contract.Output(0, self._answers.get(name, b""), b"", 0.01)
