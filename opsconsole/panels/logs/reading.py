"""What the logs panel knows of a host. None in a field: not known; `notes` and `unread` say why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Kind = Literal["directory", "file", "link", "other"]
JOURNAL = "journal"
ERRORS = "errors by unit"
"""What notes are about that say why a question does not arise on a host."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something that is not known, and why: because it does not apply here, or could not be read."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A directory with all below it on its file system, or a file; sizes are what it takes on the disk."""

    path: str
    kind: Kind
    size_bytes: int


@dataclass(frozen=True, slots=True)
class DiskUse:
    """What fills one file system.

    Attributes:
        mount: Its mount point.
        used_bytes: As df says.
        available_bytes: As df says.
        used_percent: As df says.
        file_count: Inodes in use; None where the file system does not count them.
        walk: `whole`; `partial`: ended early or not all was readable; `none`: not walked.
        why: Why it is not whole.
        directories: Largest first; one that only leads to another of them is left out.
        files: Largest first.
    """

    mount: str
    used_bytes: int | None
    available_bytes: int | None
    used_percent: float | None
    file_count: int | None
    walk: Literal["whole", "partial", "none"]
    why: str = ""
    directories: tuple[Entry, ...] = ()
    files: tuple[Entry, ...] = ()

    @property
    def size_bytes(self) -> int | None:
        """Used and available together."""
        if self.used_bytes is None or self.available_bytes is None:
            return None
        return self.used_bytes + self.available_bytes


@dataclass(frozen=True, slots=True)
class UncoveredLog:
    """A log that no logrotate rule means.

    Attributes:
        path: Its path.
        size_bytes: What it takes on the disk, with its rotated ones.
        rotated: How many rotated ones it has: then its own program, or another tool, rotates it.
        modified_at: When it was last written (UTC).
        mount: The file system that it is on; empty while that is not known.
        share_percent: Its share of that file system's size.
    """

    path: str
    size_bytes: int
    rotated: int
    modified_at: datetime | None
    mount: str = ""
    share_percent: float | None = None


@dataclass(frozen=True, slots=True)
class RotationProblem:
    """Something wrong with logrotate's configuration.

    Attributes:
        file: Path of the configuration file; empty when logrotate named none.
        line: Line number from 1, or None.
        message: What is wrong.
        effect: What logrotate does about it; empty when not known.
        rotates: Whether its logs are rotated all the same: then it is told, and no finding.
    """

    file: str
    line: int | None
    message: str
    effect: str = ""
    rotates: bool = False

    @property
    def place(self) -> str:
        """`file:line`."""
        return self.file if self.line is None else f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Rotation:
    """logrotate on this host.

    Attributes:
        version: Such as `3.21.0`; empty when it is not installed.
        file_count: Configuration files read.
        rule_count: Rules in them.
        problems: In the order of the files.
        proved_by: `logrotate -d` or `our own reading`.
        last_run_at: When it last wrote its state (UTC); None: never, as far as is known.
        state_file: Where it keeps that; empty when there is none.
        host_started_at: When the host (or container) started: before that it could not run.
    """

    version: str
    file_count: int
    rule_count: int
    problems: tuple[RotationProblem, ...]
    proved_by: str
    last_run_at: datetime | None
    state_file: str
    host_started_at: datetime | None


@dataclass(frozen=True, slots=True)
class DeletedFile:
    """A file that is deleted and still held open: its space comes back when the last holder lets go.

    Attributes:
        path: Where it was.
        size_bytes: What it takes on the disk.
        process: Name of the first holder.
        pids: The holders.
        unit: systemd unit of the first holder, or empty.
        mount: The file system that it was on; empty while that is not known.
        share_percent: Its share of that file system's size.
    """

    path: str
    size_bytes: int
    process: str
    pids: tuple[int, ...]
    unit: str = ""
    mount: str = ""
    share_percent: float | None = None


@dataclass(frozen=True, slots=True)
class ContainerLog:
    """The json-file log of a Docker container.

    Attributes:
        name: The container's name, or the beginning of its id.
        size_bytes: With its rotated ones.
        limit: Its `max-size` as written, such as `10m`; empty: no limit; None: not known.
    """

    name: str
    size_bytes: int
    limit: str | None


@dataclass(frozen=True, slots=True)
class UnitErrors:
    """Errors of a unit in the last hour, and in the same hour yesterday (None: the journal is younger)."""

    unit: str
    count: int
    yesterday: int | None


@dataclass(frozen=True, slots=True)
class LogsReading:
    """All that is known.

    Attributes:
        taken_at: When the newest part was read (UTC).
        source: From where.
        disks: What fills each file system, fullest first; None: not read yet, or there is no du.
        disks_taken_at: When that was read.
        rotation: logrotate; None where there is none.
        uncovered: Logs that no rule means, largest first; None: not known.
        log_count: Log files looked at.
        deleted: Deleted-but-open files, largest first; None: not known.
        all_processes: Whether those of all processes were seen, not only the login user's.
        journal_bytes: What the journal takes on the disk.
        containers: Logs of Docker containers, largest first; None where there is no Docker.
        new_containers_limit: The `max-size` that new containers get; empty: none; None: not known.
        errors: Errors by unit, most first; None: not known.
        errors_compared: Whether yesterday is known.
        notes: What does not apply here.
        unread: What could not be read although it should have been.
    """

    taken_at: datetime
    source: str = "find, du, /proc, logrotate, journalctl"
    disks: tuple[DiskUse, ...] | None = None
    disks_taken_at: datetime | None = None
    rotation: Rotation | None = None
    uncovered: tuple[UncoveredLog, ...] | None = None
    log_count: int | None = None
    deleted: tuple[DeletedFile, ...] | None = None
    all_processes: bool | None = None
    journal_bytes: int | None = None
    containers: tuple[ContainerLog, ...] | None = None
    new_containers_limit: str | None = None
    errors: tuple[UnitErrors, ...] | None = None
    errors_compared: bool | None = None
    notes: tuple[Note, ...] = ()
    unread: tuple[Note, ...] = ()

    def disk_of(self, path: str) -> DiskUse | None:
        """Return the file system that a path is on: the one with the longest mount point before it."""
        holding = [
            disk
            for disk in self.disks or ()
            if disk.mount in ("/", path) or path.startswith(disk.mount + "/")
        ]
        return max(holding, key=lambda disk: len(disk.mount), default=None)

    def is_noted(self, what: str) -> bool:
        """Whether a note says why that does not apply here."""
        return any(note.what == what for note in self.notes)
