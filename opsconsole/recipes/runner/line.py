"""The way to a host that may break at any moment: it is waited for, and asked the same again.

Everything that is sent through here may be sent twice: it reads, or the host itself sees to it that it is
done once (`job.sh`, `lock.sh`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from opsconsole.data.host import Command, Output, Shell, ShellError, SudoError
from opsconsole.recipes.runner.state import Phase
from opsconsole.recipes.runner.tell import Teller

FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 2.0
_Answer = TypeVar("_Answer")


class UnreachableError(Exception):
    """The host did not come back in time. For a person."""


class Line:
    """A shell that waits for its host.

    Args:
        shell: The host; it reconnects by itself.
        seconds: How long a lost host is waited for.
        teller: Told while it is waited for.
        back: Called when the host is there again, with what was wrong and for how many seconds.
    """

    def __init__(
        self, shell: Shell, seconds: float, teller: Teller, back: Callable[[str, float], Awaitable[None]]
    ) -> None:
        self.shell = shell
        self._seconds = seconds
        self._teller = teller
        self._back = back

    async def whole(self, question: Callable[[], Awaitable[_Answer]]) -> _Answer:
        """Ask until there is an answer. The question must be harmless when it is asked again.

        Raises:
            SudoError: Root was wanted and not given.
            UnreachableError: The host did not come back in time.
        """
        loop = asyncio.get_running_loop()
        lost_at: float | None = None
        why = ""
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                answer = await question()
            except SudoError:
                raise
            except ShellError as error:
                why = str(error)
            else:
                if lost_at is not None:
                    await self._back(why, loop.time() - lost_at)
                return answer
            now = loop.time()
            lost_at = now if lost_at is None else lost_at
            left = lost_at + self._seconds - now
            if left <= 0:
                raise UnreachableError(why)
            self._teller.say(why, phase=Phase.RECONNECTING)
            await asyncio.sleep(min(pause, left))
            pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)

    async def ask(self, command: Command) -> Output:
        """Run a command of the runner's own; one that does not answer in time is a lost host.

        Raises:
            SudoError: Root was wanted and not given.
            UnreachableError: The host did not come back in time.
        """

        async def once() -> Output:
            output = await self.shell.run(command)
            if output.timed_out:
                seconds = command.deadline_seconds
                raise ShellError(f"{self.shell.host.name}: no answer within {seconds:.0f} s")
            return output

        return await self.whole(once)
