"""The logrotate rule that is installed: built from the parameters and from who writes the logs."""

from __future__ import annotations

import os
from collections.abc import Sequence

from opsconsole.data.logrotate import Configuration
from opsconsole.data.logrotate_index import RuleIndex, TooMuchError
from opsconsole.recipes.log_rotation.host_tools import LiveLog
from opsconsole.recipes.log_rotation.opened import Opened, Process
from opsconsole.recipes.log_rotation.options import Options
from opsconsole.recipes.log_rotation.release import main_process, signal_of
from opsconsole.recipes.recipe import PlanError

_MOST_UNITS = 8


def content(options: Options, logs: Sequence[LiveLog], opened: Opened) -> str:
    """Return the drop-in.

    Raises:
        PlanError: It would be wrong on this host: a writer's signal is not known, or folders differ.
    """
    create = options.drop_in_mode == "create"
    lines = [options.drop_in_every, f"rotate {options.drop_in_keep}", "missingok", "notifempty"]
    if options.drop_in_compress:
        lines.append("compress")
        if create:
            # The writer may still write to the renamed file for a moment: it is compressed the next time.
            lines.append("delaycompress")
    lines.append("create" if create else "copytruncate")
    if su := _su(logs):
        lines.append(su)
    signals = _signals(options, logs, opened) if create else []
    if signals:
        lines += ["sharedscripts", "postrotate", *(f"    {one}" for one in signals), "endscript"]
    head = "# Installed by opsconsole (log-rotation).\n"
    return head + " ".join(options.logs) + " {\n" + "".join(f"    {line}\n" for line in lines) + "}\n"


def covered(options: Options, logs: Sequence[LiveLog], configuration: Configuration) -> None:
    """Raise when another rule has one of the logs already: logrotate takes a log once only.

    Raises:
        PlanError: It names the rule's file and line, or the rules are too many to be compared.
    """
    index = RuleIndex(rule for rule in configuration.rules if rule.file != options.drop_in_path)
    for one in logs:
        try:
            others = index.rules_for(os.fsdecode(one.file.path))
        except TooMuchError:
            raise PlanError("drop_in: the rules and logs are too many to be compared") from None
        if others:
            raise PlanError(
                f"drop_in: {one.file.shown} is rotated by {others[0].file}:{others[0].line} already; "
                f"change that rule, or rotate it with rotate={others[0].file}"
            )


def writers_of(log: LiveLog, opened: Opened) -> list[Process]:
    """Return the processes that have a log open for writing."""
    pids = {one.pid for one in opened.files if one.writes and (one.device, one.inode) == log.file.identity}
    return [opened.processes[pid] for pid in sorted(pids) if pid in opened.processes]


def _su(logs: Sequence[LiveLog]) -> str:
    wanted = {f"su {one.parent_user} {one.parent_group}" for one in logs if one.needs_su}
    if len(wanted) > 1 or (wanted and not all(one.needs_su for one in logs)):
        raise PlanError("logs: their folders belong to different users: install one drop-in for each")
    return next(iter(wanted), "")


def _signals(options: Options, logs: Sequence[LiveLog], opened: Opened) -> list[str]:
    """Return the commands by which the logs' writers open their logs anew."""
    commands = set()
    for one in logs:
        for process in writers_of(one, opened):
            main = main_process(process, opened)
            signal = signal_of(process, options)
            unit = process.unit or main.unit
            if signal is None or not unit:
                why = "no signal is known upon which it reopens its log" if unit else "it belongs to no unit"
                raise PlanError(
                    f"drop_in: {process.shown} writes to {one.file.shown} and {why}; "
                    f"set reopen={unit or 'UNIT.service'}=USR1, or drop_in_mode=copytruncate"
                )
            commands.add(f"systemctl kill --kill-who=main --signal={signal} {unit}")
    if len(commands) > _MOST_UNITS:
        raise PlanError(f"logs: {len(commands)} services write to them: install one drop-in for each")
    return sorted(commands)
