"""Which files go and which are compressed: pure rules over what was seen."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from opsconsole.data.logrotate import rotated_from
from opsconsole.recipes.log_rotation.files import File
from opsconsole.recipes.log_rotation.look import FileSystem, Look
from opsconsole.recipes.log_rotation.opened import Opened
from opsconsole.recipes.log_rotation.options import Options

MOST_FILES = 10_000
"""So many files at most are named in one plan; the next plan names the next."""

_PACKED = (b".gz", b".xz", b".bz2", b".zst", b".lz4", b".lzma", b".Z", b".zip", b".br")
_WORTH_BYTES = 8192  # below two blocks there is nothing to win
_DAY, _HOUR = 86400, 3600


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen.

    Attributes:
        delete: Files that go, ordered by folder.
        compress: Files that are compressed, in the order in which that is done.
        open: Old files that stay because a process holds them.
        kept: Old enough files that stay only as the newest of their log.
        left_out: Old enough files that were not named because there are too many.
        left_out_bytes: What those would give back.
        short: Devices whose target of free space is not reached by deleting all that is old.
    """

    delete: list[File] = field(default_factory=list)
    compress: list[File] = field(default_factory=list)
    open: list[File] = field(default_factory=list)
    kept: list[File] = field(default_factory=list)
    left_out: int = 0
    left_out_bytes: int = 0
    short: list[int] = field(default_factory=list)


def cutoff(now: int, age_seconds: float) -> int:
    """Return before when a file must have been changed to be that old.

    Rounded down to the hour for ages of days, so that a plan does not drift while it is being read.
    """
    moment = int(now - age_seconds)
    if age_seconds >= _DAY:
        return moment // _HOUR * _HOUR
    return moment // 60 * 60 if age_seconds >= _HOUR else moment


def freed_bytes(files: Iterable[File]) -> int:
    """Return what comes back when these go: each inode once, and only when all its names go."""
    names: Counter[tuple[int, int]] = Counter()
    sizes: dict[tuple[int, int], tuple[int, int]] = {}
    for one in files:
        names[one.identity] += 1
        sizes[one.identity] = one.links, one.allocated_bytes
    return sum(allocated for identity, (links, allocated) in sizes.items() if names[identity] >= links)


def choose(look: Look, opened: Opened, options: Options) -> Chosen:
    """Return what to delete and what to compress."""
    held = {(one.device, one.inode) for one in opened.files}
    newest = _newest(look.files, options.keep)
    before = cutoff(look.now, options.older_than)
    aged = [one for one in look.files if one.modified_at < before]
    old = [one for one in aged if one.path not in newest]
    going = [one for one in old if one.identity not in held] if options.delete else []
    short: list[int] = []
    if options.target_free:
        going, short = _until_free(going, look.file_systems, options.target_free)
    named = going
    if len(going) > MOST_FILES:
        named = sorted(going, key=lambda one: (-one.freed_bytes, one.modified_at, one.path))[:MOST_FILES]
    compress = _to_compress(look, held, {one.path for one in going}, options) if options.compress else []
    return Chosen(
        sorted(named, key=lambda one: (one.folder, one.modified_at, one.path)),
        compress,
        [one for one in old if one.identity in held] if options.delete else [],
        [one for one in aged if one.path in newest and one.identity not in held] if options.delete else [],
        len(going) - len(named),
        freed_bytes(going) - freed_bytes(named),
        short,
    )


def _newest(files: Sequence[File], keep: int) -> set[bytes]:
    """Return the paths of the `keep` newest rotated files of each log."""
    if not keep:
        return set()
    families: dict[str, list[File]] = defaultdict(list)
    for one in files:
        path = os.fsdecode(one.path)
        families[rotated_from(path) or path].append(one)
    newest: set[bytes] = set()
    for family in families.values():
        if len(family) > keep:
            family.sort(key=lambda one: (-one.modified_at, one.path))
        newest.update(one.path for one in family[:keep])
    return newest


def _until_free(
    files: Sequence[File], file_systems: Mapping[int, FileSystem], percent: float
) -> tuple[list[File], list[int]]:
    """Return the oldest files of each file system until its share of free space is reached."""
    chosen, short = [], []
    for device, room in file_systems.items():
        here = sorted(
            (one for one in files if one.device == device), key=lambda one: (one.modified_at, one.path)
        )
        free, wanted = room.available_bytes, room.total_bytes * percent / 100
        for one in here:
            if free >= wanted:
                break
            chosen.append(one)
            free += one.freed_bytes
        if free < wanted:
            short.append(device)
    return chosen, short


def _to_compress(look: Look, held: set[tuple[int, int]], going: set[bytes], options: Options) -> list[File]:
    before = cutoff(look.now, options.compress_older_than)
    paths = {one.path for one in look.files}
    found = [
        one
        for one in look.files
        if one.modified_at < before
        and one.path not in going
        and one.identity not in held
        and one.links == 1
        and one.allocated_bytes >= _WORTH_BYTES
        and not one.path.endswith(_PACKED)
        and one.path + b".gz" not in paths
        and len(one.name) <= 252  # room for .gz
    ]
    # Smallest first: each needs room for its copy before it gives any back.
    return sorted(found, key=lambda one: (one.size_bytes, one.path))[-MOST_FILES:]


@dataclass(frozen=True, slots=True)
class Fits:
    """Which files can be compressed in the room there is.

    Attributes:
        files: Those that can, in order.
        left_out: Those for whose copy there is no room.
        gain_bytes: About what comes back.
        needed_bytes: Most that the copy of one of them takes.
    """

    files: list[File]
    left_out: list[File]
    gain_bytes: int
    needed_bytes: int


def fits(files: Sequence[File], room: Mapping[int, int], ratio: float) -> Fits:
    """Return which files can be compressed, one after the other, smallest first.

    Args:
        files: The candidates, smallest first.
        room: Device -> free bytes before the first.
        ratio: Compressed length / length, as measured; a copy may take half as much again.
    """
    free = dict(room)
    going: list[File] = []
    left: list[File] = []
    gain = needed = 0
    for one in files:
        copy = int(one.size_bytes * min(1.0, ratio * 1.5)) + 4096
        if copy > free.get(one.device, 0):
            left.append(one)
            continue
        won = max(0, one.allocated_bytes - int(one.size_bytes * ratio) - 4096)
        free[one.device] += won
        gain += won
        needed = max(needed, copy)
        going.append(one)
    return Fits(going, left, gain, needed)
