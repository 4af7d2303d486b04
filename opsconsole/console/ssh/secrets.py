"""Secrets that a person was asked for: asked once, shared by all who wait, kept in memory only."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


class SharedSecret:
    """One secret that many may want at the same moment; the person is asked once.

    Who was already waiting when the person declined, or when the answer turned out wrong, has none as well,
    instead of asking forty times.

    Attributes:
        refusals: How many answers turned out wrong.
    """

    def __init__(self, ask: Callable[[], Awaitable[str | None]]) -> None:
        self._ask = ask
        self._lock = asyncio.Lock()
        self._value: str | None = None
        self._declines = 0
        self.refusals = 0

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
        """Return the secret, asking for it when it is not known; None when there is none."""
        before = self._declines, self.refusals
        async with self._lock:
            if self._value is None and before == (self._declines, self.refusals):
                self._value = await self._ask()
                self._declines += self._value is None
            return self._value

    def holds(self, value: str) -> bool:
        """Whether this is the value still."""
        return self._value == value

    def forget(self, value: str) -> None:
        """Drop this value: it was wrong. Another that was given meanwhile stays."""
        if self.holds(value):
            self._value = None
            self.refusals += 1
