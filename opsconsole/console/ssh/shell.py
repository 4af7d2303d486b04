"""What every shell does alike, whichever transport starts its processes."""

from __future__ import annotations

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager

from opsconsole.console.ssh import files
from opsconsole.console.ssh.chunks import Chunks, until_stdin_closes
from opsconsole.console.ssh.facts import FACTS_DEADLINE_SECONDS, FACTS_LIMIT_BYTES, facts_argv, parse_facts
from opsconsole.console.ssh.process import Collector, Process, Receiver
from opsconsole.console.ssh.prompts import NoPrompter
from opsconsole.console.ssh.reap import reap_argv
from opsconsole.console.ssh.sudo import SudoGate, SudoPasswords, marked, sudo_argv
from opsconsole.console.ssh.wire import new_nonce, with_environment, with_timeout
from opsconsole.data.host import (
    OUTPUT_LIMIT_BYTES,
    Asking,
    Command,
    Facts,
    Host,
    Login,
    Output,
    ShellError,
    SudoError,
    SudoPasswordError,
    SudoPolicy,
)

SESSIONS_AT_ONCE = 7
"""Of the 10 that sshd allows on a connection (MaxSessions); sampler, root reader and reaper have the rest."""
STREAMS_AT_ONCE = 4
OPEN_SECONDS = 15.0
"""How long a host may take to open a channel: asyncssh's own timeout does not cover it (asyncssh #626)."""
GRACE_SECONDS = 0.75
"""How long past its deadline the host's own `timeout` may take to end a command before we do."""
REAP_SECONDS = 10.0
# What `timeout` or the signals it sends leave as an exit status: 124, SIGKILL, SIGTERM.
ENDED_BY_TIMEOUT = frozenset({124, 128 + 9, 128 + 15})


class NoAnswerError(ShellError):
    """The host did not say in time whether it started a command: it may have."""


class HostShell(ABC):
    """A `data.host.Shell`; the transport adds `open_process` and the two forwards."""

    def __init__(self, host: Host, passwords: SudoPasswords | None = None) -> None:
        self._host = host
        self._passwords = passwords or SudoPasswords(NoPrompter())
        self._sessions = asyncio.Semaphore(SESSIONS_AT_ONCE)
        self._streams = asyncio.Semaphore(STREAMS_AT_ONCE)
        self._reaping = asyncio.Lock()
        self._reading_facts = asyncio.Lock()
        self._facts: Facts | None = None
        self._background: set[asyncio.Task[None]] = set()

    @property
    def host(self) -> Host:
        """The host this shell is on."""
        return self._host

    @property
    def login(self) -> Login:
        """How we are logged in: by nothing but being here."""
        return Login()

    @abstractmethod
    async def open_process(self, argv: Sequence[str], receiver: Receiver) -> Process:
        """Start a process. Not counted against the sessions, and with no deadline but for the opening.

        Raises:
            ShellError: It could not be started.
        """

    @abstractmethod
    def forward(self, host: str, port: int) -> AbstractAsyncContextManager[tuple[str, int]]:
        """Open a local TCP port that leads to `host:port` as seen from the host; yields (address, port)."""

    @abstractmethod
    async def reach(self, host: str, port: int) -> None:
        """Open a TCP connection from the host to `host:port`, and close it; see `data.host.Shell`."""

    @abstractmethod
    def forward_socket(self, path: str) -> AbstractAsyncContextManager[str]:
        """Open a local UNIX socket that leads to a UNIX socket of the host; yields its local path."""

    async def facts(self) -> Facts:
        """What the host says of itself; read once a connection and kept.

        Raises:
            ShellError: The host could not be asked.
        """
        async with self._reading_facts:
            if self._facts is None:
                probe_sudo = self._host.sudo is not SudoPolicy.NEVER
                output = await self.run(
                    Command(
                        argv=tuple(facts_argv(probe_sudo=probe_sudo)),
                        deadline_seconds=FACTS_DEADLINE_SECONDS,
                        output_limit_bytes=FACTS_LIMIT_BYTES,
                    )
                )
                if output.timed_out:
                    raise ShellError(
                        f"{self._host.name}: did not say what it is within {FACTS_DEADLINE_SECONDS:.0f} s"
                    )
                self._facts = parse_facts(output.stdout)
            return self._facts

    def forget_facts(self) -> None:
        """Read the facts anew next time: it is a new connection, perhaps after a reboot."""
        self._facts = None

    async def run(self, command: Command) -> Output:
        """Run a command to its end or deadline. A non-zero exit is an Output, not an exception.

        The deadline starts when the command does: not while it waits for a session or a sudo password. Before
        the facts were read the host's own `timeout` is not used: the deadline is then held from here alone.

        Raises:
            ShellError: It could not be started, or the connection was lost while it ran.
            SudoError: Root was wanted and not given; a SudoPasswordError when no password is at hand.
        """
        as_root = await self._needs_sudo(command)
        async with self._sessions:
            nonce = new_nonce()
            collector = Collector(command.output_limit_bytes)
            style = self._facts.timeout_style if self._facts else "none"
            argv = with_timeout(command.argv, command.deadline_seconds, style)
            process = await self._begin(argv, collector, nonce, as_root=as_root, asking=command.asking)
            try:
                if command.stdin:
                    process.write(command.stdin)
                process.write_eof()
                in_time = await _within(
                    command.deadline_seconds + (GRACE_SECONDS if style != "none" else 0), collector
                )
            except BaseException:
                process.kill()
                self.reap_later(nonce, as_root=as_root)
                raise
            took = asyncio.get_running_loop().time() - process.sent_at
            timed_out = not in_time or (
                style != "none"
                and took >= command.deadline_seconds
                and collector.exit_status in ENDED_BY_TIMEOUT
            )
            if timed_out or collector.endless:
                await self._reap(nonce, as_root=as_root)
                await _within(1.0, collector)
                process.kill()
            elif not collector.is_closed:
                process.close()  # a daemon it started holds its output: that is none of ours
            elif not collector.has_exited and collector.exit_status is None:
                self.check_connected(f"the connection was lost while {command.argv[0]!r} ran")
            return Output(
                exit_status=collector.exit_status,
                stdout=bytes(collector.stdout),
                stderr=bytes(collector.stderr),
                duration_seconds=took,
                truncated=collector.truncated,
                timed_out=timed_out,
            )

    async def stream(self, command: Command) -> AsyncIterator[bytes]:
        """Yield stdout (stderr merged) in bounded chunks as it comes; closing the iterator kills the tree.

        The command also ends when its connection does, however silent it is.

        Raises:
            ShellError: It could not be started, or the connection was lost.
        """
        as_root = await self._needs_sudo(command)
        async with self._streams, self._sessions:
            nonce = new_nonce()
            chunks = Chunks()
            argv = until_stdin_closes(command.argv)
            process = await self._begin(argv, chunks, nonce, as_root=as_root, asking=command.asking)
            chunks.attach(process)
            try:
                async for chunk in chunks:
                    yield chunk
                if chunks.exit_status is None:
                    self.check_connected("the connection was lost")
            finally:
                process.kill()
                self.reap_later(nonce, as_root=as_root)

    async def read_file(
        self, path: str, *, limit_bytes: int = OUTPUT_LIMIT_BYTES, sudo: bool = False
    ) -> bytes:
        """Read at most `limit_bytes` of a file.

        Raises:
            ShellError: It cannot be read; the message is the host's own, cleaned.
        """
        return await files.read_file(self, path, limit_bytes=limit_bytes, sudo=sudo)

    async def write_file(
        self, path: str, content: bytes, *, mode: int | None = None, sudo: bool = False
    ) -> None:
        """Replace a file atomically: temporary file beside it, fsync, rename; mode and owner are kept.

        Raises:
            ShellError: It was not replaced; the old content is untouched.
        """
        await files.write_file(self, path, content, mode=mode, sudo=sudo)

    async def open_as_root(self, argv: Sequence[str], receiver: Receiver, nonce: str) -> Process:
        """Start a process as root that carries `nonce`, else as `open_process` does; no person is asked.

        Raises:
            ShellError: It could not be started.
            SudoError: Root was not given; a SudoPasswordError when no password is at hand.
        """
        as_root = await self._needs_sudo(Command(tuple(argv), sudo=True))
        return await self._begin(argv, receiver, nonce, as_root=as_root, asking=Asking.NEVER)

    async def finish(self) -> None:
        """Wait for the sweeps that still run in the background."""
        await asyncio.gather(*self._background, return_exceptions=True)

    @abstractmethod
    def check_connected(self, otherwise: str) -> None:
        """Raise a ShellError with `otherwise` when the transport is gone."""

    async def _needs_sudo(self, command: Command) -> bool:
        """Return whether the command must go through sudo; root needs none.

        Raises:
            SudoError: The host's policy forbids it.
        """
        if not command.sudo:
            return False
        if (await self.facts()).user_id == 0:
            return False
        if self._host.sudo is SudoPolicy.NEVER:
            raise SudoError(f"{self._host.name}: its sudo policy is never")
        return True

    async def _begin(
        self, argv: Sequence[str], receiver: Receiver, nonce: str, *, as_root: bool, asking: Asking
    ) -> Process:
        """Start a command; when nobody is left to say whether it runs, what may run is ended."""
        try:
            return await self._start(argv, receiver, nonce, as_root=as_root, asking=asking)
        except (asyncio.CancelledError, NoAnswerError):
            self.reap_later(nonce, as_root=as_root)
            raise

    async def _start(
        self, argv: Sequence[str], receiver: Receiver, nonce: str, *, as_root: bool, asking: Asking
    ) -> Process:
        if not as_root:
            return await self.open_process(with_environment(argv, nonce), receiver)
        may_ask = self._host.sudo is SudoPolicy.ASK
        if not may_ask or (await self.facts()).sudo_ready:
            try:
                process = await self._sudo(argv, receiver, nonce, None)
            except SudoError:
                if not may_ask:
                    raise
            else:
                if process is not None:
                    return process
        return await self._sudo_asking(argv, receiver, nonce, asking)

    async def _sudo_asking(
        self, argv: Sequence[str], receiver: Receiver, nonce: str, asking: Asking
    ) -> Process:
        """Start by sudo with a password, had before sudo is called: nothing may wait at its prompt."""
        started: Process | None = None

        async def judge(password: str) -> bool:
            nonlocal started
            started = await self._sudo(argv, receiver, nonce, password)
            return started is not None

        accepted = await self._passwords.attempt(self._host.name, judge, asking)
        if started is None:
            if accepted is None:
                raise SudoPasswordError(f"{self._host.name}: sudo wants a password and none was given")
            raise SudoError(f"{self._host.name}: sudo refused the password")
        return started

    async def _sudo(
        self, argv: Sequence[str], receiver: Receiver, nonce: str, password: str | None
    ) -> Process | None:
        """Start by sudo; None when it refused the password."""
        prompt, mark = f"[{new_nonce()}]", f"<{new_nonce()}>"
        policy = SudoPolicy.PASSWORDLESS if password is None else SudoPolicy.ASK
        inner = with_environment(marked(argv, mark), nonce)
        gate = SudoGate(receiver, prompt, mark)
        process = await self.open_process(with_environment(sudo_argv(inner, policy, prompt), nonce), gate)
        granted = False
        try:
            granted = await gate.open(process, self._host.name, password)
        except SudoError:
            self.check_connected("the connection was lost while sudo was asked")
            raise
        finally:
            if not granted:
                process.kill()
        return process if granted else None

    def reap_later(self, nonce: str, *, as_root: bool) -> None:
        """End in the background what carries `nonce` in its environment; `finish` waits for it."""
        task = asyncio.get_running_loop().create_task(self._reap(nonce, as_root=as_root))
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def _reap(self, nonce: str, *, as_root: bool) -> None:
        """End what the command left behind; when the host cannot be reached its own `timeout` does."""
        collector = Collector(4096)
        with contextlib.suppress(ShellError, TimeoutError):
            async with asyncio.timeout(REAP_SECONDS), self._reaping:
                process = await self._start(
                    reap_argv(nonce), collector, new_nonce(), as_root=as_root, asking=Asking.NEVER
                )
                try:
                    process.write_eof()
                    await collector.finished.wait()
                finally:
                    process.close()


async def _within(seconds: float, collector: Collector) -> bool:
    """Wait until the collector is finished; False when it was not within `seconds`."""
    try:
        async with asyncio.timeout(seconds):
            await collector.finished.wait()
    except TimeoutError:
        return False
    return True
