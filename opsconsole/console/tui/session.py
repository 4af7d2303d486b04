"""Gives the terminal to an interactive session, and takes it back when the session ends."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import termios
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from select import select
from typing import Any

from textual.app import App, SuspendNotSupported

from opsconsole.data.text import clean_line

SSH_FAILED = 255  # ssh(1): "exits with … 255 if an error occurred"
_LOOK_EVERY_SECONDS = 0.1
# Main screen (47: 1049 would also move the cursor), no mouse reports, no bracketed paste; then DECSTR,
# which resets cursor keys, scroll region and colours.
_RESET_MODES = "\x1b[?47l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[!p\x0f"


async def open_session(app: App[Any], argv: Sequence[str], title: str) -> int | None:
    """Run `argv` at the console's terminal until it ends; the console goes on reading hosts meanwhile.

    The session is the terminal's only foreground process: ctrl+c and ctrl+z are its own. Call this from a
    worker, not from a message handler, which would hold the app's messages up.

    Args:
        app: The running app.
        argv: The program, such as the service's `session_argv`.
        title: What the engineer knows it by, such as the host's name.

    Returns:
        The exit status, 128 + N for signal N, or None when it could not be started.
    """
    name = clean_line(title)
    try:
        # Batched: what changes meanwhile is not drawn into the session's terminal, but once at the end.
        with app.batch_update(), app.suspend():
            status, problem = await _run_at_terminal(list(argv), name)
    except SuspendNotSupported:
        app.notify("This terminal cannot be handed to a session.", severity="error", markup=False)
        return None
    if problem:
        app.notify(f"Session on {name}: {problem}", severity="error", markup=False)
    elif status:
        app.notify(f"Session on {name} ended with status {status}.", severity="warning", markup=False)
    return status


async def _run_at_terminal(argv: list[str], name: str) -> tuple[int | None, str]:
    """Run the program; return its status and why it could not be run."""
    _write(f"\nopsconsole: session on {name}; when it ends you are back in the console.\n")
    try:
        process = subprocess.Popen(argv, process_group=0)  # noqa: S603 - argv of our own making, no shell
    except OSError as error:
        return None, f"{clean_line(argv[0])}: {error.strerror}"
    with _foreground(process.pid):
        status = await _until_done(lambda _stop: _wait(process), lambda: process.send_signal(signal.SIGHUP))
    if status == SSH_FAILED:
        _write("\nopsconsole: ssh gave up, for the reason above. Enter goes back to the console. ")
        await _until_done(_wait_for_enter, lambda: None)
    return status, ""


async def _until_done(wait: Callable[[threading.Event], int], give_up: Callable[[], None]) -> int:
    """Wait in a thread. When this task is cancelled, give up, and still wait: the terminal must be ours."""
    stop = threading.Event()
    waiting = asyncio.ensure_future(asyncio.to_thread(wait, stop))
    try:
        return await asyncio.shield(waiting)
    except asyncio.CancelledError:
        stop.set()
        give_up()
        await waiting
        raise


def _wait(process: subprocess.Popen[bytes]) -> int:
    """Wait for the process. One that was stopped (ctrl+z) goes on: there is no shell to bring it back."""
    while True:
        _pid, status = os.waitpid(process.pid, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            code = os.waitstatus_to_exitcode(status)
            process.returncode = code
            return code if code >= 0 else 128 - code
        os.killpg(process.pid, signal.SIGCONT)


def _wait_for_enter(stop: threading.Event) -> int:
    stdin = sys.__stdin__
    if stdin is None or not stdin.isatty():
        return 0
    while not stop.is_set():
        if select([stdin], [], [], _LOOK_EVERY_SECONDS)[0]:
            os.read(stdin.fileno(), 1024)
            return 0
    return 0


@contextmanager
def _foreground(group: int) -> Iterator[None]:
    """Make a process group the terminal's foreground one, so that its keys' signals go there only."""
    stdin = sys.__stdin__
    if stdin is None or not stdin.isatty():
        yield
        return
    terminal = stdin.fileno()
    modes = termios.tcgetattr(terminal)
    _give_terminal(terminal, group)
    try:
        yield
    finally:
        _give_terminal(terminal, os.getpgrp())
        # A session that was cut off in the middle of an editor leaves its modes behind.
        termios.tcsetattr(terminal, termios.TCSADRAIN, modes)
        _write(_RESET_MODES)


def _give_terminal(terminal: int, group: int) -> None:
    # A background process that sets the foreground group is stopped by SIGTTOU unless it blocks that.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
    try:
        os.tcsetpgrp(terminal, group)
    except OSError:
        pass  # the session is over already, or the terminal is gone: there is nobody to give it to
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _write(text: str) -> None:
    if sys.__stdout__ is not None:
        sys.__stdout__.write(text)
        sys.__stdout__.flush()
