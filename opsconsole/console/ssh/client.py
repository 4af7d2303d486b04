"""asyncssh's callbacks for one connection: host key policy, keys, passwords, and the end of it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import cast

import asyncssh

from opsconsole.console.ssh.attempt import Attempt, Phase
from opsconsole.console.ssh.hostkeys import HostKeys
from opsconsole.console.ssh.logins import PasswordLogin
from opsconsole.data.text import clean_line


class Client(asyncssh.SSHClient):
    """One connection's callbacks.

    Attributes:
        attempt: What is learned on the way.
        host_keys: What was on record when the attempt began.
        refused_key: The host key or authority that was not trusted.
        is_authority: Whether it signed the host's certificate rather than being the host's own.
        login_key: `SHA256:…` of the key that was offered last; empty when something else was.
    """

    def __init__(
        self,
        attempt: Attempt,
        host_keys: HostKeys,
        keys: AsyncGenerator[asyncssh.SSHKeyPair],
        login: PasswordLogin,
        on_lost: Callable[[Exception | None], None],
    ) -> None:
        self.attempt = attempt
        self.refused_key: asyncssh.SSHKey | None = None
        self.is_authority = False
        self.login_key = ""
        self.host_keys = host_keys
        self._keys = keys
        self._login = login
        self._on_lost = on_lost
        self._connection: asyncssh.SSHClientConnection | None = None
        self._is_up = False

    async def up(self) -> None:
        """Take the connection for one that is up, whose end is told; no more keys are offered."""
        self._is_up = True
        await self._keys.aclose()

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
        """The transport stands."""
        self._connection = conn
        self.attempt.phase = Phase.HANDSHAKE

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection ended; one that was not up yet is nobody's loss."""
        if self._is_up:
            self._on_lost(exc)

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        """Whether the host key is on record. Certificates do not come here but to their authority."""
        if self.host_keys.trusts(key.public_data):
            return True
        self.refused_key = key
        return False

    def validate_host_ca_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        """Whether this authority may sign for the host."""
        if self.host_keys.trusts_authority(key.public_data):
            return True
        self.refused_key = key
        self.is_authority = True
        return False

    def auth_banner_received(self, msg: str, lang: str) -> None:
        """Keep what the server says before login: it may explain a refusal."""
        self.attempt.banner = clean_line(f"{self.attempt.banner} {msg[:2000]}", 200)

    def begin_auth(self, username: str) -> None:
        """Key exchange is done."""
        self.attempt.phase = Phase.AUTHENTICATION

    def auth_completed(self) -> None:
        """Logged in."""
        self._login.succeeded()

    async def public_key_auth_requested(self) -> asyncssh.SSHKeyPair | None:
        """Offer the next key."""
        self._note_allowed()
        pair = await anext(self._keys, None)
        if pair is not None:
            self.attempt.try_method("publickey")
            self.login_key = _fingerprint(pair.key_public_data)
        return pair

    async def password_auth_requested(self) -> str | None:
        """Give a password."""
        self._note_allowed()
        password = await self._login.password()
        if password is not None:
            self.attempt.try_method("password")
            self.login_key = ""
        return password

    def password_change_requested(self, prompt: str, lang: str) -> tuple[str, str]:
        """Refuse: a password is changed by its owner in a session of their own."""
        self.attempt.notes.append("the password has expired and must be changed")
        return cast(tuple[str, str], NotImplemented)  # asyncssh's word for "not supported"

    def kbdint_auth_requested(self) -> str | None:
        """Begin a conversation, whatever the server wants to ask."""
        self._note_allowed()
        return "" if self._login.start_round() else None

    async def kbdint_challenge_received(
        self, name: str, instructions: str, lang: str, prompts: Sequence[tuple[str, bool]]
    ) -> list[str] | None:
        """Answer one challenge."""
        if not prompts:
            return []
        answers = await self._login.answers(name, instructions, prompts)
        if answers is not None:
            self.attempt.try_method("keyboard-interactive")
            self.login_key = ""
        return answers

    def _note_allowed(self) -> None:
        if self._connection is not None and not self.attempt.allowed:
            self.attempt.allowed = tuple(self._connection.get_server_auth_methods())


def _fingerprint(public_data: bytes) -> str:
    return "SHA256:" + base64.b64encode(hashlib.sha256(public_data).digest()).decode().rstrip("=")
