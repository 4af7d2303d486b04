"""One file as it was when the plan was made: what must still be true of it when it is touched."""

from __future__ import annotations

from dataclasses import dataclass

from opsconsole.recipes.log_rotation.names import show
from opsconsole.recipes.paths import escape, unescape

_REGULAR = 0o100000


@dataclass(frozen=True, slots=True)
class File:
    """A regular file.

    Attributes:
        path: Absolute, as bytes; no part of it is a symbolic link.
        device: st_dev.
        inode: st_ino.
        size_bytes: Its length.
        modified_at: mtime in whole seconds since 1970.
        mode: st_mode with the file type.
        links: Hard links. With more than one, unlinking it gives nothing back.
        allocated_bytes: What it takes of the file system; less than its length when it has holes.
    """

    path: bytes
    device: int
    inode: int
    size_bytes: int
    modified_at: int
    mode: int
    links: int
    allocated_bytes: int

    @property
    def identity(self) -> tuple[int, int]:
        """Device and inode."""
        return self.device, self.inode

    @property
    def folder(self) -> bytes:
        """The directory it is in."""
        return self.path.rpartition(b"/")[0] or b"/"

    @property
    def name(self) -> bytes:
        """Its name in that directory."""
        return self.path.rpartition(b"/")[2]

    @property
    def shown(self) -> str:
        """Its path for a person."""
        return show(self.path)

    @property
    def freed_bytes(self) -> int:
        """What really comes back when this name is removed, if nobody holds it open."""
        return self.allocated_bytes if self.links == 1 else 0

    @property
    def token(self) -> str:
        """One line that the scripts read: `DEVICE INODE SIZE MTIME MODE LINKS BLOCKS PATH`."""
        numbers = f"{self.device} {self.inode} {self.size_bytes} {self.modified_at}"
        return f"{numbers} {self.mode:x} {self.links} {self.allocated_bytes // 512} {escape(self.path)}"


def of_token(line: str) -> File:
    """Return the file of a `File.token`.

    Raises:
        ValueError: It is not one.
    """
    device, inode, size, modified, mode, links, blocks, path = line.split(" ")
    return File(
        unescape(path),
        int(device),
        int(inode),
        int(size),
        int(modified),
        int(mode, 16),
        int(links),
        int(blocks) * 512,
    )


def regular(permissions: int) -> int:
    """Return st_mode of a regular file with these permission bits."""
    return _REGULAR | permissions
