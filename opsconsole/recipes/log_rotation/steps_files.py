"""Steps that touch rotated files: delete or quarantine, and compress."""

from __future__ import annotations

import posixpath
from datetime import UTC, datetime

from opsconsole.data.units import format_bytes, format_duration
from opsconsole.recipes.draft import many
from opsconsole.recipes.log_rotation.draft import Draft
from opsconsole.recipes.log_rotation.files import File
from opsconsole.recipes.log_rotation.scripts import command
from opsconsole.recipes.recipe import Check, PlanError, Step, Undo

_SLACK_BYTES = 4096
_WORTH_RATIO = 0.9
_FLUSH_SECONDS = 0.2  # until a disk that has much to do has one more file


def delete(draft: Draft) -> list[Step]:
    """Return the step that deletes the old files, or moves them to the quarantine."""
    files = draft.delete
    if not files:
        return []
    lines = [one.token for one in files]
    figure = format_bytes(draft.delete_bytes)
    seconds = 60 + len(files) / 50
    if draft.options.quarantine:
        return [_quarantine(draft, lines, seconds)]
    return [
        Step(
            name="delete-old",
            title=f"Delete {many(len(files), 'old rotated log')}",
            commands=(
                command(
                    "delete",
                    draft.token,
                    draft.devices,
                    *draft.folders,
                    lines=lines,
                    deadline_seconds=seconds,
                ),
            ),
            effect=f"{many(len(files), 'file')}, {figure} come back; {draft.change(draft.delete_bytes)}",
            check=Check(
                f"{len(files)} files are gone, none is held open",
                command(
                    "gone",
                    draft.token,
                    "delete",
                    draft.devices,
                    draft.delete_bytes,
                    lines=lines,
                    deadline_seconds=60,
                ),
                within_seconds=10,
            ),
            irreversible="deleted files are gone for good; with quarantine=FOLDER they are moved instead",
            deadline_seconds=seconds,
            details=draft.details(files),
        )
    ]


def _quarantine(draft: Draft, lines: list[str], seconds: float) -> Step:
    files, token = draft.delete, draft.token
    length = sum(one.size_bytes for one in files)
    parent, name = _place(draft, length)
    place = posixpath.join(parent, name)
    seconds += length / 4e6 + len(files) * _FLUSH_SECONDS
    figure = format_bytes(draft.delete_bytes)
    needed = length + len(files) * _SLACK_BYTES
    proof = (token, "delete", draft.devices, draft.delete_bytes)
    return Step(
        name="quarantine-old",
        title=f"Move {many(len(files), 'old rotated log')} to {place}",
        commands=(
            command(
                "quarantine", token, draft.devices, parent, name, needed, *draft.folders,
                lines=lines, deadline_seconds=seconds,
            ),
        ),
        effect=f"{many(len(files), 'file')}, {figure} come back; {format_bytes(length)} are taken there; "
        f"{draft.change(draft.delete_bytes)}",
        check=Check(
            f"{len(files)} files are gone from their place and named in the manifest, none is held open",
            command("gone", *proof, place, lines=lines, deadline_seconds=60),
            within_seconds=10,
        ),
        undo=Undo(
            "move each file back, proved by its checksum",
            (command("restore", token, parent, name, deadline_seconds=seconds),),
            Check(
                f"{len(files)} files are at their place with their size, time and mode",
                command("there", "", place, lines=lines, deadline_seconds=seconds),
            ),
        ),
        deadline_seconds=seconds,
        details=draft.details(files),
    )  # fmt: skip


def _place(draft: Draft, length: int) -> tuple[str, str]:
    """Return the quarantine's folder and the name of this plan's part of it.

    Raises:
        PlanError: It would not help, or there is no room.
    """
    options = draft.options
    parent = options.quarantine.decode("utf-8", "surrogateescape")
    state, free, inodes = draft.shown["room"]
    if state != "ok":
        raise PlanError(
            f"quarantine: {parent}: a symbolic link or something that is no folder is in its path"
        )
    if draft.bound["quarantine_device"] in {one.device for one in draft.delete}:
        raise PlanError(
            f"quarantine: {parent} is on the file system that is to be freed: nothing would come back"
        )
    if free < length * 1.02 + len(draft.delete) * _SLACK_BYTES or 0 < inodes < len(draft.delete) + 16:
        raise PlanError(
            f"quarantine: {parent} has no room: {format_bytes(length)} in {len(draft.delete)} files "
            f"are wanted, {format_bytes(free)} are free"
        )
    expires = datetime.fromtimestamp(draft.shown["now"] + options.quarantine_for, UTC)
    draft.warnings.append(
        f"the quarantined files are kept until {expires:%Y-%m-%d} "
        f"({format_duration(options.quarantine_for)}); "
        "who runs this with the same quarantine after that removes them"
    )
    if draft.shown["room_in_memory"]:
        draft.warnings.append(
            f"quarantine: {parent} is in the host's memory: it takes of that, "
            "and a restart of the host empties it"
        )
    return parent, f"until-{expires:%Y%m%d}-{draft.token}"


def expire(draft: Draft) -> list[Step]:
    """Return the step that removes earlier quarantines whose time is over."""
    names = draft.bound["expired"]
    if not names:
        return []
    parent = draft.options.quarantine.decode("utf-8", "surrogateescape")
    return [
        Step(
            name="expire-quarantine",
            title=f"Remove {many(len(names), 'earlier quarantine')} whose time is over",
            commands=(command("expire", parent, lines=names, deadline_seconds=300),),
            effect=f"{format_bytes(draft.shown['expired_bytes'])} of {parent} come back",
            check=Check(f"{len(names)} quarantines are gone", command("expired", parent, lines=names)),
            irreversible="they were kept for as long as was asked",
            details=tuple(f"{parent}/{name}" for name in names),
        )
    ]


def packed(draft: Draft) -> list[File]:
    """Return the files that are compressed: none where that is not worth it."""
    return draft.compress.files if draft.shown["ratio"] <= _WORTH_RATIO else []


def compress(draft: Draft) -> list[Step]:
    """Return the step that compresses rotated logs."""
    fits = draft.compress
    if fits.left_out:
        left = format_bytes(sum(one.size_bytes for one in fits.left_out))
        draft.warnings.append(
            f"{len(fits.left_out)} logs ({left}) are not compressed: no room for their copies"
        )
    if not fits.files:
        return []
    ratio = draft.shown["ratio"]
    files = packed(draft)
    if not files:
        draft.warnings.append(f"rotated logs are not compressed: tried, they shrink to {ratio:.0%} only")
        return []
    lines = [one.token for one in files]
    length = sum(one.size_bytes for one in files)
    seconds = 60 + length / 2e6 + len(lines) * _FLUSH_SECONDS
    devices = draft.devices
    return [
        Step(
            name="compress-rotated",
            title=f"Compress {many(len(lines), 'rotated log')}",
            commands=(
                command(
                    "compress", draft.token, devices, *draft.folders, lines=lines, deadline_seconds=seconds
                ),
            ),
            effect=f"{format_bytes(length)} → about {format_bytes(int(length * ratio))} "
            f"(tried on samples: {ratio:.0%})",
            check=Check(
                f"{len(lines)} files are whole .gz of the same size, time and mode",
                command("packed", draft.token, lines=lines, deadline_seconds=seconds),
            ),
            undo=Undo(
                "unpack each file again, with its owner, mode and time",
                (command("unpack", draft.token, lines=lines, deadline_seconds=seconds),),
                Check(
                    f"{len(lines)} files are at their place with their size, time and mode, and no .gz",
                    command("there", ".gz", lines=lines, deadline_seconds=seconds),
                ),
            ),
            predicted=False,
            deadline_seconds=seconds,
            details=draft.details(files),
        )
    ]
