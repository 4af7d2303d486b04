"""What is learned during one attempt to connect, and the clock that stops while a person thinks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import IntEnum

from opsconsole.data.host import Host


class Phase(IntEnum):
    """How far an attempt came."""

    DIALLING = 0
    HANDSHAKE = 1
    AUTHENTICATION = 2


@dataclass(slots=True)
class Attempt:
    """One attempt.

    Attributes:
        host: The host, or jump host.
        while_asking: Called when a person is asked something, so that others need not wait for this one.
        phase: How far it came.
        warnings: Key files that could not be used, each named.
        tried: Ways to log in that were tried, in order, each with how often.
        allowed: Methods the server said it would take.
        banner: What the server said before login, cleaned.
        notes: Other reasons for a refusal.
    """

    host: Host
    while_asking: Callable[[], None]
    phase: Phase = Phase.DIALLING
    warnings: list[str] = field(default_factory=list)
    tried: dict[str, int] = field(default_factory=dict)
    allowed: tuple[str, ...] = ()
    banner: str = ""
    notes: list[str] = field(default_factory=list)
    asking: int = 0
    _timeout: asyncio.Timeout | None = None
    _left_seconds: float = 0.0

    def try_method(self, method: str) -> None:
        """Note that a way to log in is tried."""
        self.tried[method] = self.tried.get(method, 0) + 1

    @contextmanager
    def deadline(self, timeout: asyncio.Timeout) -> Iterator[None]:
        """Name the timeout that `paused` stops."""
        self._timeout = timeout
        try:
            yield
        finally:
            self._timeout = None

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Stop the deadline while a person is asked; calls may nest or overlap."""
        loop = asyncio.get_running_loop()
        if self.asking == 0 and self._timeout is not None:
            when = self._timeout.when()
            self._left_seconds = 0.0 if when is None else when - loop.time()
            self._timeout.reschedule(None)
            self.while_asking()
        self.asking += 1
        try:
            yield
        finally:
            self.asking -= 1
            if self.asking == 0 and self._timeout is not None:
                self._timeout.reschedule(loop.time() + max(self._left_seconds, 1.0))
