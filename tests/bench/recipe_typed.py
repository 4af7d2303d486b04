"""The floor of a run: the very commands of its facts, steps and checks, one by one over an open connection.

Nothing of the runner is there: no lock, no job that outlives the connection, no ledger, no undo.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

import asyncssh

from opsconsole import recipes
from opsconsole.console.inventory import load_inventory
from opsconsole.console.settings import Settings
from opsconsole.console.ssh.connections import Connections
from opsconsole.console.ssh.prompts import NoPrompter
from opsconsole.console.ssh.wire import command_line
from opsconsole.data.host import Command, Host, Output
from opsconsole.recipes import parameters
from tests.bench.recipe_scene import HOST, TEXTS


class Noting:
    """A shell that notes the commands it is asked for."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self.host: Host = shell.host
        self.commands: list[Command] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._shell, name)

    async def run(self, command: Command) -> Output:
        """Run it, and note it."""
        self.commands.append(command)
        output: Output = await self._shell.run(command)
        return output


async def typed(config: Path) -> float:
    """Return the seconds of all commands after each other."""
    hosts = load_inventory(Settings.load(config)).reachable()
    connections = Connections(hosts, prompter=NoPrompter())
    recipe = recipes.load("log-rotation")
    values = parameters.read_all(recipe.parameters, TEXTS)
    try:
        await connections.connect(HOST)
        shell = Noting(connections.shell(HOST))
        sheet = await recipe.facts(shell, values)
    finally:
        await connections.close()
    plan = recipe.plan(hosts[HOST], values, sheet)
    steps = [[*step.commands, step.check.command] for step in plan.steps]
    host = hosts[HOST]
    async with asyncssh.connect(
        host.address,
        host.port,
        username=host.user or "",
        client_keys=list(host.identity_files),
        known_hosts=host.known_hosts_files[0],
        config=None,
        agent_path=None,
    ) as connection:
        began = time.perf_counter()
        for command in [*shell.commands, *(command for step in steps for command in step)]:
            argv = ["sudo", "-n", *command.argv] if command.sudo else list(command.argv)
            # Without input asyncssh sends no end of file, and what reads would wait for ever.
            given = {"input": command.stdin} if command.stdin else {"stdin": asyncssh.DEVNULL}
            done = await connection.run(command_line(["env", "LC_ALL=C", *argv]), encoding=None, **given)
            if done.exit_status != 0:
                sys.exit(f"{command.argv[:4]}: exit status {done.exit_status}: {done.stderr!r}")
        return time.perf_counter() - began


if __name__ == "__main__":
    print(json.dumps({"seconds": asyncio.run(typed(Path(sys.argv[1])))}))
