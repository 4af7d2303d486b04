"""One connection, shared by all who need it: the host itself or, for hosts behind it, a jump host."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import asyncssh

from opsconsole.console.alarm import Alarm
from opsconsole.console.ssh import known_hosts
from opsconsole.console.ssh.backoff import delay_seconds
from opsconsole.console.ssh.dial import Credentials, DialError, Keepalive, dial
from opsconsole.console.ssh.failures import Failure
from opsconsole.console.ssh.prompts import Prompter
from opsconsole.console.ssh.slots import Slot
from opsconsole.console.ssh.status import ConnectionState, ConnectionStatus, HostKeyOffer
from opsconsole.data.host import Host, NotConnectedError
from opsconsole.data.text import clean_line

STEADY_SECONDS = 30.0
"""A connection that lived this long was a good one: its loss starts the backoff anew.

One that did not is a failed attempt: where we are let in and dropped we must not log in every other second.
"""
_UNDER_WAY = frozenset({ConnectionState.IDLE, ConnectionState.CONNECTING, ConnectionState.UP})


@dataclass(slots=True)
class Surroundings:
    """What all links share.

    Attributes:
        credentials: What to log in with.
        prompter: Who is asked about unknown host keys.
        keepalive: When a silent peer is dead.
        handshakes: How many may shake hands at once.
        on_status: Called with a link whose status changed.
        deciding: Only one host key is asked about at a time.
    """

    credentials: Credentials
    prompter: Prompter
    keepalive: Keepalive
    handshakes: asyncio.Semaphore
    on_status: Callable[[Link], None]
    deciding: asyncio.Lock = field(default_factory=asyncio.Lock)


class Link:
    """The connection to one host by one way. At most one attempt runs, however many wait for it."""

    def __init__(self, host: Host, via: Link | None, surroundings: Surroundings) -> None:
        self.host = host
        self.via = via
        names = (*via.status.via, via.host.name) if via is not None else ()
        self._status = ConnectionStatus(ConnectionState.IDLE, via=names)
        self._surroundings = surroundings
        self._children: list[Link] = []
        self._connection: asyncssh.SSHClientConnection | None = None
        self._attempt: asyncio.Task[asyncssh.SSHClientConnection] | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._up_since = 0.0
        self._resting = False
        self._wake = Alarm()
        if via is not None:
            via._children.append(self)

    @property
    def status(self) -> ConnectionStatus:
        """Where it stands."""
        return self._status

    @property
    def is_kept(self) -> bool:
        """Whether it connects by itself."""
        return self._keeper is not None

    def connection(self) -> asyncssh.SSHClientConnection:
        """Return the live connection.

        Raises:
            NotConnectedError: There is none now; the message says why.
        """
        if self._connection is None:
            status = self._status
            raise NotConnectedError(f"{self.host.name}: {status.reason or status.state.value}")
        return self._connection

    async def up(self, *, now: bool = False) -> asyncssh.SSHClientConnection:
        """Return the live connection, after one attempt (shared with all who wait) when there is none.

        Without `now` no attempt is made while a person must act first or the next try has its time.

        Raises:
            NotConnectedError: The attempt failed, or none was due.
        """
        if self._connection is not None:
            return self._connection
        if self._attempt is None:
            if not now and (self._resting or self._status.state.needs_person):
                return self.connection()
            self._attempt = asyncio.create_task(self._connect(), name=f"connect {self.host.name}")
            self._attempt.add_done_callback(self._attempt_done)
        # One who gives up waiting must not end the attempt of the others.
        return await asyncio.shield(self._attempt)

    def keep(self) -> None:
        """Stay connected from now on, and so does every jump host on the way."""
        if self.via is not None:
            self.via.keep()
        if self._keeper is None:
            self._keeper = asyncio.create_task(self._keep(), name=f"keep {self.host.name}")

    def retry(self) -> None:
        """Try now, also when a person had to act first; the same for the jump hosts on the way."""
        if self.via is not None:
            self.via.retry()
        if self._connection is not None or self._attempt is not None:
            return
        self._set(replace(self._status, state=ConnectionState.IDLE, offer=None, attempts=0, reason=""))
        if self._keeper is not None:
            self._wake.ring()

    async def close(self) -> None:
        """End it for good."""
        tasks = [task for task in (self._keeper, self._attempt) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await connection.wait_closed()

    async def _keep(self) -> None:
        while True:
            if self._connection is None:
                with contextlib.suppress(NotConnectedError):
                    await self.up(now=True)
            self._wake.silence()
            if self._connection is not None:
                await self._wake.sleep_until(None)
            await self._rest()

    async def _rest(self) -> None:
        """Wait until the next attempt is due, or is wished for."""
        state = self._status.state
        if state is ConnectionState.IDLE:  # a retry was wished for while the attempt ended
            return
        seconds: float | None = None
        if not state.needs_person and not self._follows_jump():
            seconds = delay_seconds(max(1, self._status.attempts))
        elif self._follows_jump() and self.via is not None and self.via.status.state is ConnectionState.UP:
            return
        self._resting = True
        try:
            if seconds is not None:
                due = datetime.now(UTC) + timedelta(seconds=seconds)
                self._set(replace(self._status, next_try_at=due))
            await self._wake.sleep_until(None if seconds is None else time.monotonic() + seconds)
        finally:
            self._resting = False

    def _follows_jump(self) -> bool:
        """Whether its jump host is what is wrong: then it is tried as soon as that is up, not before."""
        return self._status.state is ConnectionState.JUMP_HOST_DOWN and self.via is not None

    async def _connect(self) -> asyncssh.SSHClientConnection:
        self._set(replace(self._status, state=ConnectionState.CONNECTING, reason="", next_try_at=None))
        try:
            tunnel = None if self.via is None else await self.via.up()
        except NotConnectedError:
            raise self._fail(self._jump_failure()) from None
        try:
            connection = await self._dial(tunnel)
        except DialError as error:
            raise self._fail(error.failure) from None
        self._connection = connection
        self._up_since = asyncio.get_running_loop().time()
        peer = clean_line(str(connection.get_extra_info("server_version", "")), 120)
        attempts = self._status.attempts
        self._set(ConnectionStatus(ConnectionState.UP, attempts=attempts, via=self._status.via, peer=peer))
        for child in self._children:
            if child._connection is None:
                child._wake.ring()
        return connection

    async def _dial(self, tunnel: asyncssh.SSHClientConnection | None) -> asyncssh.SSHClientConnection:
        """Dial, and once more when a person accepts an unknown host key meanwhile."""
        try:
            return await self._dial_once(tunnel)
        except DialError as error:
            offer = error.failure.offer
            if error.failure.state is not ConnectionState.HOST_KEY_UNKNOWN or offer is None:
                raise
            if not await self._decide(offer):
                raise
        return await self._dial_once(tunnel)

    async def probe(self) -> None:
        """Log in over a connection of its own and run a command there, beside the one that may be open.

        Raises:
            NotConnectedError: It was not possible.
        """
        try:
            tunnel = None if self.via is None else await self.via.up()
            connection = await self._dial_once(tunnel, on_lost=lambda _error: None)
        except DialError as error:
            raise NotConnectedError(f"{self.host.name}: {error.failure.reason}") from None
        try:
            async with asyncio.timeout(self.host.connect_timeout_seconds):
                await connection.run("exec true")
        except (asyncssh.Error, OSError, TimeoutError) as error:
            words = clean_line(str(error), 160) or "no answer to a command"
            raise NotConnectedError(f"{self.host.name}: {words}") from None
        finally:
            connection.abort()

    async def _dial_once(
        self,
        tunnel: asyncssh.SSHClientConnection | None,
        on_lost: Callable[[Exception | None], None] | None = None,
    ) -> asyncssh.SSHClientConnection:
        # Only now: a host that waits for its jump host must not hold the place that the jump host needs.
        async with Slot(self._surroundings.handshakes) as slot:
            return await dial(
                self.host,
                tunnel=tunnel,
                via=None if self.via is None else self.via.host.name,
                credentials=self._surroundings.credentials,
                keepalive=self._surroundings.keepalive,
                while_asking=slot.release,
                on_lost=on_lost or self._lost,
            )

    async def _decide(self, offer: HostKeyOffer) -> bool:
        """Ask whether to trust an unknown host key, and write it down when the answer is yes."""
        async with self._surroundings.deciding:
            if any(
                key.text in offer.line for key in known_hosts.find([offer.known_hosts_file], offer.address)
            ):
                return True  # accepted while we waited for our turn
            if not await self._surroundings.prompter.accept_host_key(offer):
                return False
            try:
                await asyncio.to_thread(known_hosts.append, offer.known_hosts_file, offer.line)
            except OSError as error:
                words = f"cannot write {offer.known_hosts_file}: {error.strerror or error}"
                raise DialError(Failure(ConnectionState.HOST_KEY_UNKNOWN, words, offer)) from None
            return True

    def _jump_failure(self) -> Failure:
        """Return what a failure of the jump host means here; a host key to decide on is shown here, too."""
        assert self.via is not None  # noqa: S101 - only a link with a jump host gets here
        status = self.via.status
        reason = f"jump host {self.via.host.name}: {status.reason or status.state.value}"
        if status.state is ConnectionState.JUMP_HOST_DOWN:
            reason = status.reason
        keys = (ConnectionState.HOST_KEY_CHANGED, ConnectionState.HOST_KEY_UNKNOWN)
        state = status.state if status.state in keys else ConnectionState.JUMP_HOST_DOWN
        return Failure(state, reason, status.offer)

    def _fail(self, failure: Failure) -> NotConnectedError:
        status = self._status
        self._set(
            replace(
                status,
                state=failure.state,
                reason=failure.reason,
                attempts=status.attempts + 1,
                offer=failure.offer,
                next_try_at=None,
            )
        )
        self._jump_changed()
        return NotConnectedError(f"{self.host.name}: {failure.reason}")

    def _lost(self, error: Exception | None) -> None:
        """The connection that was up has ended; called by asyncssh."""
        if self._connection is None:
            return
        self._connection = None
        words = clean_line(str(error), 160) if error is not None else "closed by the other side"
        steady = asyncio.get_running_loop().time() - self._up_since > STEADY_SECONDS
        self._set(
            replace(
                self._status,
                state=ConnectionState.LOST,
                reason=f"connection lost: {words}",
                attempts=1 if steady else self._status.attempts + 1,
                peer="",
            )
        )
        self._wake.ring()

    def _set(self, status: ConnectionStatus) -> None:
        old = self._status
        if status == old:
            return
        if status.state is not old.state:
            status = replace(status, since=datetime.now(UTC))
        self._status = status
        self._surroundings.on_status(self)
        for child in self._children:
            child._jump_changed()

    def _jump_changed(self) -> None:
        """Show the newest reason and next try of the jump host that keeps us down."""
        if self.via is None or self._status.state is not ConnectionState.JUMP_HOST_DOWN:
            return
        if self.via.status.state not in _UNDER_WAY:
            failure = self._jump_failure()
            self._set(
                replace(
                    self._status,
                    state=failure.state,
                    reason=failure.reason,
                    offer=failure.offer,
                    next_try_at=self.via.status.next_try_at,
                )
            )

    def _attempt_done(self, task: asyncio.Task[asyncssh.SSHClientConnection]) -> None:
        self._attempt = None
        if not task.cancelled():
            task.exception()  # its waiters have it; should there be none left, that is no error
