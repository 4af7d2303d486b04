"""Steps by the host's own logrotate: install a drop-in, and rotate now."""

from __future__ import annotations

import base64
import difflib
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from opsconsole.data.units import format_bytes
from opsconsole.recipes.draft import many
from opsconsole.recipes.log_rotation import steps_files
from opsconsole.recipes.log_rotation.draft import Draft
from opsconsole.recipes.log_rotation.names import show
from opsconsole.recipes.log_rotation.rotation import moved
from opsconsole.recipes.log_rotation.scripts import command
from opsconsole.recipes.paths import unescape
from opsconsole.recipes.recipe import Check, Step, Undo


def install(draft: Draft) -> list[Step]:
    """Return the step that installs the drop-in."""
    bound = draft.bound["drop_in"]
    if bound is None:
        return []
    target, content = draft.options.drop_in_path, str(bound["content"])
    before = None if bound["before_base64"] is None else base64.b64decode(bound["before_base64"])
    if before == content.encode():
        return []
    errors = draft.bound["logrotate"]["errors"]
    old = "none" if before is None else hashlib.sha256(before).hexdigest()
    new = hashlib.sha256(content.encode()).hexdigest()
    access = str(bound["access"]).split(" ")
    install_ = command("install", draft.token, target, old, *access, deadline_seconds=120)
    put_back = command("uninstall", target, "no" if before is None else "yes", *access)
    diff = difflib.unified_diff(
        (before or b"").decode("utf-8", "replace").splitlines(keepends=True),
        content.splitlines(keepends=True),
        "/dev/null" if before is None else target,
        target,
    )
    return [
        Step(
            name="install-drop-in",
            title=f"Install the logrotate rule {target}",
            commands=(replace(install_, stdin=content.encode()),),
            effect=f"{'a new file' if before is None else 'a changed file'} of {len(content)} bytes; "
            f"logrotate -d accepts it first",
            check=Check(
                "the rule is in place and logrotate's dry run tells no new error",
                command("installed", target, new, errors, *access, deadline_seconds=60),
            ),
            undo=Undo(
                "remove the rule" if before is None else "put back the rule that was there",
                (replace(put_back, stdin=before or b""),),
                Check(
                    "the rule is as it was before",
                    command("installed", target, old, errors, *access, deadline_seconds=60),
                ),
            ),
            deadline_seconds=120,
            diff="".join(diff),
        )
    ]


def rotate(draft: Draft) -> list[Step]:
    """Return the step that rotates logs now."""
    logs: Sequence[Mapping[str, Any]] = draft.bound["rotate"]
    config = draft.options.rotated_config
    if not config:
        return []
    if not logs:
        draft.warnings.append(f"rotate: no log that {config} means is there")
        return []
    if any(one["no_room"] for one in logs):
        draft.warnings.append(f"rotate: nothing is rotated: {draft.shown['rotate_no_room'][0]}")
        return []
    why_not = sorted({one["why_not"] for one in logs if one["why_not"]})
    sizes = draft.shown["rotate_bytes"]
    length = sum(size for size, _ in sizes)
    lines = [one["line"] for one in logs]
    truncating = any(one["how"] == "copytruncate" for one in logs)
    effect = f"{many(len(logs), 'log')}, {format_bytes(length)}: " + (
        "emptied in place after a copy"
        if truncating
        else "renamed; the space comes back as they are compressed"
    )
    seconds = 120 + length / 2e6
    proof = [f"{one['how']} {'yes' if one['written'] else 'no'} {one['line']}" for one in logs]
    return [
        Step(
            name="rotate",
            title=f"Rotate {many(len(logs), 'log')} of {config}",
            commands=(
                command("rotate", draft.token, config, *draft.folders, lines=lines, deadline_seconds=seconds),
            ),
            effect=effect,
            check=Check(
                "each log is rotated, its writer writes to the file that has its name, and it grows",
                command(
                    "rotated",
                    draft.token,
                    draft.bound["logrotate"]["errors"],
                    lines=proof,
                    deadline_seconds=60,
                ),
                within_seconds=20,
            ),
            undo=None if why_not else _undo(draft, logs),
            irreversible="; ".join(why_not),
            predicted=False,
            deadline_seconds=seconds,
            details=tuple(_detail(one, size) for one, (size, _) in zip(logs, sizes, strict=True)),
        )
    ]


def _detail(one: Mapping[str, Any], size: int) -> str:
    path = show(unescape(one["line"].split(" ")[2]))
    written = "written to by a process" if one["written"] else "nobody writes to it"
    return f"{format_bytes(size):>6}  {path}  ({one['how']}, {written})"


def _undo(draft: Draft, logs: Sequence[Mapping[str, Any]]) -> Undo:
    posts = dict.fromkeys(one["post"] for one in logs if one["post"])
    lines, proof = [], []
    for one in logs:
        names = moved(_older(draft, one), compress=one["compress"], dated=one["dated"])
        changed = (f"{was}<{then}" for was, then in names.items() if was != then)
        lines.append(" ".join((one["line"], *changed)))
        proof.append(" ".join(("yes" if one["written"] else "no", one["line"], *names)))
    return Undo(
        "rename each log back, have its writer reopen it, and append what was written meanwhile",
        (command("unrotate", draft.token, *posts, lines=lines, deadline_seconds=120),),
        Check(
            "each log is the file that it was, its writer writes to it, its rotated logs have their names",
            command("unrotated", lines=proof),
            within_seconds=20,
        ),
    )


def _older(draft: Draft, one: Mapping[str, Any]) -> list[str]:
    """Return the endings of a log's rotated logs as the steps before the rotation leave them."""
    path = unescape(one["line"].split(" ")[2])
    gone = {file.path for file in draft.delete}
    packed = {file.path for file in steps_files.packed(draft)}
    there = [(path + ending.encode(), ending) for ending in one["older"]]
    return [f"{ending}.gz" if file in packed else ending for file, ending in there if file not in gone]
