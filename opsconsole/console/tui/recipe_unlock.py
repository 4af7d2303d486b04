"""Breaking the lock of a run that is no more off a host: the host's name is typed, and a reason."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from opsconsole.console.tui.recipe_confirm import Confirmed, ConfirmRun
from opsconsole.recipes.confirm import Confirmation, Tier

if TYPE_CHECKING:
    from opsconsole.console.tui.source_runs import RunsLike


async def unlock(
    runs: RunsLike,
    host: str,
    *,
    production: bool,
    ask: Callable[[ConfirmRun], Awaitable[Confirmed | None]],
) -> str:
    """Show who holds the lock of a host, ask, and break it.

    Only the lock of the run that was shown is broken: another's, taken meanwhile, stays.

    Returns:
        What to tell; empty: it was declined.

    Raises:
        RunsError: It was not broken.
        ShellError: The host could not be asked.
        LedgerError: It could not be written down; nothing was done.
    """
    holder = await runs.holder(host)
    if holder is None:
        return f"{host} is not locked."
    dialog = ConfirmRun(
        f"Break the lock of {host}",
        "Break it",
        Confirmation(Tier.TYPE, host, ("a run that still goes on loses the host in the midst of its work",)),
        lines=(f"held by {holder}", "only when that run is no more; a reason is needed"),
        production=[host] if production else [],
        asks=("reason",),
    )
    said = await ask(dialog)
    if said is None:
        return ""
    if not said.reason.strip():
        return "Refused: a broken lock is explained in the audit trail; give a reason. Nothing was changed."
    return await runs.break_lock(host, holder_run_id=holder.run_id, reason=said.reason)
