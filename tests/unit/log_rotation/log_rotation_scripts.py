"""Runs the recipe's scripts by themselves, in every POSIX sh of this machine, with stand-ins for tools."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from opsconsole.recipes.log_rotation.scripts import script

_SHELLS = [["dash"], ["busybox", "ash"], ["bash", "--posix"]]
SHELLS = [words for words in _SHELLS if shutil.which(words[0])] or [["sh"]]
shells = pytest.mark.parametrize("sh", SHELLS, ids=lambda words: words[0])


@dataclass(frozen=True)
class Said:
    """How a script ended, and what it said."""

    status: int
    text: str


class Place:
    """A folder with logs, one for what the scripts keep in memory, and one with stand-ins for tools."""

    def __init__(self, root: Path, sh: Sequence[str]) -> None:
        self.sh = sh
        self.logs, self.memory, self.tools = root / "logs", root / "memory", root / "tools"
        self.state = self.memory / "opsconsole-log-rotation" / "token"
        for folder in (self.logs, self.memory, self.tools):
            folder.mkdir()
        self.state.mkdir(parents=True)
        for folder in (self.state.parent, self.state):
            folder.chmod(0o700)

    def tool(self, name: str, text: str) -> None:
        """Have a stand-in for a tool."""
        file = self.tools / name
        file.write_text(f"#!/bin/sh\n{text}\n")
        file.chmod(0o755)

    def run(
        self,
        name: str,
        *arguments: object,
        lines: Sequence[str] = (),
        places: Sequence[tuple[str, object]] = (),
    ) -> Said:
        """Run a script as the runner does.

        Args:
            name: The script.
            arguments: Its arguments.
            lines: For its standard input.
            places: Paths of a real host, and what is put in their place. Of all processes only this one
                is looked at.
        """
        text = script(name).replace("/proc/[0-9]*/fd", f"/proc/{os.getpid()}/fd")
        for path, other in (("/run /dev/shm /tmp;", f"{self.memory};"), *places):
            assert path in text
            text = text.replace(path, str(other))
        done = subprocess.run(
            # One that reads from where it must not would read for ever.
            ["timeout", "120", *self.sh, "-c", text, name, *map(str, arguments)],
            input="".join(f"{line}\n" for line in lines).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=os.environ | {"PATH": f"{self.tools}:{os.environ['PATH']}"},
            check=False,
        )
        return Said(done.returncode, done.stdout.decode(errors="replace"))


def identity(file: Path) -> str:
    """Return `DEVICE INODE`."""
    seen = file.lstat()
    return f"{seen.st_dev} {seen.st_ino}"


def token(file: Path) -> str:
    """Return a file as the lists name it."""
    seen = file.stat()
    numbers = f"{identity(file)} {seen.st_size} {int(seen.st_mtime)} {seen.st_mode:x}"
    return f"{numbers} {seen.st_nlink} {seen.st_blocks} {file}"
