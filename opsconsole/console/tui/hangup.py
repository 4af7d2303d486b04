"""A console whose terminal is gone must go too, not poll hosts for ever unseen.

The kernel tells the foreground processes (SIGHUP), but the console is not one of them while an interactive
session runs, and Textual's writer blocks the event loop once nothing takes its output. So a thread of its
own waits for the terminal to hang up.
"""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable

EXIT_STATUS = 129  # 128 + SIGHUP, as a shell reports it
GRACE_SECONDS = 5.0


def watch(descriptor: int, tidy_up: Callable[[], None]) -> None:
    """Start to wait for the terminal of a file descriptor to hang up; then tidy up and end the process.

    Args:
        descriptor: Such as 0. Nothing is watched when it is no terminal.
        tidy_up: Called in the watching thread, must not need the event loop; it gets `GRACE_SECONDS`.
    """
    if os.isatty(descriptor):
        threading.Thread(target=_wait, args=(descriptor, tidy_up), name="hang-up", daemon=True).start()


def _wait(descriptor: int, tidy_up: Callable[[], None]) -> None:
    poll = select.poll()
    poll.register(descriptor, 0)  # a hang-up is always told
    events = poll.poll()
    if not any(event & select.POLLHUP for _, event in events):
        return  # a system that cannot poll terminals
    tidying = threading.Thread(target=tidy_up, daemon=True)
    tidying.start()
    tidying.join(GRACE_SECONDS)
    os._exit(EXIT_STATUS)
