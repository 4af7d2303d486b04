"""The console ends when its terminal is gone, also when nobody sends it SIGHUP."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
from pathlib import Path

from opsconsole.console.tui.hangup import EXIT_STATUS


def read_until(master: int, word: bytes, within: float = 60.0) -> bytes:
    seen = b""
    while word not in seen:
        assert select.select([master], [], [], within)[0], seen[-500:]
        seen += os.read(master, 65536)
    return seen


def test_a_console_without_its_terminal_ends_and_saves(own_home: Path) -> None:
    master, slave = pty.openpty()
    # No session of its own: the terminal is not its controlling one, so the kernel sends it no SIGHUP.
    console = subprocess.Popen(
        [sys.executable, "-m", "opsconsole"],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**os.environ, "TERM": "xterm-256color", "HOME": str(own_home)},
    )
    os.close(slave)
    try:
        read_until(master, b"localhost")
        os.close(master)
        assert console.wait(timeout=30) == EXIT_STATUS
    finally:
        console.kill()
        console.wait()
    assert (own_home / ".local/state/opsconsole/history.sqlite").stat().st_size > 0
