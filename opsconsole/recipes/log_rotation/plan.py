"""The plan: which steps, in which order, and what an engineer should know before saying yes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from opsconsole.data.host import Host
from opsconsole.data.units import format_bytes
from opsconsole.recipes.log_rotation import options, steps_files, steps_logrotate, steps_tools
from opsconsole.recipes.log_rotation.draft import Draft
from opsconsole.recipes.log_rotation.scripts import command
from opsconsole.recipes.parameters import as_json
from opsconsole.recipes.recipe import Check, FactSheet, Plan, Step, Undo

_MIB = 1024 * 1024


def make(name: str, version: int, host: Host, values: Mapping[str, Any], facts: FactSheet) -> Plan:
    """Return the plan; see `Recipe.plan`."""
    draft = Draft(options.read(values), as_json(values), facts)
    _warn(draft)
    steps = _steps(draft)
    if steps:
        _warn_of_kept(draft)
        steps = [_remembering(draft, steps[0]), *steps[1:], _proof(draft)]
    return draft.plan(name, version, host, steps, _summary(draft, steps))


def _steps(draft: Draft) -> list[Step]:
    """Return the steps that change something, in their order.

    Rotating comes last: it moves every rotated file up by one, and then none is what was planned. What can be
    taken back comes before what cannot, unless the disk is so full that something must go first.
    """
    delete = steps_files.expire(draft) + steps_files.delete(draft)
    freeing = steps_tools.release(draft) + steps_tools.vacuum(draft) + steps_tools.docker(draft)
    compress = steps_files.compress(draft)
    install = steps_logrotate.install(draft)
    rotate = steps_logrotate.rotate(draft)
    if draft.tight:
        return delete + freeing + compress + install + rotate
    if delete and delete[-1].undo is not None:
        return install + delete + compress + freeing + rotate
    return install + compress + delete + freeing + rotate


def _remembering(draft: Draft, first: Step) -> Step:
    lines = [f"log {path}" for path, *_ in draft.shown["writers"]]
    lines += [f"unit {unit}" for unit in sorted({one[4] for one in draft.shown["writers"] if one[4]})]
    lines += [f"log {one['line'].split(' ')[2]}" for one in draft.bound["rotate"] if not one["written"]]
    begin = command("begin", draft.token, *draft.folders, lines=lines)
    return replace(first, commands=(begin, *first.commands))


def _certain_bytes(draft: Draft) -> int:
    """What comes back for certain: deleted files, and deleted ones that are let go of."""
    release = draft.shown["release_bytes"] if draft.bound["release"]["signals"] else 0
    return draft.delete_bytes + int(release)


def _proof(draft: Draft) -> Step:
    """Return the last step, which changes nothing and proves the whole."""
    wanted = _certain_bytes(draft)
    small = all(one["total_bytes"] < 1024 * _MIB for one in draft.shown["file_systems"])
    tolerance = max(wanted // 20, _MIB if small else 16 * _MIB)
    lines = [f"log {path} {pid} {start}" for path, pid, start, *_ in draft.shown["writers"]]
    if draft.bound["docker"] is not None:
        lines += [f"volume {name}" for name in draft.bound["docker"]["volumes"]]
    nothing = command("nothing")
    errors = draft.bound["logrotate"]["errors"]
    return Step(
        name="prove",
        title="Prove the whole",
        commands=(nothing,),
        effect=f"nothing changes; {format_bytes(wanted)} must have come back "
        f"(less {format_bytes(tolerance)} that others may have written meanwhile)",
        check=Check(
            "free space is as predicted, writers write at their place, services are active, "
            "no volume is gone, logrotate's dry run tells no new error",
            command("prove", draft.token, wanted, tolerance, errors, lines=lines, deadline_seconds=120),
            within_seconds=10,
        ),
        undo=Undo("nothing to take back", (nothing,), Check("nothing was changed", nothing)),
    )


def _summary(draft: Draft, steps: list[Step]) -> str:
    if not steps:
        return f"nothing to do: {draft.shown['seen_files']} rotated logs seen, {_why_none(draft)}"
    wanted = _certain_bytes(draft)
    names = {one.name for one in steps}
    about = draft.compress.gain_bytes if "compress-rotated" in names else 0
    about += steps_tools.vacuum_bytes(draft) if "vacuum-journal" in names else 0
    if not wanted and not about:
        return "; ".join(one.title for one in steps if one.name != "prove")
    figure = f"frees {'about ' if about else ''}{format_bytes(wanted + about)}"
    return f"{figure} ({draft.change(wanted + about)})"


def _why_none(draft: Draft) -> str:
    if not draft.shown["complete"]:
        return "but not all of them: see the warnings"
    if draft.shown["kept"][0]:
        return f"{_kept(draft)}; no other is old enough or worth compressing"
    return "none is old enough or worth compressing"


def _kept(draft: Draft) -> str:
    count, size = draft.shown["kept"]
    why = f"keep={draft.options.keep} keeps the newest of each log"
    return f"{count} old enough ({format_bytes(size)}) stay: {why}"


def _warn_of_kept(draft: Draft) -> None:
    if draft.shown["kept"][1] > draft.delete_bytes:
        own = "a file whose name does not tell its log is one of its own"
        draft.warnings.append(f"more stays than is deleted: {_kept(draft)}, and {own}")


def _warn(draft: Draft) -> None:
    shown = draft.shown
    warnings = draft.warnings
    warnings += [f"not looked at: {problem}" for problem in shown["problems"]]
    if not shown["complete"]:
        warnings.append(f"only {shown['seen_files']} rotated logs could be listed: there may be more")
    left, left_bytes = shown["left_out"]
    if left:
        warnings.append(
            f"{left} more old files ({format_bytes(left_bytes)}) are not named in this plan: "
            f"plan again after it"
        )
    for path, size, holders in shown["open"]:
        warnings.append(f"{path} ({format_bytes(size)}) is old and stays: {holders} has it open")
    for one in shown["file_systems"]:
        if one["available_bytes"] == 0 and one["free_bytes"]:
            warnings.append(
                f"{one['mount']}: what comes back goes to root's reserve first "
                f"({format_bytes(one['free_bytes'])} of it are left)"
            )
        if one["device"] in shown["short_devices"]:
            warnings.append(
                f"{one['mount']}: {draft.options.target_free:g} % free cannot be reached "
                f"by deleting what is old enough"
            )
    if not shown["logrotate_dry"]:
        warnings.append(
            "logrotate's dry run is not made: its configuration has createolddir, which really makes folders"
        )
    said = shown["logrotate_said"]
    if draft.bound["logrotate"]["errors"]:
        warnings.append(
            f"logrotate's own dry run tells {draft.bound['logrotate']['errors']} errors: {'; '.join(said)}"
        )
