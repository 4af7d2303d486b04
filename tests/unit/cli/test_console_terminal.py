"""The console is for a terminal: without one it says so and ends, and paints nothing."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("elsewhere", ["stdin", "stdout", "stderr", "all"])
def test_the_console_without_a_terminal_ends_and_names_check(tmp_path: Path, elsewhere: str) -> None:
    ours, theirs = pty.openpty()
    try:
        streams = {
            name: subprocess.PIPE if elsewhere in {name, "all"} else theirs
            for name in ("stdin", "stdout", "stderr")
        }
        with subprocess.Popen(
            [sys.executable, "-m", "opsconsole"],
            env={**os.environ, "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)},
            **streams,  # type: ignore[arg-type]  # descriptors, as Popen takes them
        ) as process:
            said, wrong = process.communicate(timeout=30)
        assert process.returncode == 2
        on_terminal = b"" if elsewhere == "all" else _written(ours, theirs)
    finally:
        os.close(ours)
        os.close(theirs)
    everything = (said or b"") + (wrong or b"") + on_terminal
    assert b"needs a terminal; use `opsconsole check`" in everything
    assert b"\x1b" not in everything


def _written(ours: int, theirs: int) -> bytes:
    os.write(theirs, b"END")  # so that there is something to read, however little was said
    told = b""
    while not told.endswith(b"END"):
        told += os.read(ours, 4096)
    return told
