"""Stops a regular expression that would take for ever, such as `(a+)+$` on a long line."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

PATTERN_LIMIT_SECONDS = 0.25
"""Of the process's own processor time."""


class PatternTooSlowError(Exception):
    """The expression backtracks too much on what a host wrote."""


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise PatternTooSlowError("too slow on these lines: make it simpler")


@contextmanager
def pattern_guard(limit_seconds: float = PATTERN_LIMIT_SECONDS) -> Iterator[None]:
    """Raise `PatternTooSlowError` in the block when it takes longer than the limit.

    Python's `re` has no time limit but looks for signals while it works, so an alarm reaches it. It is one of
    processor time: a busy machine makes no expression a bad one. Signals arrive in the main thread only; in
    another one (never the console's) the block runs unguarded.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGVTALRM, _stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, limit_seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
