"""Reads with root where it can be had without asking anybody, else without."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from opsconsole.console.readings import HostReadings
from opsconsole.console.sections import Batch
from opsconsole.console.ssh.root_reader import RootReader
from opsconsole.console.state import Root
from opsconsole.data.host import Asking, Command, Shell, SudoError, SudoPasswordError, SudoPolicy
from opsconsole.data.text import clean_line
from opsconsole.panels.panel import SectionOutput

BECOME_ROOT = Command(("true",), sudo=True, asking=Asking.NEVER)

Answers = dict[str, SectionOutput]
Read = TypeVar("Read")


async def with_root(
    shell: Shell,
    readings: HostReadings,
    read: Callable[[bool], Awaitable[Read]],
    rooted: RootReader | None = None,
) -> Read:
    """Read with root where it can be had without asking anybody, else without; note which it was.

    Under the policy `ask` the password is used once a person gave it. A host that refuses root then is not
    asked again by us: each try is a line in its log, and perhaps a mail to its administrator.
    """
    state, host = readings.state, shell.host
    facts = state.facts = await shell.facts()
    if facts.user_id == 0 or host.sudo is not SudoPolicy.ASK:
        root = facts.user_id != 0 and host.sudo is SudoPolicy.PASSWORDLESS and facts.sudo_ready
        state.root = Root.YES if root else Root.NOT_NEEDED
        return await read(root)
    if not state.root_problem:
        try:
            if state.root is not Root.YES:  # costs nothing while there is no password
                await (rooted.open() if rooted else shell.run(BECOME_ROOT))
            answers = await read(True)
        except SudoPasswordError:
            pass
        except SudoError as error:
            state.root_problem = clean_line(str(error))
        else:
            state.root = Root.YES
            return answers
    state.root = Root.PASSWORD_WANTED
    return await read(False)


async def run_batch(shell: Shell, batch: Batch, rooted: RootReader | None = None) -> Answers:
    """Return what a batch's sections printed; `rooted` runs it when it wants root, else a command does."""
    command = batch.command
    if rooted and command.sudo and command.stdin:
        output = await rooted.run(command.stdin)
    else:
        output = await shell.run(command)
    return batch.split(output.stdout, truncated=output.truncated, exit_status=output.exit_status)
