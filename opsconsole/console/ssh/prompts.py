"""Questions that only a person can answer, and who asks them.

The SSH room asks through a `Prompter`; the console answers with dialogues, the command line on its
terminal, and a headless run with `NoPrompter`, which declines everything.
"""

from __future__ import annotations

from typing import Protocol

from opsconsole.console.ssh.status import HostKeyOffer


class Prompter(Protocol):
    """Asks the engineer. Every answer may be None: declined."""

    async def secret(self, host: str, question: str, *, echo: bool = False) -> str | None:
        """Ask for a password, passphrase or one-time code. `question` may hold hostile (cleaned) text."""
        ...

    async def accept_host_key(self, offer: HostKeyOffer) -> bool:
        """Ask whether an unknown host key is to be trusted. Never asked for a changed one."""
        ...


class NoPrompter:
    """Declines: nobody is there to answer."""

    async def secret(self, host: str, question: str, *, echo: bool = False) -> str | None:
        """Decline."""
        return None

    async def accept_host_key(self, offer: HostKeyOffer) -> bool:
        """Decline."""
        return False
