"""The garbage collector, kept from holding up a key, and memory given back after a rush.

A thousand connected hosts are half a million objects, and a full collection that walks through them takes
a quarter of a second. Almost all of them live as long as the console, and what does die is freed by its
reference count. So what there is is set aside twice a second (`gc.freeze`, which only moves a list):
collections then only see what is new. Seldom enough for a hundred thousand new readings, a collection even
of the youngest would hold up a key for 20 ms: it comes when 700 more objects were made than freed, and
readings replace each other. Now and then, while nobody types, a full collection looks through everything
for cycles, of which the screens' lines make some each second.

The start is the greatest rush: a thousand handshakes and first readings. What they took is free again, but
glibc keeps it until it is asked (`malloc_trim(3)`).
"""

from __future__ import annotations

import gc
import sys
import time

SETTLE_SECONDS = 0.5
FULL_SECONDS = 60.0
"""Shortest time between full collections."""
FULL_SHARE = 0.001
"""The share of the time that full collections may take: where one takes long, they become rarer."""
IDLE_SECONDS = 30.0
OVERDUE = 4.0
"""One that is due for so many of its periods comes in a pause of `BREATH_SECONDS` between two keys."""
BREATH_SECONDS = 3.0
GIVE_BACK_SECONDS = 60.0


class Garbage:
    """Decides when to set aside and when to collect. Call `settle` every `SETTLE_SECONDS`."""

    def __init__(self) -> None:
        self._last_full = self._last_key = self._gave_back = time.monotonic()
        self._full_seconds = FULL_SECONDS

    def key(self) -> None:
        """Note that somebody types."""
        self._last_key = time.monotonic()

    def settle(self) -> None:
        """Set aside what lives, after a full collection when one is due and nobody types."""
        now = time.monotonic()
        waited = (now - self._last_full) / self._full_seconds
        idle_seconds = now - self._last_key
        if waited >= 1.0 and idle_seconds >= (BREATH_SECONDS if waited >= OVERDUE else IDLE_SECONDS):
            gc.unfreeze()
            gc.collect()
            self._last_full = time.monotonic()
            self._full_seconds = max(FULL_SECONDS, (self._last_full - now) / FULL_SHARE)
        if idle_seconds >= IDLE_SECONDS and now - self._gave_back >= GIVE_BACK_SECONDS:
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
