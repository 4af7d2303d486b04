"""The console ends when its terminal is gone, also when nobody sends it SIGHUP, and when it is told to."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from opsconsole.console.tui.hangup import EXIT_STATUS


def read_until(master: int, word: bytes, within: float = 60.0) -> bytes:
    seen = b""
    while word not in seen:
        assert select.select([master], [], [], within)[0], seen[-500:]
        seen += os.read(master, 65536)
    return seen


def started(terminal: int, home: Path) -> subprocess.Popen[bytes]:
    """Start a console on a terminal, in a session that is not its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "opsconsole"],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env={**os.environ, "TERM": "xterm-256color", "HOME": str(home)},
    )


def test_a_console_without_its_terminal_ends_and_saves(own_home: Path) -> None:
    master, slave = pty.openpty()
    # No session of its own: the terminal is not its controlling one, so the kernel sends it no SIGHUP.
    console = started(slave, own_home)
    os.close(slave)
    try:
        read_until(master, b"localhost")
        os.close(master)
        assert console.wait(timeout=30) == EXIT_STATUS
    finally:
        console.kill()
        console.wait()
    assert (own_home / ".local/state/opsconsole/history.sqlite").stat().st_size > 0


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGHUP])
def test_a_console_that_is_told_to_go_gives_the_terminal_back(own_home: Path, told: signal.Signals) -> None:
    master, slave = pty.openpty()
    before = termios.tcgetattr(slave)
    console = started(slave, own_home)
    try:
        read_until(master, b"localhost")
        console.send_signal(told)
        seen = read_until(master, b"\x1b[?1049l")  # the screen that the shell was on
        while console.poll() is None:
            if select.select([master], [], [], 0.1)[0]:
                seen += os.read(master, 65536)
        assert console.returncode == 128 + told
        assert b"\x1b[?1000l" in seen  # no mouse
        assert b"\x1b[?25h" in seen  # a cursor
        assert termios.tcgetattr(slave) == before
    finally:
        console.kill()
        console.wait()
        os.close(master)
        os.close(slave)
    assert (own_home / ".local/state/opsconsole/history.sqlite").stat().st_size > 0
