"""Steps by the host's own tools: reopen signals, the journal, docker."""

from __future__ import annotations

from opsconsole.data.text import clean_line
from opsconsole.data.units import format_bytes, format_duration
from opsconsole.recipes.draft import many
from opsconsole.recipes.log_rotation import release as writers
from opsconsole.recipes.log_rotation.draft import Draft
from opsconsole.recipes.log_rotation.names import show
from opsconsole.recipes.log_rotation.scripts import command
from opsconsole.recipes.recipe import Check, Step

_ACTIVE_BYTES = 8 * 1024 * 1024  # what journald reserves for a new journal file


def release(draft: Draft) -> list[Step]:
    """Return the step that has known writers let go of deleted logs; advice for the others."""
    for one in draft.shown["deleted_open"]:
        if not one["going"]:
            draft.warnings.append(
                f"{format_bytes(one['bytes'])} of the deleted {one['path']} are held by "
                f"{', '.join(one['holders'])}: no signal is known; {one['advice']} or set reopen"
            )
    bound = draft.bound["release"]
    if not bound["signals"]:
        return []
    signals = [writers.of_line(line, draft.shown["signals"].get(line, "")) for line in bound["signals"]]
    size = draft.shown["release_bytes"]
    proof = [f"{device} {inode} file" for device, inode in bound["files"]]
    proof += [f"{one.pid} {one.start} writer" for one in signals]
    devices = "|".join(f"{device}:" for device in sorted({device for device, _ in bound["files"]}))
    going = [one for one in draft.shown["deleted_open"] if one["going"]]
    return [
        Step(
            name="release-deleted",
            title=f"Have {many(len(signals), 'writer')} let go of {many(len(bound['files']), 'deleted log')}",
            commands=(command("release", draft.token, *draft.folders, lines=bound["signals"]),),
            effect=f"{format_bytes(size)} come back",
            check=Check(
                "nobody holds the deleted files any more, and their writers run",
                command("released", draft.token, devices, size, lines=proof),
                within_seconds=15,
            ),
            irreversible="what a deleted file holds is gone when the last process lets go of it",
            details=(
                *(f"SIG{one.signal} to {one.who} running {show(one.program)}" for one in signals),
                *(f"{format_bytes(one['bytes']):>6}  {one['path']} (deleted)" for one in going),
            ),
        )
    ]


def vacuum_bytes(draft: Draft) -> int:
    """About what vacuuming the journal gives back."""
    limit = draft.options.journal_size
    back = 0
    for _, archived, active, files in draft.shown["journal"]:
        back += max(0, archived + active - limit - files * _ACTIVE_BYTES)
    return back if limit else 0


def vacuum(draft: Draft) -> list[Step]:
    """Return the step that vacuums the journal."""
    limit = draft.options.journal_size
    if not limit:
        return []
    for folder, taken in draft.shown["journal_foreign"]:
        draft.warnings.append(
            f"{folder} ({format_bytes(taken)}) stays: it is another machine's journal or a namespace's, "
            f"which journalctl does not vacuum"
        )
    sizes = [archived + active for _, archived, active, _ in draft.shown["journal"]]
    if not any(size > limit for size in sizes):  # the limit holds for each folder by itself
        return []
    total = sum(sizes)
    back = vacuum_bytes(draft)
    folders = draft.bound["journal"]
    return [
        Step(
            name="vacuum-journal",
            title=f"Vacuum the journal to {format_bytes(limit)}",
            commands=(command("vacuum", draft.token, limit, *folders, deadline_seconds=300),),
            effect=f"{format_bytes(total)} → about {format_bytes(min(total, total - back))}",
            check=Check(
                f"archived journals take {format_bytes(limit)} at most in each folder, "
                f"and new entries can be read back",
                command("vacuumed", draft.token, limit, back, deadline_seconds=60),
                within_seconds=10,
            ),
            irreversible="the oldest entries of the journal are gone for good",
            predicted=False,
            deadline_seconds=300,
            details=tuple(
                f"{folder}: {format_bytes(archived)} archived, {format_bytes(active)} in {files} active files"
                for folder, archived, active, files in draft.shown["journal"]
            ),
        )
    ]


def docker(draft: Draft) -> list[Step]:
    """Return the step that trims docker: exactly the listed things, and never a volume."""
    bound = draft.bound["docker"]
    for name, taken, users in draft.shown["docker_used"]:
        draft.warnings.append(
            f"the dangling image {name} ({format_bytes(taken)}) is old and stays: "
            f"{many(users, 'container')} that {'stays uses' if users == 1 else 'stay use'} it"
        )
    cache = "cache" in draft.options.docker and draft.shown["docker_cache_bytes"] > 0
    if bound is None or not (bound["things"] or cache):
        return []
    now = draft.shown["now"]
    size = sum(size for _, _, size, _ in draft.shown["docker"])
    cached = draft.shown["docker_cache_bytes"] if cache else 0
    lines = [f"{kind} {id_}" for kind, id_ in bound["things"]]
    records = [f"record {id_}" for id_ in draft.shown["docker_records"]] if cache else []
    volumes = [f"volume {name}" for name in bound["volumes"]]
    details = [
        f"{format_bytes(taken):>6}  {format_duration(max(0, now - since)):>7}  {kind} {clean_line(name, 80)}"
        for kind, name, taken, since in draft.shown["docker"]
    ]
    if cache:
        many_records = f": {many(len(records), 'record')}" if records else ""
        details.append(f"{format_bytes(cached):>6}  {'':>7}  build cache, what is not in use{many_records}")
    return [
        Step(
            name="trim-docker",
            title=f"Remove {len(lines)} stopped containers and dangling images"
            f"{' and the build cache' if cache else ''}",
            commands=(
                command(
                    "trim",
                    draft.token,
                    "yes" if cache else "no",
                    *draft.folders,
                    lines=lines,
                    deadline_seconds=600,
                ),
            ),
            effect=f"{format_bytes(size + cached)} at most come back (layers that others use stay)",
            check=Check(
                f"the listed things are gone, {len(volumes)} volumes are all there",
                command(
                    "trimmed",
                    draft.token,
                    size + cached,
                    lines=[*lines, *records, *volumes],
                    deadline_seconds=120,
                ),
            ),
            irreversible="a removed container, image or cache is not kept; volumes are not touched",
            predicted=False,
            deadline_seconds=600,
            details=tuple(details),
        )
    ]
