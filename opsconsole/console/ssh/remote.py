"""The shell of a host over its shared SSH connection."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

from opsconsole.console.ssh import forward
from opsconsole.console.ssh.opening import opened
from opsconsole.console.ssh.process import Process, Receiver
from opsconsole.console.ssh.shell import OPEN_SECONDS, HostShell, NoAnswerError
from opsconsole.console.ssh.sudo import SudoPasswords
from opsconsole.console.ssh.wire import command_line
from opsconsole.data.host import Host, Login, NotConnectedError, ShellError
from opsconsole.data.text import clean_line

if TYPE_CHECKING:
    import asyncssh

LOGIN = "opsconsole_login"  # what a connection knows of itself, set when it was dialled
OPEN_AGAIN_SECONDS = (0.02, 0.1, 0.3, 0.8)
_STDERR = 1  # EXTENDED_DATA_STDERR, RFC 4254 §5.2


class RemoteShell(HostShell):
    """Runs commands over whatever connection the host has at the moment."""

    def __init__(
        self,
        host: Host,
        passwords: SudoPasswords,
        connection: Callable[[], asyncssh.SSHClientConnection],
        probe: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Make it.

        Args:
            host: The host.
            passwords: The sudo passwords of the session.
            connection: Returns the live connection, or raises NotConnectedError.
            probe: Logs in anew and leaves again, or raises NotConnectedError.
        """
        super().__init__(host, passwords)
        self._connection = connection
        self._login = Login()
        self._probe = probe

    @property
    def login(self) -> Login:
        """How we are logged in, or were when the connection was lost."""
        with contextlib.suppress(NotConnectedError):
            self._login = self._connection().get_extra_info(LOGIN) or self._login
        return self._login

    async def fresh(self) -> None:
        """Log in over a connection of its own, run a command there, and close it again.

        Raises:
            NotConnectedError: It was not possible: whoever comes now does not get in.
        """
        if self._probe is None:
            raise NotConnectedError(f"{self.host.name}: this shell cannot log in anew")
        await self._probe()

    async def open_process(self, argv: Sequence[str], receiver: Receiver) -> Process:
        """Start a process on the host, on a channel of its own."""
        line = command_line(argv)
        import asyncssh

        try:
            async with asyncio.timeout(OPEN_SECONDS):
                for wait_seconds in OPEN_AGAIN_SECONDS:
                    try:
                        return await self._open(line, receiver)
                    except asyncssh.ChannelOpenError:
                        # sshd counts a session until it has cleaned up after it, a moment after it told us;
                        # dropbear may close a new session together with an old one.
                        await asyncio.sleep(wait_seconds)
                return await self._open(line, receiver)
        except TimeoutError:
            raise NoAnswerError(f"{self.host.name}: no answer within {OPEN_SECONDS:.0f} s") from None
        except asyncssh.ChannelOpenError as error:
            words = clean_line(error.reason, 200)
            raise ShellError(f"{self.host.name}: it opens no further session: {words}") from None
        except (asyncssh.Error, OSError) as error:
            raise NotConnectedError(f"{self.host.name}: {clean_line(str(error), 200)}") from None

    async def _open(self, line: bytes, receiver: Receiver) -> Process:
        process = _RemoteProcess(receiver)
        opening = self._connection().create_session(
            lambda: cast(Any, process),
            cast(str, line),  # bytes go as they are; str would have to be UTF-8
            env={},
            send_env=(),
            request_pty=False,
            encoding=None,
        )
        try:
            await opened(opening, lambda pair: pair[0].abort())
        except asyncio.CancelledError:
            process.kill()
            raise
        return process

    def check_connected(self, otherwise: str) -> None:
        """Raise a ShellError with `otherwise` when the connection is gone."""
        try:
            self._connection()
        except NotConnectedError as error:
            raise ShellError(f"{self.host.name}: {otherwise} ({error})") from None

    @asynccontextmanager
    async def forward(self, host: str, port: int) -> AsyncIterator[tuple[str, int]]:
        """Open a local TCP port that leads to `host:port` as seen from the host."""
        async with forward.tcp(self._connection(), host, port) as address:
            yield address

    async def reach(self, host: str, port: int) -> None:
        """Open a TCP connection from the host to `host:port`, and close it; see `data.host.Shell`."""
        connection = self._connection()
        import asyncssh

        try:
            await forward.reach(connection, host, port)
        except asyncssh.ChannelOpenError as error:
            self._connection()
            reason = clean_line(error.reason, 200)
            raise ShellError(f"{self.host.name}: forwards no connection: {reason}") from None
        except asyncssh.Error as error:
            raise NotConnectedError(f"{self.host.name}: {clean_line(str(error), 200)}") from None

    @asynccontextmanager
    async def forward_socket(self, path: str) -> AsyncIterator[str]:
        """Open a local UNIX socket that leads to a UNIX socket of the host."""
        async with forward.unix(self._connection(), path) as local_path:
            yield local_path


class _RemoteProcess:
    """A session channel as a `Process`; asyncssh calls it as it calls an SSHClientSession."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._channel: asyncssh.SSHClientChannel[bytes] | None = None
        self._status: int | None = None
        self._started = False
        self._exited = False
        self._killed = False
        self.sent_at = 0.0

    def connection_made(self, channel: asyncssh.SSHClientChannel[bytes]) -> None:
        """The channel is open, and the command is sent next: not if nobody wants it any more."""
        self._channel = channel
        self.sent_at = asyncio.get_running_loop().time()
        if self._killed:
            channel.abort()

    def session_started(self) -> None:
        """The command runs."""
        self._started = True

    def data_received(self, data: bytes, datatype: int | None) -> None:
        """Hand on output."""
        self._receiver.data_received(data, is_stderr=datatype == _STDERR)

    def eof_received(self) -> bool:
        """Keep our side open: the exit status is still to come."""
        return True

    def exit_status_received(self, status: int) -> None:
        """It ended by itself."""
        self._end(status)

    def exit_signal_received(self, signal: str, _core_dumped: bool, _message: str, _language: str) -> None:
        """A signal ended it."""
        import signal as signals

        number = getattr(signals, f"SIG{signal}", None)
        self._end(128 + number if isinstance(number, int) else None)

    def connection_lost(self, _error: Exception | None) -> None:
        """The channel is closed. One that never ran a command concerns nobody: it is asked for again."""
        if self._started:
            self._receiver.closed(self._status)

    def pause_writing(self) -> None:
        """Nothing to do: what is sent is bounded by its caller."""

    def resume_writing(self) -> None:
        """Nothing to do."""

    def write(self, data: bytes) -> None:
        """Send bytes to its standard input."""
        if self._channel is not None and not self._exited and not self._channel.is_closing():
            self._channel.write(data)

    def write_eof(self) -> None:
        """Close its standard input."""
        if self._channel is not None and not self._channel.is_closing():
            self._channel.write_eof()

    def pause(self) -> None:
        """Stop reading its output; the window fills and the host waits."""
        if self._channel is not None:
            self._channel.pause_reading()

    def resume(self) -> None:
        """Read on."""
        if self._channel is not None:
            self._channel.resume_reading()

    def close(self) -> None:
        """Close the channel."""
        if self._channel is not None and not self._channel.is_closing():
            self._channel.close()

    def kill(self) -> None:
        """Close the channel, dropping what is queued; the reaper ends the processes."""
        self._killed = True
        if self._channel is not None:
            self._channel.abort()

    def _end(self, status: int | None) -> None:
        self._status = status
        self._exited = True
        self._receiver.exited(status)
