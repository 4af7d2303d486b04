"""The garbage collector, kept from holding up a key, and memory given back after a rush.

A thousand connected hosts are half a million objects, and a full collection that walks through them takes
a third of a second. Almost all of them live as long as the console, and what does die is freed by its
reference count. So what has lived for some seconds is set aside (`gc.freeze`): collections then only see
what is new. Now and then, while nobody types, a full collection looks through everything for cycles.

The start is the greatest rush: a thousand handshakes and first readings. What they took is free again, but
glibc keeps it until it is asked (`malloc_trim(3)`).
"""

from __future__ import annotations

import gc
import sys
import time

SETTLE_SECONDS = 5.0
FULL_SECONDS = (60.0, 900.0)
"""First and longest time between full collections, each twice the one before: most cycles are made early."""
IDLE_SECONDS = 30.0
GIVE_BACK_SECONDS = 60.0


class Garbage:
    """Decides when to set aside and when to collect. Call `settle` every `SETTLE_SECONDS`."""

    def __init__(self) -> None:
        self._last_full = self._last_key = self._gave_back = time.monotonic()
        self._full_seconds = FULL_SECONDS[0]

    def key(self) -> None:
        """Note that somebody types."""
        self._last_key = time.monotonic()

    def settle(self) -> None:
        """Set aside what lives, after a full collection when one is due and nobody types."""
        now = time.monotonic()
        idle = now - self._last_key >= IDLE_SECONDS
        if idle and now - self._last_full >= self._full_seconds:
            self._last_full = now
            self._full_seconds = min(self._full_seconds * 2, FULL_SECONDS[1])
            gc.unfreeze()
            gc.collect()
        if idle and now - self._gave_back >= GIVE_BACK_SECONDS:
            self._gave_back = now
            give_back()
        gc.freeze()
        gc.enable()  # the start of the console turns it off


def give_back() -> bool:
    """Return what is free to the system; whether the C library did so (glibc only)."""
    if not sys.platform.startswith("linux"):
        return False
    import ctypes

    try:
        return bool(ctypes.CDLL(None).malloc_trim(0))
    except (OSError, AttributeError):  # musl has no such function, and gives back by itself
        return False
