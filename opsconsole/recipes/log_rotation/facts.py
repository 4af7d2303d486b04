"""Reads the host: runs the scripts that change nothing, and hands their output to the parsers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from opsconsole.data.host import Command, Shell, ShellError
from opsconsole.data.text import clean_line
from opsconsole.recipes.log_rotation import host_tools, look, opened
from opsconsole.recipes.log_rotation.files import File
from opsconsole.recipes.log_rotation.host_tools import Docker, Journal, LiveLog, Logrotate
from opsconsole.recipes.log_rotation.look import Look
from opsconsole.recipes.log_rotation.opened import Opened
from opsconsole.recipes.log_rotation.options import Options
from opsconsole.recipes.log_rotation.records import fields, numbers, records
from opsconsole.recipes.log_rotation.scripts import command
from opsconsole.recipes.recipe import PlanError

_MIB = 1024 * 1024
_SAMPLED = 24
_SET = re.compile(rb"until-\d{8}-[0-9a-f]{12}")
_IN_MEMORY = frozenset({b"tmpfs", b"ramfs"})
DEFAULT_RATIO = 0.25
"""What text logs shrink to, when none could be tried."""


@dataclass(frozen=True, slots=True)
class Room:
    """Where the quarantine would be: what is there of its path, and what is free."""

    state: str
    device: int
    free_bytes: int
    inodes_free: int
    sets: tuple[tuple[str, int], ...] = ()
    """Name and bytes of each earlier quarantine in it."""
    in_memory: bool = False
    """A restart of the host empties it."""


@dataclass(frozen=True, slots=True)
class Host:
    """All that was read.

    Attributes:
        look: File systems and files that match.
        opened: Who holds what open on those file systems.
        logrotate: The host's logrotate.
        journals: The journal's folders; None: no journal, or not asked.
        docker: What docker could do without; None: not asked.
        room: Where the quarantine would be; None: not asked.
    """

    look: Look
    opened: Opened
    logrotate: Logrotate = field(default_factory=Logrotate)
    journals: list[Journal] | None = None
    docker: Docker | None = None
    room: Room | None = None


async def _ask(shell: Shell, wanted: Command) -> bytes:
    """Run a script; its stdout.

    Raises:
        ShellError: It could not be run to its end.
    """
    output = await shell.run(wanted)
    if output.timed_out:
        raise ShellError(
            f"{shell.host.name}: {wanted.argv[3]} did not end within {wanted.deadline_seconds:.0f} s"
        )
    if output.exit_status != 0 and not output.stdout:
        said = clean_line(output.stderr, 300)
        raise ShellError(f"{shell.host.name}: {wanted.argv[3]} ended with {output.exit_status}: {said}")
    return output.stdout


async def read(shell: Shell, options: Options) -> Host:
    """Read all that the options need.

    Raises:
        ShellError: The host could not be asked.
        PlanError: What it answered does not allow a plan.
    """
    # What does not rest on the files is asked while they are looked for.
    beside = asyncio.gather(
        _logrotate(shell), _journals(shell, options), _docker(shell, options), _quarantine(shell, options)
    )
    try:
        seen = await _seen(shell, options)
        who = await _opened(shell, seen)
        tool, journals, docker, room = await beside
    except BaseException:
        beside.cancel()
        await asyncio.gather(beside, return_exceptions=True)
        raise
    return Host(seen, who, tool, journals, docker, room)


async def _seen(shell: Shell, options: Options) -> Look:
    raw = await _ask(shell, _look(options))
    seen = await asyncio.to_thread(look.parse, raw)  # of so many files that others would wait for it
    if not seen.file_systems:
        reasons = "; ".join(f"{path.decode(errors='replace')}: {why}" for path, why in seen.problems)
        raise PlanError(f"paths: none can be looked at: {clean_line(reasons)}")
    return seen


async def _opened(shell: Shell, seen: Look) -> Opened:
    wanted = command("open", opened.MOST_BYTES, *seen.file_systems, deadline_seconds=60)
    raw = await _ask(shell, _bounded(wanted, opened.MOST_BYTES))
    found = await asyncio.to_thread(opened.parse, raw)
    if not found.complete:
        raise PlanError(
            "not every open file could be listed: what is open must be known before anything goes"
        )
    return found


async def _logrotate(shell: Shell) -> Logrotate:
    wanted = command("logrotate", 4 * _MIB, deadline_seconds=60)
    return host_tools.logrotate(await _ask(shell, _bounded(wanted, 4 * _MIB)))


async def _journals(shell: Shell, options: Options) -> list[Journal] | None:
    if not options.journal_size:
        return None
    found = host_tools.journals(await _ask(shell, command("journal")))
    if found is None:
        raise PlanError("journal_size: the host has no journalctl")
    return found


async def _docker(shell: Shell, options: Options) -> Docker | None:
    if not options.docker:
        return None
    wanted = command("docker", 2 * _MIB, deadline_seconds=120)
    found = host_tools.docker(await _ask(shell, _bounded(wanted, 2 * _MIB)))
    if found is None:
        raise PlanError("docker: no docker answers on the host")
    return found


async def _quarantine(shell: Shell, options: Options) -> Room | None:
    if not options.quarantine:
        return None
    return _room(await _ask(shell, command("room", options.quarantine.decode("utf-8", "surrogateescape"))))


def _bounded(wanted: Command, limit: int) -> Command:
    """Let a script's whole answer through: it bounds itself."""
    return replace(wanted, output_limit_bytes=limit + 1024)


def _look(options: Options) -> Command:
    folders = [path.decode("utf-8", "surrogateescape") for path in options.paths]
    limit = look.MOST_BYTES
    return command(
        "look",
        limit,
        *folders,
        "--",
        *options.patterns,
        deadline_seconds=120,
        output_limit_bytes=limit + 1024,
    )


def _room(raw: bytes) -> Room:
    room: Room | None = None
    sets, in_memory = [], False
    for word, rest in records(raw):
        parts = rest.split(b" ", 4)
        if word == b"room" and len(parts) == 5:
            device, free, inodes = numbers(b" ".join(parts[1:4]), 3)
            room = Room(parts[0].decode("ascii", "replace"), device, free, inodes)
        elif word == b"type":
            in_memory = rest in _IN_MEMORY
        elif word == b"set":
            (size,), name = fields(rest, 1)
            if _SET.fullmatch(name):
                sets.append((name.decode("ascii"), size))
    if room is None:
        raise PlanError("quarantine: the folder cannot be looked at")
    return replace(room, sets=tuple(sorted(sets)), in_memory=in_memory)


async def live_logs(shell: Shell, patterns: Sequence[str]) -> list[LiveLog]:
    """Return the logs that logrotate's patterns mean.

    Raises:
        ShellError: The host could not be asked.
        PlanError: What it answered cannot be read.
    """
    wanted = command("logs", 2 * _MIB, *patterns)
    return host_tools.live_logs(await _ask(shell, _bounded(wanted, 2 * _MIB)))


async def ratio(shell: Shell, files: Sequence[File]) -> float:
    """Return compressed length / length of the largest files, by packing the first part of each.

    Raises:
        ShellError: The host could not be asked.
    """
    largest = sorted(files, key=lambda one: (-one.size_bytes, one.path))[:_SAMPLED]
    raw = await _ask(shell, command("sample", lines=[one.token for one in largest], deadline_seconds=60))
    length = packed = 0
    for line in raw.splitlines():
        try:
            one, other = numbers(line, 2)
        except PlanError:
            continue
        length, packed = length + one, packed + other
    # The dictionary of one part serves all that follow: a whole file shrinks at least as well.
    return min(1.0, packed / length) if length else DEFAULT_RATIO
