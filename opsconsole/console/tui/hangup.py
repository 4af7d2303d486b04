"""A console whose terminal is gone must go too, not poll hosts for ever unseen.

The kernel tells the foreground processes (SIGHUP), but the console is not one of them while an interactive
session runs, and Textual's writer blocks the event loop once nothing takes its output. So a thread of its
own waits for the terminal to hang up.

A console that is told to go (`kill`, a log-out, a reboot) gives the terminal back first: by a signal's own
action it would leave it without echo, on the other screen and with the mouse reported.
"""

from __future__ import annotations

import asyncio
import os
import select
import signal
import threading
from collections.abc import Callable

EXIT_STATUS = 129  # 128 + SIGHUP, as a shell reports it
GRACE_SECONDS = 5.0

_TOLD_TO_GO = (signal.SIGTERM, signal.SIGHUP)


def watch(descriptor: int, tidy_up: Callable[[], None]) -> None:
    """Start to wait for the terminal of a file descriptor to hang up; then tidy up and end the process.

    Args:
        descriptor: Such as 0. Nothing is watched when it is no terminal.
        tidy_up: Called in the watching thread, must not need the event loop; it gets `GRACE_SECONDS`.
    """
    if os.isatty(descriptor):
        threading.Thread(target=_wait, args=(descriptor, tidy_up), name="hang-up", daemon=True).start()


def leave_on_signals(leave: Callable[[int], object]) -> None:
    """Leave in good order when this process is told to go; told again, it goes at once.

    Args:
        leave: Called in the running event loop, once, with the exit status that a shell reports.
    """
    loop = asyncio.get_running_loop()

    def told(number: int) -> None:
        for one in _TOLD_TO_GO:
            loop.remove_signal_handler(one)
        # While a session has the terminal, giving it back would stop this process instead of ending it.
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        leave(128 + number)

    for one in _TOLD_TO_GO:
        loop.add_signal_handler(one, told, one)


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
