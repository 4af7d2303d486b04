"""Asks for the passwords of PKCS#12 files. They are kept in memory for as long as the console runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from opsconsole.data.text import clean_line
from opsconsole.panels.certificates.passwords import PASSWORDS

if TYPE_CHECKING:
    from opsconsole.console.inventory import HostEntry, Inventory
    from opsconsole.console.settings import Settings
    from opsconsole.console.ssh.prompts import Prompter
    from opsconsole.console.state import HostState

PANEL = "certificates"
TRIES = 3
"""As ssh and sudo ask; a wrong one harms nothing: it is tried on the file, not on a login."""


def files_wanting(state: HostState) -> list[str]:
    """Return the paths of a host's files that need a password that is not known, or another one."""
    panel = state.panels.get(PANEL)
    files = () if panel is None or panel.reading is None else panel.reading.files or ()
    return [file.path for file in files if file.password_needed]


async def ask(state: HostState, prompter: Prompter, declined: set[tuple[str, str]] | None = None) -> bool:
    """Ask for each password that is wanted; return whether one was given.

    Args:
        state: The host.
        prompter: Asks.
        declined: Host and path of those that are not to be asked for again; one that is declined is added.
    """
    host, given = state.host.name, False
    declined = set() if declined is None else declined
    for path in files_wanting(state):
        if (host, path) in declined:
            continue
        wrong = "That was not its password. " if PASSWORDS.knows(host, path) else ""
        password = await prompter.secret(host, f"{wrong}Password of {clean_line(path, 200)}:")
        if password is None:
            PASSWORDS.forget(host, path)
            declined.add((host, path))
            continue
        PASSWORDS.give(host, path, password)
        given = True
    return given


async def read_asking(
    entries: Sequence[HostEntry], settings: Settings, inventory: Inventory, prompter: Prompter
) -> list[HostState]:
    """Read the certificates of hosts once; where a password is given, that host once more."""
    from opsconsole.console.once import read_once

    states = await read_once(entries, settings, inventory, prompter=prompter, panel_names=[PANEL])
    declined: set[tuple[str, str]] = set()
    for _ in range(TRIES):
        again = [place for place, state in enumerate(states) if await ask(state, prompter, declined)]
        if not again:
            break
        chosen = [states[place].entry for place in again]
        anew = await read_once(chosen, settings, inventory, prompter=prompter, panel_names=[PANEL])
        for place, state in zip(again, anew, strict=True):
            states[place] = state
    return states
