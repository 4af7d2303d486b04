"""The recipe: reads the host, and makes the plan of what was read."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from opsconsole.data import logrotate
from opsconsole.data.host import Host, Shell
from opsconsole.recipes.log_rotation import dropin, facts, options, plan, sheet
from opsconsole.recipes.log_rotation.choose import choose
from opsconsole.recipes.log_rotation.facts import DEFAULT_RATIO
from opsconsole.recipes.log_rotation.options import Options
from opsconsole.recipes.log_rotation.rotation import Rotated, rotated
from opsconsole.recipes.recipe import FactSheet, Parameter, Plan, PlanError


class LogRotation:
    """Frees a full disk without losing a line that is wanted; see `Recipe`."""

    name = "log-rotation"
    version = 1
    title = "Log rotation and disk clean-up"
    summary = "Deletes, compresses and rotates old logs, and has writers let go of deleted ones"
    parameters: tuple[Parameter, ...] = options.PARAMETERS

    async def facts(self, shell: Shell, values: Mapping[str, Any]) -> FactSheet:
        """Read what the plan needs; see `Recipe.facts`."""
        wanted = options.read(values)
        host = await facts.read(shell, wanted)
        chosen = await asyncio.to_thread(choose, host.look, host.opened, wanted)
        content, rotation = await _logrotate(shell, wanted, host)
        tried = await facts.ratio(shell, chosen.compress) if chosen.compress else DEFAULT_RATIO
        return await asyncio.to_thread(
            lambda: sheet.make(host, wanted, chosen, drop_in=content, rotated=rotation, ratio=tried)
        )

    def plan(self, host: Host, values: Mapping[str, Any], facts: FactSheet) -> Plan:
        """Return the plan; see `Recipe.plan`."""
        return plan.make(self.name, self.version, host, values, facts)


async def _logrotate(shell: Shell, wanted: Options, host: facts.Host) -> tuple[str, list[Rotated]]:
    """Return the content of the drop-in, and the logs that are rotated now."""
    if not wanted.drop_in and not wanted.rotated_config:
        return "", []
    if not host.logrotate.version:
        raise PlanError("drop_in, rotate: the host has no logrotate")
    files = dict(host.logrotate.files)
    content = ""
    if wanted.drop_in:
        logs = await facts.live_logs(shell, wanted.logs)
        dropin.covered(wanted, logs, logrotate.parse(files))
        content = dropin.content(wanted, logs, host.opened)
        files[wanted.drop_in_path] = content.encode()
    if not wanted.rotated_config:
        return content, []
    if wanted.rotated_config not in files:
        raise PlanError(f"rotate: {wanted.rotated_config} is not there")
    rules = [one for one in logrotate.parse(files).rules if one.file == wanted.rotated_config]
    if not rules:
        raise PlanError(f"rotate: logrotate finds no rule in {wanted.rotated_config}")
    patterns = sorted({pattern for rule in rules for pattern in rule.patterns})
    return content, rotated(rules, await facts.live_logs(shell, patterns), host.opened)
