"""Root where it takes a password: asked for when a person wants it, then used for what is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.data.host import Command, ShellError, SudoPolicy
from opsconsole.data.text import clean_line

if TYPE_CHECKING:
    from opsconsole.console.tui.app import OpsconsoleApp

BECOME_ROOT = Command(("true",), sudo=True)


async def become_root(app: OpsconsoleApp, host: str) -> None:
    """Ask for the sudo password of a host, and read it anew with root; say what came of it."""
    state = app.source.hosts[host]
    shown = clean_line(host, 128)
    if state.host.sudo is not SudoPolicy.ASK:
        app.notify(
            f'{shown}: its sudo policy is "{state.host.sudo}", so no password is asked for.', markup=False
        )
        return
    state.root_problem = ""
    try:
        await app.source.shell(host).run(BECOME_ROOT)
    except (ShellError, RuntimeError) as error:
        app.notify(clean_line(str(error)), severity="warning", markup=False)
        return
    app.source.read_now(host)
    app.notify(f"{shown} is read as root from now on.", timeout=4, markup=False)
