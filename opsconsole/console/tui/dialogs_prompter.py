"""Answers the SSH room's questions with dialogues, which are loaded with the first question."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from textual.app import App

from opsconsole.console.ssh.status import HostKeyOffer

if TYPE_CHECKING:
    from opsconsole.console.tui.dialogs_base import Dialog

Answer = TypeVar("Answer")


class TuiPrompter:
    """A `Prompter` of the console: one dialogue at a time, in the order of asking.

    It may be asked from any task of the app's event loop. When the asking task is cancelled, its question
    disappears, whether it was shown or still queued.
    """

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._turn = asyncio.Lock()

    async def secret(self, host: str, question: str, *, echo: bool = False) -> str | None:
        """Ask for a password, passphrase or one-time code."""
        from opsconsole.console.tui.dialogs_secret import SecretDialog

        return await self._ask(SecretDialog(host, question, echo))

    async def accept_host_key(self, offer: HostKeyOffer) -> bool:
        """Ask whether an unknown key is to be trusted. A changed one is explained and declined."""
        from opsconsole.console.tui.dialogs_host_key import HostKeyChangedDialog, HostKeyDialog

        if offer.known_fingerprints:
            await self._ask(HostKeyChangedDialog(offer))
            return False
        return await self._ask(HostKeyDialog(offer)) is True

    async def _ask(self, dialog: Dialog[Answer]) -> Answer | None:
        async with self._turn:
            answered: asyncio.Future[Answer | None] = asyncio.get_running_loop().create_future()

            def settle(result: Answer | None) -> None:
                if not answered.done():
                    answered.set_result(result)

            dialog.when_done = settle

            def show() -> None:
                if not dialog.is_withdrawn:
                    self._app.push_screen(dialog)

            # By the app's own queue: the asker's context may belong to a screen that is gone, or to none.
            if not self._app.call_later(show):
                return None  # the app is closing
            try:
                return await answered
            finally:
                if answered.cancelled():
                    self._app.call_later(dialog.withdraw)
