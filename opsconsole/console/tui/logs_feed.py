"""What the log screen knows of its stream: lines waiting, paused or not, ended or not, and why."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime

from opsconsole.console.tui.logs_follow import Follower
from opsconsole.console.tui.logs_lines import BUFFER_LINES, LogLine
from opsconsole.data.host import Command, Shell


class Feed:
    """Lines on their way to the screen. While paused they are held back, the newest 10,000 of them."""

    def __init__(self) -> None:
        self.paused = False
        self.reader = ""
        self._follower: Follower | None = None
        self._held: deque[LogLine] = deque()
        self._lost = 0
        self._ending = ""
        self._ended = ""
        self._connecting = True

    def begin(self) -> None:
        """Forget the stream so far: another one is about to start."""
        if self._follower is not None:
            self._lost += self._follower.waiting
        self._follower = None
        self._ending = self._ended = ""
        self._connecting = True

    async def follow(self, shell: Shell, command: Command) -> None:
        """Follow until the stream ends."""
        follower = self._follower = Follower(shell, command)
        self._connecting = False
        reason = await follower.run()
        if follower is self._follower:
            self.end(reason)

    def end(self, reason: str) -> None:
        """No more lines will come. It is said once those that came are taken."""
        self._connecting = False
        self._ending = reason

    def note(self, text: str) -> None:
        """Put a line of the console's own between those of the host."""
        self._hold([LogLine(text, is_note=True)])

    def take(self) -> list[LogLine]:
        """Return the lines to show now; none while paused."""
        if self._follower is not None:
            self._hold(self._follower.take())
        if self._ending and (self._follower is None or not self._follower.waiting):
            self._ended, self._ending = self._ending, ""
            self.note(f"── ended at {datetime.now(UTC):%H:%M:%S} UTC: {self._ended} ──")
        if self.paused:
            return []
        lines = list(self._held)
        if self._lost:
            lines.insert(0, LogLine(f"── {self._lost:,} lines were not kept ──", is_note=True))
        self._held.clear()
        self._lost = 0
        return lines

    def _hold(self, lines: list[LogLine]) -> None:
        self._held.extend(lines)
        while len(self._held) > BUFFER_LINES:
            self._held.popleft()
            self._lost += 1

    def state(self, *, following: bool) -> tuple[str, str]:
        """Return the state in words, and its style."""
        if self.paused:
            lost = f", {self._lost:,} more not kept" if self._lost else ""
            return f"❚❚ paused: {len(self._held):,} lines waiting{lost} · space goes on", "$text-warning"
        if self._ended:
            return f"■ ended: {self._ended} · ctrl+r reconnects", "$text-error"
        if self._connecting:
            return "… asking the host", "$foreground-muted"
        if self._follower is not None and self._follower.is_behind:
            return "▸ behind: the host writes faster than lines can be shown", "$text-warning"
        return (
            ("▸ following", "$text-success")
            if following
            else ("▹ not at the end · G follows", "$foreground-muted")
        )
