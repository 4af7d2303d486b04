"""What `open.sh` saw: which processes hold which files open, and what those processes are."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field

from opsconsole.data.text import clean_line
from opsconsole.recipes.log_rotation.records import fields, numbers, records
from opsconsole.recipes.recipe import PlanError

MOST_BYTES = 32 * 1024 * 1024
_UNIT = re.compile(r"([A-Za-z0-9@_.:\\-]+\.service)(?:/|$)")
_PID = re.compile(rb"/proc/(\d{1,10})/fd/\d+")
_DELETED = b" (deleted)"


@dataclass(frozen=True, slots=True)
class OpenFile:
    """One descriptor of a process.

    Attributes:
        pid: The process.
        device: st_dev.
        inode: st_ino.
        links: 0: it has no name any more.
        size_bytes: Its length.
        allocated_bytes: What it takes.
        writes: Whether it is open for writing; True when that cannot be told.
        path: As the kernel names it, without ` (deleted)`.
    """

    pid: int
    device: int
    inode: int
    links: int
    size_bytes: int
    allocated_bytes: int
    writes: bool
    path: bytes


@dataclass(frozen=True, slots=True)
class Process:
    """A process.

    Attributes:
        pid: Its id.
        parent: Id of its parent.
        start: When it began, in ticks since boot: with the id it is unique.
        program: Path of what it runs.
        command: Its short name, cleaned.
        unit: systemd's unit, or empty.
    """

    pid: int
    parent: int
    start: int
    program: bytes
    command: str = ""
    unit: str = ""

    @property
    def shown(self) -> str:
        """For a person."""
        return f"{self.command or '?'} ({self.pid}{', ' + self.unit if self.unit else ''})"


@dataclass(frozen=True, slots=True)
class Opened:
    """All that was seen.

    Attributes:
        files: Open regular files of the devices asked for.
        processes: Id -> process, parents included.
        complete: Whether that is all of them.
    """

    files: list[OpenFile] = field(default_factory=list)
    processes: dict[int, Process] = field(default_factory=dict)
    complete: bool = False

    def holders(self) -> dict[tuple[int, int], list[OpenFile]]:
        """Return (device, inode) -> who holds it."""
        found: dict[tuple[int, int], list[OpenFile]] = defaultdict(list)
        for one in self.files:
            found[one.device, one.inode].append(one)
        return found


def parse(raw: bytes) -> Opened:
    """Return what the script wrote.

    Raises:
        PlanError: It is not what the script writes.
    """
    held: dict[bytes, list[int]] = {}
    names: dict[bytes, tuple[bool, bytes]] = {}
    born: dict[int, tuple[int, int, bytes]] = {}
    commands: dict[int, str] = {}
    units: dict[int, str] = {}
    complete = False
    for word, rest in records(raw):
        if word == b"open":
            found, link = fields(rest, 5)
            held[link] = found
        elif word == b"link":
            permissions, link, name = _link(rest)
            if link in held:
                names[link] = permissions & 0o200 != 0, name
        elif word in (b"process", b"parent"):
            (pid, parent, start), program = fields(rest, 3)
            born[pid] = parent, start, program.removesuffix(_DELETED)
        elif word == b"command":
            (pid,), command = fields(rest, 1)
            commands[pid] = clean_line(command, 32)
        elif word == b"group":
            (pid,), line = fields(rest, 1)
            unit = _UNIT.findall(line.decode("ascii", "replace"))
            if unit:
                units[pid] = unit[-1]
        elif word == b"end":
            complete = True
    processes = {
        pid: Process(pid, parent, start, program, commands.get(pid, ""), units.get(pid, ""))
        for pid, (parent, start, program) in born.items()
    }
    files = [_file(link, found, *names.get(link, (True, b""))) for link, found in held.items()]
    return Opened(files, processes, complete)


def _link(rest: bytes) -> tuple[int, bytes, bytes]:
    parts = rest.split(b" ", 2)
    if len(parts) != 3:
        raise PlanError(f"the host's answer cannot be read: {rest[:100]!r}")
    return numbers(parts[0], 1, 8)[0], parts[1], parts[2]


def _file(link: bytes, found: list[int], writes: bool, name: bytes) -> OpenFile:
    device, inode, links, size, blocks = found
    pid = _PID.fullmatch(link)
    if pid is None:
        raise PlanError(f"the host's answer cannot be read: {link[:100]!r}")
    path = name.removesuffix(_DELETED) if links == 0 else name
    return OpenFile(int(pid[1]), device, inode, links, size, blocks * 512, writes, path)
