"""What the host's own tools say: logrotate, the journal, docker."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from opsconsole.data.text import clean_line
from opsconsole.data.units import parse_bytes
from opsconsole.recipes.log_rotation.files import File, regular
from opsconsole.recipes.log_rotation.records import fields, numbers, records
from opsconsole.recipes.recipe import PlanError


@dataclass(frozen=True, slots=True)
class Logrotate:
    """The host's logrotate.

    Attributes:
        version: As it says, or empty: there is none.
        errors: How many errors its dry run tells.
        said: The first of them, cleaned.
        dry: Whether the dry run was made: with `createolddir` it would really make folders.
        files: Path -> content of its configuration.
        access: Path -> its mode and owner, such as `640 0:4`.
    """

    version: str = ""
    errors: int = 0
    said: tuple[str, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
    dry: bool = True
    access: Mapping[str, str] = field(default_factory=dict)


_ACCESS = re.compile(rb"([0-7]{1,4} \d{1,10}:\d{1,10}) (/.*)", re.DOTALL)


def logrotate(raw: bytes) -> Logrotate:
    """Return what `logrotate.sh` wrote."""
    version, errors, dry = "", 0, True
    said: tuple[str, ...] = ()
    files: dict[str, bytes] = {}
    access: dict[str, str] = {}
    parts = raw.split(b"\0")
    position = 0
    while position < len(parts) - 1:
        word, _, rest = parts[position].partition(b" ")
        if word == b"version":
            version = clean_line(rest, 64)
        elif word == b"errors":
            errors = numbers(rest, 1)[0]
        elif word == b"nodry":
            dry = False
        elif word == b"output":
            said = tuple(clean_line(line, 300) for line in rest.splitlines() if line.strip())
        elif word == b"access" and (found := _ACCESS.fullmatch(rest)):
            access[_path(found[2])] = found[1].decode("ascii")
        elif word == b"conf":
            position += 1
            files[_path(rest)] = parts[position]
        position += 1
    return Logrotate(version, errors, said[:5], files, dry, access)


def _path(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


_ENDING = re.compile(rb"[.-][0-9][0-9a-z.-]*")


@dataclass(frozen=True, slots=True)
class LiveLog:
    """A log that logrotate's patterns mean.

    Attributes:
        file: The log.
        parent_mode: Permissions of its folder.
        parent_gid: Its group's id.
        parent_user: Its owner's name.
        parent_group: Its group's name.
        free_bytes: Free on its file system.
        older: Endings of its rotated logs, such as `.1` and `-20260131.gz`.
    """

    file: File
    parent_mode: int
    parent_gid: int
    parent_user: str
    parent_group: str
    free_bytes: int
    older: tuple[str, ...] = ()

    @property
    def needs_su(self) -> bool:
        """Whether logrotate refuses the folder without `su` (logrotate(8): insecure permissions)."""
        return bool(self.parent_mode & 0o002 or (self.parent_mode & 0o020 and self.parent_gid))


def live_logs(raw: bytes) -> list[LiveLog]:
    """Return what `logs.sh` wrote.

    Raises:
        PlanError: It is cut, or not what the script writes.
    """
    found: list[LiveLog] = []
    seen: set[bytes] = set()
    file: File | None = None
    older: list[str] = []
    word = b""
    for word, rest in records(raw):
        if word == b"log":
            parts = rest.split(b" ", 7)
            if len(parts) != 8:
                raise PlanError(f"the host's answer cannot be read: {rest[:100]!r}")
            device, inode, links, size, blocks, modified = numbers(b" ".join(parts[:6]), 6)
            mode = regular(numbers(parts[6], 1, 8)[0])
            file = File(parts[7], device, inode, size, modified, mode, links, blocks * 512)
            older = []
        elif word == b"older" and _ENDING.fullmatch(rest):
            older.append(rest.decode("ascii"))
        elif word == b"parent" and file is not None:
            parts = rest.split(b" ")
            if len(parts) != 6:
                raise PlanError(f"the host's answer cannot be read: {rest[:100]!r}")
            (mode,) = numbers(parts[0], 1, 8)
            gid, free = numbers(parts[2] + b" " + parts[5], 2)
            user, group = (clean_line(parts[i], 64) for i in (3, 4))
            if file.path not in seen:
                seen.add(file.path)
                found.append(LiveLog(file, mode, gid, user, group, free, tuple(sorted(older))))
            file = None
    if word != b"end":
        raise PlanError("the logs that logrotate means are too many to be listed")
    return found


@dataclass(frozen=True, slots=True)
class Journal:
    """One folder of the journal; `active` files are being written to.

    A foreign one is another machine's, or a namespace's: journalctl does not vacuum it.
    """

    device: int
    folder: str
    archived_bytes: int
    active_bytes: int
    active_files: int
    foreign: bool = False


def journals(raw: bytes) -> list[Journal] | None:
    """Return what `journal.sh` wrote; None: the host has no journal."""
    found = []
    for line in raw.splitlines():
        word, _, rest = line.partition(b" ")
        if word == b"absent":
            return None
        if word in (b"journal", b"foreign"):
            (device, archived, active, files), folder = fields(rest, 4)
            foreign = word == b"foreign"
            found.append(Journal(device, clean_line(folder), archived, active, files, foreign))
    return found


@dataclass(frozen=True, slots=True)
class Thing:
    """A stopped container or a dangling image.

    Attributes:
        kind: `container` or `image`.
        id: Its whole id.
        size_bytes: What docker says it takes; layers that others share count here too.
        since: When it stopped, or was made; seconds since 1970.
        name: For a person.
    """

    kind: str
    id: str
    size_bytes: int
    since: float
    name: str


@dataclass(frozen=True, slots=True)
class Docker:
    """What docker could do without, and the volumes that must stay.

    Attributes:
        things: Stopped containers and dangling images.
        volumes: The name of every volume.
        cache_bytes: What the build cache gives back, by docker's own figures (four digits).
        records: Ids of the build cache's records that are not in use; none where docker does not list them.
        users: Image -> the containers made from it, running or not.
    """

    things: tuple[Thing, ...] = ()
    volumes: tuple[str, ...] = ()
    cache_bytes: int = 0
    records: tuple[str, ...] = ()
    users: Mapping[str, frozenset[str]] = field(default_factory=dict)


_ID = re.compile(r"(sha256:)?[0-9a-f]{12,64}")
_RECORD = re.compile(r"[0-9a-z]{12,64}")
# `docker builder prune` without --all leaves these, and what an image shares.
_STAYS = frozenset({"internal", "frontend"})
_VOLUME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


def docker(raw: bytes) -> Docker | None:
    """Return what `docker.sh` wrote; None: no docker answers.

    Raises:
        PlanError: The list is cut: a volume could be missing from it.
    """
    lines = raw.decode("utf-8", "replace").splitlines()
    if lines[:1] == ["absent"]:
        return None
    if lines[-1:] != ["end"]:
        raise PlanError("docker's lists are cut: nothing of it can be planned")
    things: list[Thing] = []
    volumes: list[str] = []
    users: dict[str, frozenset[str]] = {}
    cache = 0
    records: dict[str, int] = {}
    for line in lines:
        words = line.split(" ")
        if words[0] == "container" and len(words) == 6 and _ID.fullmatch(words[1]):
            name = clean_line(words[5].lstrip("/"), 64)
            things.append(Thing("container", words[1], _size(words[4]), _moment(words[3]), name))
        elif words[0] == "image" and len(words) == 4 and _ID.fullmatch(words[1]):
            things.append(Thing("image", words[1], _size(words[2]), _moment(words[3]), words[1][7:19]))
        elif words[0] == "volume" and len(words) == 2 and _VOLUME.fullmatch(words[1]):
            volumes.append(words[1])
        elif words[0] == "uses" and len(words) == 3:
            users[words[1]] = users.get(words[1], frozenset()) | {words[2]}
        elif words[0] == "record" and len(words) == 6 and _RECORD.fullmatch(words[1]):
            if words[2] not in _STAYS and words[3:5] == ["false", "false"]:
                records[words[1]] = _human(words[5])
        elif words[0] == "cache" and len(words) == 2:
            cache = _human(words[1])
    return Docker(
        things=tuple(sorted(things, key=lambda one: (one.kind, one.id))),
        volumes=tuple(sorted(volumes)),
        cache_bytes=sum(records.values()) if records else cache,
        records=tuple(sorted(records)),
        users=users,
    )


def _size(text: str) -> int:
    return min(int(text), 2**62) if text.isascii() and text.isdigit() and len(text) < 20 else 0


def _human(text: str) -> int:
    try:
        return parse_bytes(text[:40])
    except (ValueError, ArithmeticError):
        return 0


def _moment(text: str) -> float:
    """Return docker's time in seconds since 1970; one that is none (`0001-…`) is never old."""
    try:
        moment = datetime.fromisoformat(text[:19]).replace(tzinfo=UTC)
        return moment.timestamp() if moment.year > 1 else float("inf")
    except (ValueError, OverflowError):
        return float("inf")
