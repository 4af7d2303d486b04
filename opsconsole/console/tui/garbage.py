"""The garbage collector, kept from holding up a key.

A thousand connected hosts are half a million objects, and a full collection that walks through them takes
a third of a second. Almost all of them live as long as the console, and what does die is freed by its
reference count. So what has lived for some seconds is set aside (`gc.freeze`): collections then only see
what is new. Now and then, while nobody types, a full collection looks through everything for cycles.
"""

from __future__ import annotations

import gc
import time

SETTLE_SECONDS = 5.0
FULL_EVERY_SECONDS = 900.0
IDLE_SECONDS = 60.0


class Garbage:
    """Decides when to set aside and when to collect. Call `settle` every `SETTLE_SECONDS`."""

    def __init__(self) -> None:
        self._last_full = self._last_key = time.monotonic()

    def key(self) -> None:
        """Note that somebody types."""
        self._last_key = time.monotonic()

    def settle(self) -> None:
        """Set aside what lives, after a full collection when one is due and nobody types."""
        now = time.monotonic()
        if now - self._last_full >= FULL_EVERY_SECONDS and now - self._last_key >= IDLE_SECONDS:
            self._last_full = now
            gc.unfreeze()
            gc.collect()
        gc.freeze()
        gc.enable()  # the start of the console turns it off
