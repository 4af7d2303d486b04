"""What `look.sh` saw: file systems and the files that match."""

from __future__ import annotations

from dataclasses import dataclass, field

from opsconsole.recipes.log_rotation.files import File, regular
from opsconsole.recipes.log_rotation.records import fields, numbers, records
from opsconsole.recipes.recipe import PlanError

MOST_BYTES = 96 * 1024 * 1024
"""Room for about half a million files; what does not fit is told as not seen."""


@dataclass(frozen=True, slots=True)
class FileSystem:
    """Room on one file system.

    Attributes:
        device: st_dev.
        folder: A folder on it that was asked for.
        mount: Where it is mounted, as df tells.
        total_bytes: Its size.
        free_bytes: Free, with what only root may use.
        available_bytes: What everybody may use: 0 when only root's reserve is left.
        inodes: All of them; 0 where there is no fixed number.
        inodes_free: Free ones.
    """

    device: int
    folder: bytes
    mount: bytes
    total_bytes: int
    free_bytes: int
    available_bytes: int
    inodes: int
    inodes_free: int

    @property
    def used_percent(self) -> float:
        """Used share as df tells it: of what everybody may use."""
        used = self.total_bytes - self.free_bytes
        return 100 * used / (used + self.available_bytes) if used + self.available_bytes > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Look:
    """All that was seen.

    Attributes:
        now: The host's clock, seconds since 1970.
        file_systems: Device -> file system.
        files: Every file that matches, of any age.
        problems: Folders that could not be looked at, wholly or in part, and why.
        complete: Whether all matching files are in `files`.
    """

    now: int
    file_systems: dict[int, FileSystem] = field(default_factory=dict)
    files: list[File] = field(default_factory=list)
    problems: list[tuple[bytes, str]] = field(default_factory=list)
    complete: bool = False


_STATES = {
    b"missing": "there is no such folder",
    b"link": "a symbolic link is in its path: name the folder that it leads to",
    b"engine": "it is a container engine's or the journal's own: what is in it is theirs to remove",
    b"no": "it cannot be entered",
}


def parse(raw: bytes) -> Look:
    """Return what the script wrote.

    Raises:
        PlanError: It is not what the script writes.
    """
    now, complete, cut = None, False, False
    file_systems: dict[int, FileSystem] = {}
    files: list[File] = []
    problems: list[tuple[bytes, str]] = []
    root, device, space = b"", 0, [0] * 6
    for word, rest in records(raw):
        if word == b"file":
            files.append(_file(root, rest))
        elif word == b"now":
            now = numbers(rest, 1)[0]
        elif word == b"folder":
            state, _, rest_ = rest.partition(b" ")
            (device,), root = fields(rest_, 1)
            if state in _STATES:
                problems.append((root, _STATES[state]))
        elif word == b"space":
            space = numbers(rest, 6)
        elif word == b"mount":
            unit = space[0]
            total, free, available = (unit * count for count in space[1:4])
            file_systems.setdefault(
                device,
                FileSystem(device, root, rest or root, total, free, available, space[4], space[5]),
            )
        elif word == b"done" and (status := numbers(rest, 1)[0]):
            # 1: something could not be read, or went away meanwhile. More: find itself was ended.
            problems.append((root, f"find ended with status {status}: not all of it was seen"))
            cut = cut or status > 1
        elif word == b"end":
            complete = not cut
    if now is None or not 0 <= now < 2**37:
        raise PlanError("the host did not say what time it is: it cannot be looked at")
    return Look(now, file_systems, files, problems, complete)


def _file(root: bytes, rest: bytes) -> File:
    """Read `DEVICE INODE LINKS SIZE BLOCKS MTIME PERMISSIONS PATH`; mtime may have a fraction."""
    parts = rest.split(b" ", 7)
    if len(parts) != 8:
        raise PlanError(f"the host's answer cannot be read: {rest[:100]!r}")
    whole = parts[5].partition(b".")[0]
    device, inode, links, size, blocks, modified = numbers(b" ".join([*parts[:5], whole]), 6)
    (permissions,) = numbers(parts[6], 1, 8)
    return File(
        root.rstrip(b"/") + b"/" + parts[7],
        device,
        inode,
        size,
        modified,
        regular(permissions),
        links,
        blocks * 512,
    )
