"""A place among the handshakes at once, which can be given up early."""

from __future__ import annotations

import asyncio


class Slot:
    """Holds one place of a semaphore; `release` gives it up before the end, once."""

    def __init__(self, semaphore: asyncio.Semaphore) -> None:
        self._semaphore = semaphore
        self._held = False

    async def __aenter__(self) -> Slot:
        await self._semaphore.acquire()
        self._held = True
        return self

    async def __aexit__(self, *_: object) -> None:
        self.release()

    def release(self) -> None:
        """Give the place up: a person is asked, and others need not wait for that."""
        if self._held:
            self._held = False
            self._semaphore.release()
