"""A way in of its own: what proves that a host can still be reached after a change that could cut us off."""

from __future__ import annotations

import asyncio
from typing import Protocol, runtime_checkable

from opsconsole.data.host import Shell, ShellError

PAUSE_SECONDS = 0.5


@runtime_checkable
class FreshShell(Protocol):
    """A shell that can log in anew, beside the connection that it has."""

    async def fresh(self) -> None:
        """Log in to the host over a new connection, run a command there, and close it again.

        Raises:
            ShellError: It could not be done.
        """
        ...


async def come_back(shell: Shell, within_seconds: float) -> str:
    """Log in anew, again and again until it works; this machine needs no way in.

    An open connection proves nothing: a firewall may let it live and take no new one.

    Returns:
        Why it was not possible within so many seconds; empty: it was.
    """
    if not isinstance(shell, FreshShell):
        return "" if shell.host.is_local else "this kind of shell cannot log in anew"
    why = ""
    try:
        async with asyncio.timeout(within_seconds):
            while True:
                try:
                    await shell.fresh()
                except ShellError as error:
                    why = str(error)
                    await asyncio.sleep(PAUSE_SECONDS)
                else:
                    return ""
    except TimeoutError:
        return why or f"{shell.host.name}: no login within {within_seconds:.0f} s"
