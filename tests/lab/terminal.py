"""A real terminal for the tests: tmux runs a program in it, types to it, and says what it shows.

Each terminal is a tmux server of its own, so that no test sees another's keys, sizes or settings. Waiting
means looking again and again: a terminal has no event to wait for.
"""

from __future__ import annotations

import itertools
import os
import re
import shlex
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

WITHIN_SECONDS = 60.0
"""How long the program has to show what it should; reached on failure only."""

_LOOK_EVERY_SECONDS = 0.1
_ENDED = "the program ended with status "
_COUNT = itertools.count()
_SETTINGS = """
set -g default-terminal "tmux-256color"
set -g status off
set -s escape-time 0
set -g set-clipboard off
"""
# The terminal's modes are noted on both sides; `read` makes the program wait until all its bytes are kept.
_SCRIPT = """
stty -g >{folder}/stty.before
read go
{command}
echo "{ended}$?."
stty -g >{folder}/stty.after
read go
"""


class Terminal:
    """A program in a terminal of its own.

    Args:
        argv: The program.
        folder: An empty folder for its home, and for what it writes to the terminal.
        size: Columns and lines.
        environ: The program's variables on top of a bare environment.
    """

    def __init__(
        self,
        argv: Sequence[str],
        folder: Path,
        *,
        size: tuple[int, int] = (120, 30),
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir(parents=True, exist_ok=True)
        self._socket = f"opsconsole-test-{os.getpid()}-{next(_COUNT)}"
        settings = folder / "tmux.conf"
        settings.write_text(_SETTINGS)
        bare = {"HOME": str(self.home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "SHELL": "/bin/sh"}
        # By `env`, for tmux has its own mind about TERM.
        command = ["env", *(f"{name}={value}" for name, value in (environ or {}).items()), *argv]
        script = _SCRIPT.format(folder=shlex.quote(str(folder)), command=shlex.join(command), ended=_ENDED)
        columns, lines = map(str, size)
        subprocess.run(
            [
                "tmux",
                "-L",
                self._socket,
                "-f",
                settings,
                "new-session",
                "-d",
                "-x",
                columns,
                "-y",
                lines,
                script,
            ],
            env=bare,
            cwd=folder,
            check=True,
            timeout=WITHIN_SECONDS,
        )
        self._tmux("pipe-pane", "-O", f"cat >{shlex.quote(str(self._raw))}")
        self.wait_until(self._raw.exists, "the terminal's bytes to be kept")
        self.keys("Enter")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def _raw(self) -> Path:
        return self.folder / "raw"

    @property
    def written(self) -> bytes:
        """Every byte that the program wrote to the terminal."""
        return self._raw.read_bytes()

    def _tmux(self, *words: str) -> str:
        argv = ["tmux", "-L", self._socket, *words]
        return subprocess.run(
            argv, capture_output=True, text=True, check=True, timeout=WITHIN_SECONDS, errors="replace"
        ).stdout

    def _asked(self, name: str) -> str:
        return self._tmux("display-message", "-p", f"#{{{name}}}").strip()

    # What it shows ---------------------------------------------------------------------------------

    def text(self) -> str:
        """Return the screen as text, its lines without blanks at their ends."""
        return self._tmux("capture-pane", "-p")

    def styled(self) -> str:
        """Return the screen with its colours as escape sequences."""
        return self._tmux("capture-pane", "-p", "-e")

    def line(self, pattern: str) -> str:
        """Return the first line that matches, or an empty one."""
        return next((line for line in self.text().splitlines() if re.search(pattern, line)), "")

    def wait_until(self, true: Callable[[], object], what: str, within: float = WITHIN_SECONDS) -> None:
        """Look until something is true; fail with the screen when it is not in time."""
        deadline = time.monotonic() + within
        while not true():
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {within:g} s: {what}. The screen:\n{self.text()}")
            time.sleep(_LOOK_EVERY_SECONDS)

    def wait_for(self, *patterns: str, within: float = WITHIN_SECONDS) -> str:
        """Wait until all these regular expressions match the screen at once; return it."""
        seen = ""

        def shown() -> bool:
            nonlocal seen
            seen = self.text()
            return all(re.search(pattern, seen, re.MULTILINE) for pattern in patterns)

        self.wait_until(shown, " and ".join(map(repr, patterns)), within)
        return seen

    def wait_gone(self, pattern: str, within: float = WITHIN_SECONDS) -> None:
        """Wait until the screen does not match any more."""
        self.wait_until(
            lambda: not re.search(pattern, self.text(), re.MULTILINE), f"{pattern!r} gone", within
        )

    # Typing ----------------------------------------------------------------------------------------

    def keys(self, *names: str) -> None:
        """Press keys by tmux's names for them: `Enter`, `Escape`, `C-r`, `a`."""
        self._tmux("send-keys", "--", *names)

    def type(self, text: str) -> None:
        """Type text as it is."""
        self._tmux("send-keys", "-l", "--", text)

    # The end ---------------------------------------------------------------------------------------

    def program_pids(self) -> list[int]:
        """Return the program and what it started, itself first, without the terminal's own shell."""
        found: list[int] = []
        waiting = [int(self._asked("pane_pid"))]
        while waiting:
            pid = waiting.pop(0)
            listed = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
            children = [int(word) for word in listed.stdout.split()]
            found += children
            waiting += children
        return found

    def ended(self, within: float = WITHIN_SECONDS) -> int:
        """Wait for the program's end; return its exit status."""
        self.wait_until((self.folder / "stty.after").exists, "the program's end", within)
        shown = re.search(re.escape(_ENDED) + r"(\d+)\.", self.wait_for(re.escape(_ENDED)))
        assert shown is not None
        return int(shown[1])

    def is_as_before(self) -> bool:
        """Whether the program left the terminal as it found it: modes, cursor, screen, mouse."""
        before, after = (self.folder / f"stty.{when}" for when in ("before", "after"))
        flags = [
            self._asked(name)
            for name in ("cursor_flag", "alternate_on", "mouse_any_flag", "keypad_cursor_flag")
        ]
        return before.read_text() == after.read_text() and flags == ["1", "0", "0", "0"]

    def close(self) -> None:
        """End the terminal and what runs in it."""
        subprocess.run(
            ["tmux", "-L", self._socket, "kill-server"],
            capture_output=True,
            check=False,
            timeout=WITHIN_SECONDS,
        )
