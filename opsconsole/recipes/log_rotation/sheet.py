"""From all that was read to the facts of a plan: what binds it, and what is only told."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from opsconsole.recipes.log_rotation import release
from opsconsole.recipes.log_rotation.choose import Chosen, freed_bytes
from opsconsole.recipes.log_rotation.facts import Host
from opsconsole.recipes.log_rotation.host_tools import Docker
from opsconsole.recipes.log_rotation.look import FileSystem
from opsconsole.recipes.log_rotation.names import show
from opsconsole.recipes.log_rotation.options import Options
from opsconsole.recipes.log_rotation.rotation import Rotated
from opsconsole.recipes.paths import escape
from opsconsole.recipes.recipe import FactSheet

NEW_ACCESS = "644 0:0"
"""Mode and owner of a drop-in where there was none."""
_MOST_WRITERS = 100
_MOST_TOLD = 50


def make(
    host: Host, options: Options, chosen: Chosen, *, drop_in: str, rotated: Sequence[Rotated], ratio: float
) -> FactSheet:
    """Return the facts, as JSON values.

    Args:
        host: All that was read.
        options: The parameters.
        chosen: The files that go and that are compressed.
        drop_in: Content of the drop-in to install, or empty.
        rotated: The logs that are rotated now.
        ratio: Compressed length / length, as measured.
    """
    deleted = release.deleted(host.opened, options) if options.release else []
    going = [one for one in deleted if one.reopen]
    signals = {one.line: one.who for each in going for one in each.reopen}
    docker = _old_things(host, options)
    binding: dict[str, Any] = {
        "folders": [[one.device, escape(one.folder)] for one in host.look.file_systems.values()],
        "delete": [one.token for one in chosen.delete],
        "compress": [one.token for one in chosen.compress],
        "release": {"signals": sorted(signals), "files": sorted([one.device, one.inode] for one in going)},
        "logrotate": {"version": host.logrotate.version, "errors": host.logrotate.errors},
        "drop_in": _drop_in(host, options, drop_in),
        "rotate": [_rotated(one) for one in rotated],
        "journal": [one.folder for one in host.journals or [] if not one.foreign],
        "docker": None
        if docker is None
        else {"things": [[one.kind, one.id] for one in docker.things], "volumes": list(docker.volumes)},
        "quarantine_device": host.room.device if host.room else None,
        "expired": [name for name, _ in _expired(host)],
    }
    shown: dict[str, Any] = {
        "now": host.look.now,
        "complete": host.look.complete,
        "file_systems": [_file_system(one) for one in host.look.file_systems.values()],
        "problems": [f"{show(path)}: {why}" for path, why in host.look.problems],
        "seen_files": len(host.look.files),
        "open": [
            [one.shown, one.allocated_bytes, _held_by(host, one.identity)] for one in chosen.open[:_MOST_TOLD]
        ],
        "kept": [len(chosen.kept), freed_bytes(chosen.kept)],
        "left_out": [chosen.left_out, chosen.left_out_bytes],
        "short_devices": chosen.short,
        "ratio": round(ratio, 4),
        "signals": signals,
        "deleted_open": [
            {
                "path": one.shown,
                "bytes": one.allocated_bytes,
                "holders": list(one.holders),
                "going": bool(one.reopen),
                "advice": one.advice,
            }
            for one in deleted[:_MOST_TOLD]
        ],
        "release_bytes": sum(one.allocated_bytes for one in going),
        "logrotate_said": list(host.logrotate.said),
        "logrotate_dry": host.logrotate.dry,
        "journal": [
            [one.folder, one.archived_bytes, one.active_bytes, one.active_files]
            for one in host.journals or []
            if not one.foreign
        ],
        "journal_foreign": [
            [one.folder, one.archived_bytes + one.active_bytes] for one in host.journals or [] if one.foreign
        ],
        "docker": []
        if docker is None
        else [[one.kind, one.name, one.size_bytes, one.since] for one in docker.things],
        "docker_cache_bytes": 0 if docker is None else docker.cache_bytes,
        "docker_records": [] if docker is None else list(docker.records),
        "docker_used": []
        if docker is None
        else [
            [one.name, one.size_bytes, len(docker.users[one.id])]
            for one in (host.docker.things if host.docker else ())
            if one.id in docker.users
        ][:_MOST_TOLD],
        "rotate_no_room": [one.no_room for one in rotated if one.no_room],
        "rotate_bytes": [[one.log.file.size_bytes, one.log.file.allocated_bytes] for one in rotated],
        "room": None if host.room is None else [host.room.state, host.room.free_bytes, host.room.inodes_free],
        "room_in_memory": host.room is not None and host.room.in_memory,
        "expired_bytes": sum(size for _, size in _expired(host)),
        "writers": _writers(host, options),
    }
    return FactSheet(binding, shown)


def _file_system(one: FileSystem) -> dict[str, Any]:
    return {
        "device": one.device,
        "folder": one.folder.decode("utf-8", "surrogateescape"),
        "mount": show(one.mount),
        "total_bytes": one.total_bytes,
        "free_bytes": one.free_bytes,
        "available_bytes": one.available_bytes,
        "used_percent": round(one.used_percent, 1),
        "inodes": one.inodes,
        "inodes_free": one.inodes_free,
    }


def _expired(host: Host) -> list[tuple[str, int]]:
    """Return the earlier quarantines whose last day is over."""
    today = f"{datetime.fromtimestamp(host.look.now, UTC):%Y%m%d}"
    return [one for one in (host.room.sets if host.room else ()) if one[0].split("-")[1] < today]


def _held_by(host: Host, identity: tuple[int, int]) -> str:
    pids = {one.pid for one in host.opened.files if (one.device, one.inode) == identity}
    return ", ".join(
        host.opened.processes[pid].shown if pid in host.opened.processes else f"process {pid}"
        for pid in sorted(pids)
    )


def _writers(host: Host, options: Options) -> list[list[Any]]:
    """Return [escaped path, pid, start, who, unit] of processes that write to logs below the paths."""
    found: dict[bytes, list[Any]] = {}
    for one in sorted(host.opened.files, key=lambda one: (-one.size_bytes, one.pid)):
        process = host.opened.processes.get(one.pid)
        below = any(one.path.startswith(root + b"/") for root in options.paths)
        # The journal replaces its own files; its step proves that it goes on.
        if one.writes and one.links and below and process and b"/journal/" not in one.path:
            found.setdefault(
                one.path, [escape(one.path), one.pid, process.start, process.shown, process.unit]
            )
    return list(found.values())[:_MOST_WRITERS]


def _drop_in(host: Host, options: Options, content: str) -> dict[str, Any] | None:
    if not content:
        return None
    before = host.logrotate.files.get(options.drop_in_path)
    return {
        "before_base64": None if before is None else base64.b64encode(before).decode("ascii"),
        "access": host.logrotate.access.get(options.drop_in_path, NEW_ACCESS),
        "content": content,
    }


def _rotated(one: Rotated) -> dict[str, Any]:
    return {
        "line": one.line,
        "how": one.how,
        "written": one.written,
        "post": one.post,
        "why_not": one.why_not,
        "no_room": bool(one.no_room),
        "compress": one.compress,
        "dated": one.dated,
        "older": list(one.log.older),
    }


def _old_things(host: Host, options: Options) -> Docker | None:
    """Return what of docker is old enough and asked for; no image that a container which stays uses."""
    if host.docker is None:
        return None
    before = host.look.now - options.docker_older_than
    old = [one for one in host.docker.things if f"{one.kind}s" in options.docker and one.since < before]
    going = {one.id for one in old if one.kind == "container"}
    wanted = tuple(one for one in old if host.docker.users.get(one.id, frozenset()) <= going)
    cache = "cache" in options.docker
    return replace(
        host.docker,
        things=wanted,
        cache_bytes=host.docker.cache_bytes if cache else 0,
        records=host.docker.records if cache else (),
        users={one.id: host.docker.users[one.id] - going for one in old if one not in wanted},
    )
