"""Local file systems from df and the table of mounts, as the slow section prints them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import NamedTuple

from opsconsole.data.text import clean_line
from opsconsole.panels.resources.blocks import LARGEST, Blocks, count, share_percent

MOST = 200
# A source may have single spaces in it (`//server/our share`); written so that no input is slow to match.
_SOURCE = rb"(\S{1,1024}(?: \S{1,1024}){0,8}?)"
_SPACE = re.compile(
    rb"^" + _SOURCE + rb" +(\d{1,20}) +(\d{1,20}) +(-?\d{1,20}) +(?:\d{1,4}%|-) +(/.{0,4096})$", re.MULTILINE
)
# BusyBox prints `-` for the share where there are no inodes; GNU prints `-` for all four.
_INODES = re.compile(
    rb"^" + _SOURCE + rb" +(\d{1,20}|-) +(\d{1,20}|-) +(-?\d{1,20}|-) +(?:\d{1,4}%|-) +(/.{0,4096})$",
    re.MULTILINE,
)
_SILENT = re.compile(rb"^!silent (/.{0,4096})$", re.MULTILINE)
_OCTAL = re.compile(rb"\\([0-3][0-7]{2})")
_UNPRINTABLE = re.compile(rb"[\x00-\x1f\x7f]")


class Space(NamedTuple):
    """One file system as df saw it. `key` is its mount point as bytes, stable between readings."""

    key: bytes
    mount: str
    device: str
    type: str
    read_only: bool
    size_bytes: int
    used_bytes: int
    available_bytes: int
    used_percent: float
    inodes: int | None
    inodes_used_percent: float | None


class Found(NamedTuple):
    """What is known of the file systems.

    Attributes:
        spaces: Those that df told of, fullest first.
        silent: Cleaned mount points that did not answer.
        lost: Cleaned mount points that df was asked for and told nothing of.
        more: How many further mount points were not asked for.
    """

    spaces: list[Space]
    silent: list[str]
    lost: list[str]
    more: int = 0


def parse(blocks: Blocks) -> Found:
    """Return what df said of the file systems that it was asked for.

    A device mounted in several places is shown once, at its shortest mount point, as df does; but where it
    can be written to, if there is such a place: a read-only bind mount makes a full disk no less full.
    """
    again = blocks.get(b"again", b"")
    said = blocks.get(b"df", b"") + b"\n" + again
    mounts = _mounts(blocks.get(b"mounts", b""))
    inodes = {found[4]: found for found in _INODES.findall(blocks.get(b"inodes", b"") + b"\n" + again)}
    spaces: dict[bytes, Space] = {}
    for device, size, used, available, mount in _SPACE.findall(said)[: 2 * MOST]:
        known = mounts.get(mount, _UNLISTED)
        space = _space(
            mount,
            (device, known.type, known.read_only),
            (int(size), int(used), int(available)),
            inodes.get(mount),
        )
        # tmpfs and the like are each of their own although they share a device name.
        identity = device if device.startswith(b"/") else mount
        shown = spaces.get(identity)
        if space is not None and (shown is None or _rank(space) < _rank(shown)):
            spaces[identity] = space
    silent = _SILENT.findall(again)[:MOST]
    return Found(
        sorted(spaces.values(), key=lambda one: (-one.used_percent, one.mount))[:MOST],
        [clean_line(mount, 256) for mount in silent],
        [clean_line(mount, 256) for mount in _lost(mounts, said, silent)],
        count(blocks.get(b"more", b"")[:8].partition(b"\n")[0]) or 0,
    )


def _rank(space: Space) -> tuple[bool, int]:
    return space.read_only, len(space.key)


class _Mount(NamedTuple):
    """A line of /proc/mounts."""

    device: bytes
    type: bytes
    read_only: bool


_UNLISTED = _Mount(b"", b"", read_only=False)


def _lost(mounts: Mapping[bytes, _Mount], said: bytes, silent: Collection[bytes]) -> list[bytes]:
    """Return the mount points without a line of df: below a folder that we may not enter, or broken.

    A device is known by any of its mount points: BusyBox tells of one of them only. Read-only memory, and
    images that their owner alone may enter, are no space that anybody could want.
    """
    lines = _INODES.findall(said)  # in whose form pseudo file systems are written, too
    told = {line[4] for line in lines} | {line[0] for line in lines if line[0].startswith(b"/")} | {*silent}
    return [
        mount
        for mount, one in mounts.items()
        if mount not in told
        and one.device not in told
        and not (one.read_only and (one.type == b"tmpfs" or one.type.startswith(b"fuse")))
    ]


def _mounts(text: bytes) -> dict[bytes, _Mount]:
    """Return the lines of /proc/mounts by mount point, with names as df would print them."""
    found = {}
    for line in text.splitlines()[: 2 * MOST]:
        fields = line.split(b" ")
        if len(fields) == 4:
            device, mount = map(_printed, fields[:2])
            found[mount] = _Mount(device, fields[2], read_only=fields[3] == b"ro")
    return found


def _printed(escaped: bytes) -> bytes:
    return _UNPRINTABLE.sub(b"?", _OCTAL.sub(lambda octal: bytes((int(octal[1], 8),)), escaped))


def _space(
    mount: bytes,
    source: tuple[bytes, bytes, bool],
    sizes: tuple[int, int, int],
    inodes: tuple[bytes, ...] | None,
) -> Space | None:
    device, kind, read_only = source
    size, used, available = (blocks * 1024 for blocks in sizes)
    available = max(0, available)
    if size <= 0 or max(size, used, available) >= LARGEST:
        return None  # A pseudo file system that the script does not know.
    if read_only and kind == b"tmpfs":
        return None  # Memory that nobody can write to: a mask over a folder, or credentials.
    total, inodes_percent = _inodes(inodes) if inodes else (None, None)
    return Space(
        key=mount,
        mount=clean_line(mount, 256),
        device=clean_line(device, 256),
        type=clean_line(kind, 32),
        read_only=read_only,
        size_bytes=size,
        used_bytes=used,
        available_bytes=available,
        used_percent=share_percent(used, used + available) or 0.0,
        inodes=total,
        inodes_used_percent=inodes_percent,
    )


def _inodes(columns: tuple[bytes, ...]) -> tuple[int | None, float | None]:
    total, used = count(columns[1]), count(columns[2])
    if not total or used is None:
        return None, None
    return total, share_percent(used, total)
