"""Passwords of PKCS#12 files: asked for when a person wants it, then used for what is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.console.certificates_passwords import ask, files_wanting
from opsconsole.data.text import clean_line

if TYPE_CHECKING:
    from opsconsole.console.tui.app import OpsconsoleApp


async def give_passwords(app: OpsconsoleApp, host: str) -> None:
    """Ask for the passwords that the files of a host need, and read it anew; say what came of it."""
    state = app.source.hosts[host]
    if not files_wanting(state):
        app.notify(f"{clean_line(host, 128)}: no file there needs a password.", timeout=4, markup=False)
    elif await ask(state, app.source.prompter):
        app.read_now([host])
