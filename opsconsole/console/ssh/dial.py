"""One hop: from a host's settings to a logged-in connection, or the failure that says why not."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import logging
from collections.abc import Callable
from dataclasses import dataclass

import asyncssh

from opsconsole.console.ssh.attempt import Attempt
from opsconsole.console.ssh.client import Client
from opsconsole.console.ssh.failures import Failure, classify
from opsconsole.console.ssh.hostkeys import HostKeys
from opsconsole.console.ssh.identities import agent_path, offers
from opsconsole.console.ssh.keyfile import KeyFiles
from opsconsole.console.ssh.logins import Passwords
from opsconsole.console.ssh.opening import opened
from opsconsole.console.ssh.prompts import Prompter
from opsconsole.console.ssh.remote import LOGIN
from opsconsole.console.ssh.status import ConnectionState
from opsconsole.data.host import Host, Login

# asyncssh logs to `asyncssh`; without a handler the last resort would write to the terminal we draw on.
logging.getLogger("asyncssh").addHandler(logging.NullHandler())
logging.getLogger("asyncssh").propagate = False
logging.getLogger("asyncssh").setLevel(logging.CRITICAL)

ENCRYPTION = "^aes256-gcm@openssh.com,aes128-gcm@openssh.com"
"""Preferred to asyncssh's own order, which begins with ChaCha20-Poly1305; that stays for hosts without these.

With a thousand hosts the ciphers are a tenth of the console's CPU: a packet by AES-GCM takes a sixth of the
time, as one call of OpenSSL instead of four. Nor does Terrapin (CVE-2023-48795) touch AES-GCM, not even on an
old host without strict key exchange.
"""


class DialError(Exception):
    """An attempt failed."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.reason)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class Credentials:
    """What all connections of the session log in with."""

    key_files: KeyFiles
    passwords: Passwords

    @classmethod
    def asking(cls, prompter: Prompter) -> Credentials:
        """Return credentials that ask this prompter."""
        return cls(KeyFiles(prompter), Passwords(prompter))


@dataclass(frozen=True, slots=True)
class Keepalive:
    """When a silent peer is taken for dead.

    Attributes:
        interval_seconds: Silence after which it is asked for a sign of life.
        count_max: How many such questions may stay unanswered.
    """

    interval_seconds: float
    count_max: int


async def dial(
    host: Host,
    *,
    tunnel: asyncssh.SSHClientConnection | None,
    via: str | None,
    credentials: Credentials,
    keepalive: Keepalive,
    while_asking: Callable[[], None],
    on_lost: Callable[[Exception | None], None],
) -> asyncssh.SSHClientConnection:
    """Connect to a host and log in.

    Everything from the first packet to the last of the login has `connect_timeout_seconds`, not counting the
    time in which a person is asked.

    Args:
        host: Where to.
        tunnel: Connection to the hop before it.
        via: That hop's name.
        credentials: What to log in with.
        keepalive: When to take the peer for dead, once connected.
        while_asking: Called when a person is asked.
        on_lost: Called when a connection that was up has ended.

    Raises:
        DialError: It failed; the failure says why.
    """
    attempt = Attempt(host, while_asking)
    path = agent_path(host)
    agent = asyncssh.SSHAgentClient(path) if path else None
    client: Client | None = None

    try:
        async with asyncio.timeout(host.connect_timeout_seconds) as timeout:
            with attempt.deadline(timeout):
                host_keys = HostKeys.of(host)
                user = host.user or getpass.getuser()
                made = client = Client(
                    attempt,
                    host_keys,
                    offers(attempt, credentials.key_files, agent),
                    credentials.passwords.login(attempt, user),
                    on_lost,
                )
                connection, _ = await asyncssh.create_connection(
                    lambda: made,
                    host.address,
                    host.port,
                    tunnel=_Jump(tunnel) if tunnel is not None else (),
                    config=None,
                    username=user,
                    known_hosts=((), (), _revoked(host_keys)),
                    host_key_alias=host.host_key_alias,
                    server_host_key_algs=host_keys.algorithms(),
                    encryption_algs=ENCRYPTION,
                    x509_trusted_certs=None,
                    client_keys=None,
                    agent_path=None,
                    gss_host=None,
                    client_version="opsconsole",
                    # Ours is the deadline that counts; this one must not fire while a person thinks.
                    login_timeout=0,
                    keepalive_interval=keepalive.interval_seconds,
                    keepalive_count_max=keepalive.count_max,
                )
        await client.up()
        host_key = connection.get_server_host_key()
        login = Login(
            user,
            client.login_key,
            host_key.get_fingerprint() if host_key is not None else "",
        )
        connection.set_extra_info(**{LOGIN: login})
    except Exception as error:  # noqa: BLE001 - whatever went wrong is told to the operator as a state
        raise DialError(classify(error, attempt, client, via)) from None
    finally:
        if agent is not None:
            agent.close()
    if connection.is_closed():  # between its login and this line
        raise DialError(Failure(ConnectionState.LOST, "connection lost right after the login"))
    return connection


class _Jump:
    """A jump host's connection as asyncssh goes through it; a channel of an attempt given up is closed."""

    def __init__(self, connection: asyncssh.SSHClientConnection) -> None:
        self._connection = connection

    async def create_connection(
        self, factory: Callable[[], asyncssh.SSHTCPSession[bytes]], host: str, port: int
    ) -> tuple[asyncssh.SSHTCPChannel[bytes], asyncssh.SSHTCPSession[bytes]]:
        """Open a channel to the next hop."""
        opening = self._connection.create_connection(factory, host, port)
        return await opened(opening, lambda pair: pair[0].abort())


def _revoked(host_keys: HostKeys) -> tuple[asyncssh.SSHKey, ...]:
    """Return the revoked keys for asyncssh, which also looks at the key within a certificate."""
    found = []
    for key in host_keys.revoked:
        with contextlib.suppress(ValueError):
            found.append(asyncssh.import_public_key(key.text))
    return tuple(found)
