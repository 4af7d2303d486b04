"""The `walk` section: what fills each file system."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from opsconsole.panels.frames import (
    TIMED_OUT_STATUSES,
    Part,
    moment,
    number,
    path_text,
    shown_path,
    size,
)
from opsconsole.panels.logs.reading import DiskUse, Entry, Kind

MOST_SHOWN = 20
_MOST_DISKS = 24
_MOST_ENTRIES = 1000
_ONE_CHILD_SHARE = 0.8
_KINDS: dict[bytes, Kind] = {b"d": "directory", b"f": "file", b"l": "link", b"o": "other"}
_NOT_WALKED = {
    b"many": "very many files and room enough: a walk would cost more than it tells",
    b"late": "the time for walking was used up by fuller file systems",
}


@dataclass(frozen=True, slots=True)
class Found:
    """An entry with its exact path, and when it was written where that was asked (log files)."""

    path: str
    entry: Entry
    modified_at: datetime | None = None


def disks(part: Part) -> list[tuple[DiskUse, list[Found]]]:
    """Return each file system, with everything that was found on it."""
    blocks: list[list[bytes]] = []
    for line in part.lines:
        if line.startswith(b"="):
            blocks.append([])
        if blocks:
            blocks[-1].append(line)
    return [_disk(block) for block in blocks[:_MOST_DISKS]]


def _disk(block: list[bytes]) -> tuple[DiskUse, list[Found]]:
    mount = path_text(block[0][1:])
    figures: list[int | None] = []
    file_count, end, reason = None, None, ""
    found: list[Found] = []
    for line in block[1 : _MOST_ENTRIES + 1]:
        if line.startswith(b">"):
            figures = [number(one) for one in line[1:].split(b" ")]
        elif line.startswith(b"#"):
            file_count = number(line[1:].split(b" ")[0]) or None
        elif line.startswith(b"~"):
            reason = _NOT_WALKED.get(line[1:], "it was not walked")
        elif line.startswith(b"end "):
            end = number(line[4:])
        elif line.startswith(b"!") and found:
            found[-1] = Found(found[-1].path, found[-1].entry, moment(line[1:]))
        elif (one := _entry(line)) is not None and _inside(mount, one.path):
            found.append(one)
    percent, used, available = (*figures, None, None, None)[:3]
    walk, why = _outcome(end, reason)
    made = DiskUse(
        mount=shown_path(mount),
        used_bytes=_kilobytes(used),
        available_bytes=_kilobytes(available),
        used_percent=None if percent is None or used is None else float(min(percent, 100)),
        file_count=file_count,
        walk=walk,
        why=why,
        directories=_telling(mount, found),
        files=tuple(one.entry for one in found if one.entry.kind == "file")[:MOST_SHOWN],
    )
    return made, found


def _outcome(end: int | None, reason: str) -> tuple[Literal["whole", "partial", "none"], str]:
    if reason:
        return "none", reason
    if end == 0:
        return "whole", ""
    if end is None or end in TIMED_OUT_STATUSES:
        return "partial", "it took too long: only what was finished is known"
    return "partial", "not all of it could be read"


def _kilobytes(count: int | None) -> int | None:
    return None if count is None else size(str(count).encode(), 1024)


def _entry(line: bytes) -> Found | None:
    kind = _KINDS.get(line[:1])
    kilobytes, tab, raw = line[1:].partition(b"\t")
    taken = size(kilobytes, 1024)
    if kind is None or taken is None or not tab or not raw.startswith(b"/"):
        return None
    path = path_text(raw)
    return Found(path, Entry(shown_path(path), kind, taken))


def _inside(mount: str, path: str) -> bool:
    return mount in ("/", path) or path.startswith(mount + "/")


def _telling(mount: str, found: list[Found]) -> tuple[Entry, ...]:
    """Return the largest directories without those that only lead to one below them."""
    largest_below: dict[str, int] = {}
    for one in found:
        if one.entry.kind == "directory":
            above = posixpath.dirname(one.path)
            largest_below[above] = max(largest_below.get(above, 0), one.entry.size_bytes)
    return tuple(
        one.entry
        for one in found
        if one.entry.kind == "directory"
        and one.path != mount
        and largest_below.get(one.path, 0) < _ONE_CHILD_SHARE * one.entry.size_bytes
    )[:MOST_SHOWN]
