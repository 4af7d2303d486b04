"""Looking at a host's lock, and breaking it on purpose."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from opsconsole.data.host import Shell, ShellError, SudoError
from opsconsole.data.ledger import Entry, Ledger
from opsconsole.recipes.runner import lock
from opsconsole.recipes.runner import owner as run_owner
from opsconsole.recipes.runner.host_scripts import AnswerError
from opsconsole.recipes.runner.lock import Holder, LockAnswer, LockError, LockState


async def holder(shell: Shell) -> Holder | None:
    """Return who holds the host's lock; None: nobody. Changes nothing.

    Raises:
        ShellError: The host could not be asked.
    """
    try:
        return lock.read_lock(await shell.run(lock.show())).holder
    except AnswerError as error:
        raise ShellError(f"{shell.host.name}: {error}") from None


async def break_lock(ledger: Ledger, entry: Entry, shell: Shell, holder_run_id: str, refusal: str) -> str:
    """Take a lock off the host, if that run still holds it; written down before and after.

    Args:
        ledger: The ledger.
        entry: Who does it and why.
        shell: The host.
        holder_run_id: The run that was shown as the holder.
        refusal: Why it is not allowed; empty: it is.

    Returns:
        What happened, for a person.

    Raises:
        LockError: It was not broken.
        LedgerError: It could not be written down; nothing was done.
        ShellError: The host could not be asked.
    """
    host = shell.host
    address = "" if host.is_local else f"{host.address}:{host.port}"

    async def note(kind: str, **body: Any) -> None:
        full = {"holder_run_id": holder_run_id, **body}
        wanted = replace(entry, kind=kind, host=host.name, address=address, body=full)
        await asyncio.to_thread(ledger.append, wanted)

    if refusal:
        await note("lock-break-refused", why=refusal)
        raise LockError(f"the lock of {host.name} is not broken: {refusal}")
    if run_owner.driven_here(holder_run_id):
        raise LockError("that run goes on in this console: stop it instead")
    before = await holder(shell)
    await note("lock-broken", holder=str(before or ""), done=False)
    answer = await _broken(shell, holder_run_id)
    if answer.state is LockState.BUSY:
        raise LockError(f"the lock of {host.name} is not broken: it is held by {answer.holder} now")
    await note("lock-broken", holder=str(before or ""), done=answer.state is LockState.BROKEN)
    if answer.state is LockState.FREE:
        return f"{host.name} was not locked any more"
    return f"the lock of {before} on {host.name} is broken"


async def _broken(shell: Shell, holder_run_id: str) -> LockAnswer:
    """Break it as whoever may: the lock is root's when the run needed root."""
    try:
        return lock.read_lock(await shell.run(lock.break_it(holder_run_id, sudo=False)))
    except AnswerError:
        try:
            return lock.read_lock(await shell.run(lock.break_it(holder_run_id, sudo=True)))
        except (AnswerError, SudoError) as error:
            raise LockError(f"the lock of {shell.host.name} is not broken: {error}") from None
