"""Reads one log of one host in the background, no faster than the screen can show it."""

from __future__ import annotations

import asyncio
from collections import deque
from itertools import islice

from opsconsole.console.tui.logs_lines import LineSplitter, LogLine, to_line
from opsconsole.data.host import Command, Shell, ShellError
from opsconsole.data.text import clean_line

# Per take; at ten takes a second that is 15,000 lines or 2.5 MB a second, for about a sixth of one core.
# A host that writes faster is held back by its own channel, so that neither memory nor keys suffer.
BATCH_LINES = 1_500
BATCH_BYTES = 256 * 1024


class Follower:
    """Follows one log. `run` reads until the end; `take` hands over what came since the last take."""

    def __init__(self, shell: Shell, command: Command) -> None:
        self._shell = shell
        self._command = command
        self._waiting: deque[bytes] = deque()
        self._unread_bytes = 0
        self._room = asyncio.Event()
        self.is_behind = False
        """Whether the host writes faster than lines are taken."""

    async def run(self) -> str:
        """Read to the end of the stream and return why it ended, as a clean line. Cancel it to stop."""
        splitter = LineSplitter()
        stream = self._shell.stream(self._command)
        try:
            async for chunk in stream:
                self._waiting.extend(splitter.feed(chunk))
                self._unread_bytes += len(chunk)
                if self._is_full:
                    self._room.clear()
                    await self._room.wait()
        except ShellError as error:
            return clean_line(str(error))
        except Exception as error:  # noqa: BLE001 - whatever a transport raises ends this log, not the console
            return clean_line(f"{type(error).__name__}: {error}")
        finally:
            self._waiting.extend(splitter.close())
            close = getattr(stream, "aclose", None)  # AsyncIterator does not promise it, a generator has it
            if close is not None:
                await close()
        return "the command ended by itself"

    @property
    def _is_full(self) -> bool:
        return len(self._waiting) >= BATCH_LINES or self._unread_bytes >= BATCH_BYTES

    @property
    def waiting(self) -> int:
        """How many lines were read and not taken yet."""
        return len(self._waiting)

    def take(self) -> list[LogLine]:
        """Return the next lines, `BATCH_LINES` at most."""
        self.is_behind = self._is_full
        batch = list(islice(self._waiting, BATCH_LINES))
        for _ in batch:
            self._waiting.popleft()
        self._unread_bytes = 0
        if len(self._waiting) < BATCH_LINES:
            self._room.set()
        return [to_line(raw) for raw in batch]
