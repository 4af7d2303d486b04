r"""The one long-lived process per connection that reads as root what wants root.

Each sudo is a session of PAM and some lines in the host's log, so there is one for all turns and not one for
each. A POSIX `sh` that sudo started reads a script from stdin, runs it in a shell of its own and says when it
is done; then it reads the next. It runs on until stdin closes, so nothing stays behind when the console dies,
and the host's own `timeout` ends a script that hangs then.

On the wire, for a script between two random words of its own::

    WORD\n…script…\nWORD\n
    …output…\n@@WORD 0\n

Not the sampler: its script is too long for an argv that sudo logs and dropbear takes, a tick of it loses NUL
bytes, and it goes on when an answer is late, which here is a process of root that hangs.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Sequence
from typing import Protocol, cast

from opsconsole.console.ssh.process import Collector, Process, Receiver
from opsconsole.console.ssh.reap import reap_argv
from opsconsole.console.ssh.shell import ENDED_BY_TIMEOUT, GRACE_SECONDS
from opsconsole.console.ssh.wire import command_line, new_nonce, with_timeout
from opsconsole.data.host import Output, Shell, ShellError

_RUN_STDIN = ("sh", "-c", 'eval "$(cat)"')
_TAIL_BYTES = 64  # more than the line that ends an answer

# A script that did not come whole is never run. `printf` is a builtin: the words are in no argv.
_SCRIPT = r"""exec 2>/dev/null
cd /
unset N S L
while read -r N; do
S=
while IFS= read -r L && [ "$L" != "$N" ]; do S="$S$L
"; done
[ "$L" = "$N" ] || exit
printf %s "$S" | @RUN@
printf '\n@@%s %d\n' "$N" "$?"
done
"""


class _Opener(Protocol):
    """What the shells of this room have beside `data.host.Shell`."""

    async def open_as_root(self, argv: Sequence[str], receiver: Receiver, nonce: str) -> Process: ...

    def check_connected(self, otherwise: str) -> None: ...

    def reap_later(self, nonce: str, *, as_root: bool) -> None: ...


class RootReader:
    """Runs scripts as root on one host, one after the other, in a process that stays.

    Args:
        shell: The host's shell, one of this room's.
        deadline_seconds: How long one script may take.
        limit_bytes: How much of what a script prints is kept.
    """

    def __init__(self, shell: Shell, *, deadline_seconds: float, limit_bytes: int) -> None:
        self._shell = shell
        self._opener = cast(_Opener, shell)
        self._deadline_seconds = deadline_seconds
        self._limit_bytes = limit_bytes
        self._turn = asyncio.Lock()
        self._session: _Session | None = None
        self._left = ""
        self._as_root = True

    async def open(self) -> None:
        """Start the process if it is not there; nobody is asked for a password.

        Raises:
            ShellError: It could not be started.
            SudoError: Root was not given; a SudoPasswordError when no password is at hand.
        """
        async with self._turn:
            await self._open()

    async def run(self, script: bytes) -> Output:
        """Run a script to its end or deadline, as `Shell.run` does.

        A process that did not answer in time is ended at once, with all it started, by the one that takes its
        place: so a script that hangs costs one sudo a turn.

        Raises:
            ShellError: The process could not be started, or the connection was lost.
            SudoError: As for `open`.
        """
        async with self._turn:
            session = await self._open()
            output = await self._ask(session, script)
            if self._session is None:
                self._opener.check_connected("the connection was lost while root was asked")
                if not session.has_ended:
                    await self._open()
            return output

    def close(self) -> None:
        """End it: its stdin closes, it leaves; what hangs in it is ended."""
        session, self._session = self._session, None
        if session is not None:
            session.process.close()
        if self._left:
            self._opener.reap_later(self._left, as_root=self._as_root)
            self._left = ""

    async def _open(self) -> _Session:
        """Return the process; a new one first ends what the last one left."""
        if self._session is not None and self._session.has_ended:
            self._drop(self._session)
        if self._session is not None:
            return self._session
        facts = await self._shell.facts()
        self._as_root = facts.user_id != 0
        words = with_timeout(_RUN_STDIN, self._deadline_seconds, facts.timeout_style)
        run = command_line(words).decode()
        session = _Session(new_nonce())
        argv = ["sh", "-c", _SCRIPT.replace("@RUN@", run)]
        session.process = await self._opener.open_as_root(argv, session, session.nonce)
        self._session = session
        left, self._left = self._left, ""
        if left:
            await self._end(left, session)
        return session

    async def _end(self, left: str, session: _Session) -> None:
        try:
            await self._ask(session, command_line(reap_argv(left)))
        except asyncio.CancelledError:
            self._opener.reap_later(left, as_root=self._as_root)
            raise
        if self._session is None:
            raise ShellError(f"{self._shell.host.name}: what hung as root could not be ended")

    async def _ask(self, session: _Session, script: bytes) -> Output:
        """Run a script in the process; it is given up when it does not answer, or too late."""
        loop = asyncio.get_running_loop()
        began, sound = loop.time(), False
        answer = session.ask(script, self._limit_bytes)
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._deadline_seconds + GRACE_SECONDS):
                    await answer.finished.wait()
            took = loop.time() - began
            timed_out = not answer.finished.is_set() or (
                took >= self._deadline_seconds and answer.exit_status in ENDED_BY_TIMEOUT
            )
            sound = answer.is_whole and not timed_out
        finally:
            if not sound:
                self._drop(session)
        return Output(
            exit_status=answer.exit_status,
            stdout=bytes(answer.stdout),
            stderr=b"",
            duration_seconds=took,
            truncated=answer.truncated,
            timed_out=timed_out,
        )

    def _drop(self, session: _Session) -> None:
        session.process.kill()
        self._session, self._left = None, session.nonce


class _Session:
    """One process of root: what it sends goes to the answer that is waited for."""

    process: Process

    def __init__(self, nonce: str) -> None:
        self.nonce = nonce
        self.has_ended = False
        self._answer: _Answer | None = None

    def ask(self, script: bytes, limit_bytes: int) -> _Answer:
        """Send a script, and return where its output gathers."""
        word = new_nonce().encode()
        self._answer = _Answer(word, limit_bytes)
        if self.has_ended:
            self._answer.closed(None)
        self.process.write(b"%b\n%b\n%b\n" % (word, script, word))
        return self._answer

    def data_received(self, data: bytes, *, is_stderr: bool) -> None:
        """Hand on output."""
        if self._answer is not None and not self._answer.is_whole:
            self._answer.data_received(data, is_stderr=is_stderr)

    def exited(self, exit_status: int | None) -> None:
        """The shell ended."""
        self.closed(exit_status)

    def closed(self, exit_status: int | None) -> None:
        """Nothing more will come."""
        self.has_ended = True
        if self._answer is not None and not self._answer.is_whole:
            self._answer.closed(exit_status)


class _Answer(Collector):
    """The bounded output of one script, which ends with a line of its word and exit status."""

    def __init__(self, word: bytes, limit_bytes: int) -> None:
        super().__init__(limit_bytes)
        self.is_whole = False
        self._end = re.compile(rb"\n@@%b (\d{1,3})\n\Z" % word)
        self._tail = b""

    def data_received(self, data: bytes, *, is_stderr: bool) -> None:
        """Keep what fits, and see whether this is the end."""
        super().data_received(data, is_stderr=is_stderr)
        self._tail = (self._tail + data[-_TAIL_BYTES:])[-_TAIL_BYTES:]
        if end := self._end.search(self._tail):
            self.is_whole = True
            self.stdout = self.stdout.removesuffix(end[0])
            self.closed(int(end[1]))
