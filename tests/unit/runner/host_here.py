"""This machine as a host: the runner's scripts in each sh, with their folders in one of ours."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from opsconsole.data.host import Command, Output

SHELLS = {"dash": ["dash"], "busybox": ["busybox", "ash"], "bash": ["bash", "--posix"]}
ANOTHER = 4242
"""A user who is not us."""


class HostHere:
    """Runs what the runner would send to a host.

    Args:
        shell: The sh.
        folder: In place of /run, /run/lock and /tmp.
    """

    def __init__(self, shell: Sequence[str], folder: Path) -> None:
        self._shell = list(shell)
        self._folder = folder
        self.lock = folder / "lock" / "opsconsole.lock"
        self.lock.parent.mkdir()
        self.lock.parent.chmod(0o1777)

    def run(self, command: Command, *, uid: int | None = None, **environment: str) -> Output:
        """Return what a command leaves; as if its user had that number, when one is given."""
        _, _, text, *words = command.argv
        changes = [
            ("in /run/lock /var/lock /tmp", f"in {self._folder}/lock"),
            ("base=/run/opsconsole;", f"base={self._folder}/jobs;"),
            ("base=/run/lock;", f"base={self._folder}/lock;"),
        ]
        if uid is not None:
            changes.append(("boot=; read", f"uid={uid}; boot=; read"))
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        done = subprocess.run(
            [*self._shell, "-c", text, *words],
            input=command.stdin or b"",
            capture_output=True,
            timeout=90,
            check=False,
            env={**os.environ, "OPSCONSOLE_RUN": "the-mark", **environment},
        )
        return Output(done.returncode, done.stdout, done.stderr, 0.1)
