"""All SSH connections of the session: one per host, kept, shared, also as jump hosts."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping

from opsconsole.console.ssh import known_hosts
from opsconsole.console.ssh.dial import Credentials, Keepalive
from opsconsole.console.ssh.link import Link, Surroundings
from opsconsole.console.ssh.prompts import Prompter
from opsconsole.console.ssh.remote import RemoteShell
from opsconsole.console.ssh.routes import RouteError, route
from opsconsole.console.ssh.sampler import Groups, Sampler
from opsconsole.console.ssh.status import ConnectionState, ConnectionStatus, HostKeyOffer
from opsconsole.console.ssh.sudo import SudoPasswords
from opsconsole.data.host import Host, NotConnectedError

FINISH_SECONDS = 3.0
FORGET_SECONDS = 60.0
"""So long after an attempt the parsed known_hosts files are kept for the next ones."""
# Of the keepalive interval asked for: so that a dead peer is noticed within the whole time, not just after.
_KEEPALIVE_SHARE = 0.95


class Connections:
    """Connects to hosts and says how each stands. Needs a running event loop."""

    def __init__(
        self,
        hosts: Mapping[str, Host],
        *,
        prompter: Prompter,
        max_handshakes: int = 50,
        keepalive_interval_seconds: float = 5.0,
        keepalive_count_max: int = 2,
        on_status: Callable[[str, ConnectionStatus], None] | None = None,
        passwords: SudoPasswords | None = None,
    ) -> None:
        """Make it; nothing is connected yet.

        Args:
            hosts: The inventory by name.
            prompter: Who is asked for secrets and unknown host keys.
            max_handshakes: How many may shake hands at once (sshd's MaxStartups begins to drop at 10 for
                one host, but most hosts are asked by one console only).
            keepalive_interval_seconds: Silence after which a peer is asked for a sign of life.
            keepalive_count_max: A peer is dead after `interval x (count_max + 1)` of silence: 15 s.
            on_status: Called with a host's name at each change of its status.
            passwords: The sudo passwords, to share them with the local shell; None: its own.
        """
        self._hosts = hosts
        self._on_status = on_status
        self._passwords = passwords or SudoPasswords(prompter)
        self._credentials = Credentials.asking(prompter)
        self._surroundings = Surroundings(
            credentials=self._credentials,
            prompter=prompter,
            keepalive=Keepalive(keepalive_interval_seconds * _KEEPALIVE_SHARE, keepalive_count_max),
            handshakes=asyncio.Semaphore(max_handshakes),
            on_status=self._changed,
        )
        self._links: dict[tuple[str, ...], Link] = {}
        self._by_name: dict[str, Link] = {}
        self._names: dict[Link, str] = {}
        self._broken: dict[str, ConnectionStatus] = {}
        self._shells: dict[str, RemoteShell] = {}
        self._background: set[asyncio.Task[None]] = set()
        self._forgetting: asyncio.TimerHandle | None = None

    def status(self, name: str) -> ConnectionStatus:
        """Return where a host's connection stands.

        Raises:
            KeyError: There is no such host.
        """
        if name not in self._hosts:
            raise KeyError(name)
        link = self._by_name.get(name)
        if link is not None:
            return link.status
        return self._broken.get(name) or ConnectionStatus(ConnectionState.IDLE)

    async def connect(self, name: str) -> None:
        """Make one attempt unless it is connected; who comes meanwhile shares it.

        Raises:
            NotConnectedError: It failed; `status` has the state, the message the reason.
        """
        await self._link(name).up(now=True)

    def keep(self, name: str) -> None:
        """Connect in the background and stay connected, with backoff after a loss or failure."""
        with contextlib.suppress(NotConnectedError):  # its status says so
            self._link(name).keep()

    def retry(self, name: str) -> None:
        """Try now, also after a failure that waits for a person; returns at once."""
        with contextlib.suppress(NotConnectedError):
            link = self._link(name)
            self._credentials.key_files.allow_questions()
            link.retry()
            if not link.is_kept:
                self._spawn(link)

    def shell(self, name: str) -> RemoteShell:
        """Return the host's shell, always the same one; without a connection it raises NotConnectedError.

        Raises:
            KeyError: There is no such host.
        """
        shell = self._shells.get(name)
        if shell is None:
            host = self._hosts[name]
            shell = self._shells[name] = RemoteShell(
                host,
                self._passwords,
                lambda: self._link(name).connection(),
                lambda: self._link(name).probe(),
            )
        return shell

    async def sampler(self, name: str, groups: Groups) -> Sampler:
        """Start a sampler on a connected host.

        Raises:
            ShellError: It could not be started.
        """
        return await Sampler.start(self.shell(name), groups)

    async def accept(self, offer: HostKeyOffer) -> None:
        """Trust an offered host key: write it to known_hosts, then try all hosts that wait for it.

        Raises:
            ValueError: The key is a changed one; that is never accepted here.
            OSError: The file cannot be written.
        """
        if offer.known_fingerprints:
            raise ValueError("a changed host key is not accepted: remove the old line by hand first")
        await asyncio.to_thread(known_hosts.append, offer.known_hosts_file, offer.line)
        for name, link in self._by_name.items():
            if link.status.offer is not None and link.status.offer.line == offer.line:
                self.retry(name)

    async def close(self) -> None:
        """End everything: what still runs on hosts, then the connections, those behind others first."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FINISH_SECONDS):
                await asyncio.gather(*(shell.finish() for shell in self._shells.values()))
        for task in self._background:
            task.cancel()
        if self._forgetting is not None:
            self._forgetting.cancel()
        deepest = max((len(key) for key in self._links), default=0)
        for depth in range(deepest, 0, -1):
            await asyncio.gather(*(link.close() for key, link in self._links.items() if len(key) == depth))

    def _link(self, name: str) -> Link:
        """Return the link to a host of the inventory, made on first use."""
        link = self._by_name.get(name)
        if link is not None:
            return link
        try:
            hops = route(name, self._hosts)
        except RouteError as error:
            status = ConnectionStatus(ConnectionState.FAILED, str(error))
            if name not in self._broken:
                self._broken[name] = status
                if self._on_status is not None:
                    self._on_status(name, status)
            raise NotConnectedError(f"{name}: {error}") from None
        key: tuple[str, ...] = ()
        for hop in hops:
            key = (*key, hop.name)
            existing = self._links.get(key)
            link = existing or Link(hop, link, self._surroundings)
            self._links[key] = link
            if existing is None and hop.name in self._hosts:
                self._note(hop.name, key, link)
        assert link is not None  # noqa: S101 - a route has at least the host itself
        return link

    def _note(self, name: str, key: tuple[str, ...], link: Link) -> None:
        """Let a link speak for the host of that name, when it is the host's own way and not a detour."""
        try:
            own_way = tuple(hop.name for hop in route(name, self._hosts))
        except RouteError:  # told when that host is wanted; on the way to another it may do
            return
        if name not in self._by_name and own_way == key:
            self._by_name[name] = link
            self._names[link] = name

    def _changed(self, link: Link) -> None:
        if link.status.state is ConnectionState.CONNECTING and self._forgetting is None:
            self._forgetting = asyncio.get_running_loop().call_later(FORGET_SECONDS, self._forget)
        name = self._names.get(link)
        if name is None:
            return
        if link.status.state is ConnectionState.UP and name in self._shells:
            self._shells[name].forget_facts()
        if self._on_status is not None:
            self._on_status(name, link.status)

    def _forget(self) -> None:
        self._forgetting = None
        known_hosts.forget()

    def _spawn(self, link: Link) -> None:
        async def attempt() -> None:
            with contextlib.suppress(NotConnectedError):
                await link.up(now=True)

        task = asyncio.create_task(attempt())
        self._background.add(task)
        task.add_done_callback(self._background.discard)
