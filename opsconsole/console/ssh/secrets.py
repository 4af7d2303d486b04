"""Secrets that a person was asked for: asked once, shared by all who wait, kept in memory only."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


class SharedSecret:
    """One secret that many may want at the same moment; the person is asked once.

    Who was already waiting when the person declined is declined as well, instead of asking forty times.
    """

    def __init__(self, ask: Callable[[], Awaitable[str | None]]) -> None:
        self._ask = ask
        self._lock = asyncio.Lock()
        self._value: str | None = None
        self._declines = 0

    def __repr__(self) -> str:
        """Never show the value."""
        return "SharedSecret(…)"

    @property
    def is_known(self) -> bool:
        """Whether it can be had without asking."""
        return self._value is not None

    @property
    def was_declined(self) -> bool:
        """Whether a person was asked for it and gave none."""
        return self._declines > 0

    async def get(self) -> str | None:
        """Return the secret, asking for it when it is not known; None when declined."""
        declines = self._declines
        async with self._lock:
            if self._value is None and declines == self._declines:
                self._value = await self._ask()
                self._declines += self._value is None
            return self._value

    def forget(self) -> None:
        """Drop the value: it was wrong."""
        self._value = None
