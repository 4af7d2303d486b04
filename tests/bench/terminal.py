"""A real pseudo terminal with a program on it: keys go in, every byte that comes out keeps its moment."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
import tty
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Self

from tests.bench.measure import ROOT
from tests.bench.screen import Screen

COLUMNS, LINES = 200, 60


class Terminal:
    """Runs a program on a terminal of its own. Nothing is drawn or parsed while it runs: see `screen.Screen`.

    Attributes:
        chunks: (seconds of the monotonic clock, bytes) in the order they came.
        began: When the program was started.
        pid: The program's process.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        size: tuple[int, int] = (COLUMNS, LINES),
    ) -> None:
        self.chunks: list[tuple[float, bytes]] = []
        self._size = size
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        tty.setraw(slave)
        terminal = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
        environment = {**os.environ, **terminal, **(env or {})}
        for hidden in ("NO_COLOR", "COLUMNS", "LINES", "TMUX", "SSH_AUTH_SOCK"):
            environment.pop(hidden, None)
        self.began = time.monotonic()
        self._process = subprocess.Popen(
            list(argv),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
            cwd=ROOT,
            start_new_session=True,
        )
        os.close(slave)
        self.pid = self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def pump(self, seconds: float, until: Callable[[], object] | None = None) -> bool:
        """Gather output for so long, or until a condition holds; return whether it holds."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if select.select([self._master], [], [], min(left, 0.25))[0]:
                try:
                    data = os.read(self._master, 65536)
                except OSError:  # the program ended
                    break
                self.chunks.append((time.monotonic(), data))
            if until is not None and until():
                return True
        return until is not None and bool(until())

    def press(self, keys: bytes) -> float:
        """Type keys; return when."""
        at = time.monotonic()
        os.write(self._master, keys)
        return at

    def text(self) -> str:
        """Return all lines of the screen as one, for a message."""
        screen = Screen(*self._size)
        for _, data in self.chunks:
            screen.feed(data)
        return " ".join(" ".join(screen.lines()).split())

    @property
    def ended(self) -> bool:
        """Whether the program has ended."""
        return self._process.poll() is not None

    def close(self) -> None:
        """End the program: politely, then not."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self._process.poll() is None:
                self._process.send_signal(number)
                self.pump(5, lambda: self.ended)
        self._process.wait()
        os.close(self._master)
