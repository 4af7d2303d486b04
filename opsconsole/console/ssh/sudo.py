"""Root on a host by sudo: its argv, the prompt detector, and the passwords (in memory only).

sudo's own words go to stderr before the command starts. The command is therefore started by a tiny `sh`
that first writes a random mark to stderr: what came before the mark is sudo's (prompt, lecture), what comes
after is the command's, and without a mark root was not given.
"""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence

from opsconsole.console.ssh.process import LINGER_SECONDS, Process, Receiver
from opsconsole.console.ssh.prompts import Prompter
from opsconsole.console.ssh.secrets import SharedSecret
from opsconsole.data.host import Asking, SudoError, SudoPolicy
from opsconsole.data.text import clean_line

ANSWER_SECONDS = 30.0
"""How long sudo may take to prompt, or to judge a password (PAM may delay a refusal by seconds)."""
_PREAMBLE_LIMIT_BYTES = 64 * 1024
# What sudo and sudo-rs say when they ask only once (`passwd_tries=1`) and the password was wrong.
_WRONG = re.compile(
    r"incorrect (password|authentication) attempt|authentication fail|try again", re.IGNORECASE
)


def sudo_argv(inner: Sequence[str], policy: SudoPolicy, prompt: str) -> list[str]:
    """Return the sudo call for `inner`, with `prompt` as its prompt when a password may be needed.

    `-k` ignores a cached credential, so that what happens does not depend on what was typed a minute ago.
    """
    if policy is SudoPolicy.PASSWORDLESS:
        return ["sudo", "-n", "--", *inner]
    return ["sudo", "-S", "-k", "-p", prompt, "--", *inner]


def marked(inner: Sequence[str], mark: str) -> list[str]:
    """Return `inner` behind the `sh` that writes `mark` to stderr and is then replaced by the command."""
    return ["sh", "-c", 'printf "%s" "$0" >&2; exec "$@"', mark, *inner]


class SudoPasswords:
    """The sudo passwords of this session: one for all hosts, and another for each host that refuses it.

    A mistyped password must not count as many failed logins, which lock accounts: one that no host has
    accepted yet is tried on one host at a time, and one that this host has not accepted yet by one command at
    a time. Who waited for that is refused with it.
    """

    def __init__(self, prompter: Prompter) -> None:
        self._prompter = prompter
        self._shared: SharedSecret | None = None
        self._accepted = False
        self._first_try = asyncio.Lock()
        self._own: dict[str, SharedSecret] = {}
        self._proved: set[str] = set()
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def attempt(
        self, host: str, judge: Callable[[str], Awaitable[bool]], asking: Asking = Asking.FREELY
    ) -> bool | None:
        """Give `judge` the password for `host`, once.

        Returns:
            Whether it was accepted; None when there is none. A refused password is forgotten.
        """
        secret = self._secret(host)
        # The first try of a password is its giver's, who sees what comes of it.
        untried = secret is self._shared and not self._accepted
        if not _may_have(secret, asking) or (asking is Asking.NEVER and untried):
            return None
        refusals = secret.refusals
        password = await secret.get()  # asked outside the locks: all who wait get the same answer
        if password is None:
            return None if secret.refusals == refusals else False
        if host in self._proved:
            return await self._try(host, secret, password, judge)
        if secret is self._shared and not self._accepted:
            async with self._first_try:
                if not self._accepted:
                    return await self._try(host, secret, password, judge)
        async with self._turns[host]:
            return await self._try(host, secret, password, judge)

    def _secret(self, host: str) -> SharedSecret:
        if host in self._own:
            return self._own[host]
        if self._shared is None:
            self._shared = SharedSecret(
                lambda: self._prompter.secret(host, "sudo password (used for all hosts of this session)")
            )
        return self._shared

    async def _try(
        self, host: str, secret: SharedSecret, password: str, judge: Callable[[str], Awaitable[bool]]
    ) -> bool:
        if self._secret(host) is not secret or not secret.holds(password):
            return False  # it was refused while we waited for our turn
        try:
            accepted = await judge(password)
        except asyncio.CancelledError:
            # It was perhaps sent, and nobody knows what came of it: who waits must not send it once more.
            if host not in self._proved and not (self._accepted and secret is self._shared):
                secret.forget(password)
            raise
        if accepted:
            self._proved.add(host)
            self._accepted = self._accepted or secret is self._shared
        else:
            self._refused(host, secret, password)
        return accepted

    def _refused(self, host: str, secret: SharedSecret, password: str) -> None:
        self._proved.discard(host)
        if secret is not self._shared or not self._accepted:
            secret.forget(password)
        elif host not in self._own:  # right elsewhere, wrong here: this host has its own
            self._own[host] = SharedSecret(lambda: self._prompter.secret(host, f"sudo password on {host}"))


def _may_have(secret: SharedSecret, asking: Asking) -> bool:
    return secret.is_known or asking is Asking.FREELY or (asking is Asking.ONCE and not secret.was_declined)


class SudoGate:
    """Stands between a process started by sudo and its receiver, until root was given or refused."""

    def __init__(self, inner: Receiver, prompt: str, mark: str) -> None:
        self._inner = inner
        self._prompt = prompt.encode()
        self._mark = mark.encode()
        self._preamble = bytearray()
        self._prompts = 0
        self._granted = False
        self._ended = False
        self._exits: list[int | None] = []
        self._news = asyncio.Event()

    def data_received(self, data: bytes, *, is_stderr: bool) -> None:
        """Hold sudo's own words back; hand on what follows the mark."""
        if not is_stderr or self._granted:
            self._inner.data_received(data, is_stderr=is_stderr)
            return
        self._preamble += data
        before, mark, after = self._preamble.partition(self._mark)
        if mark:
            self._preamble = before
            self._granted = True
            if after:
                self._inner.data_received(bytes(after), is_stderr=True)
            for exit_status in self._exits:
                self._inner.exited(exit_status)
        else:
            self._prompts = self._preamble.count(self._prompt)
            # The end may hold the start of the mark or prompt: keep it when the rest is dropped.
            if len(self._preamble) > _PREAMBLE_LIMIT_BYTES:
                del self._preamble[: _PREAMBLE_LIMIT_BYTES // 2]
        self._news.set()

    def exited(self, exit_status: int | None) -> None:
        """Sudo or the command ended. Its words, the mark among them, may still be on the way."""
        if self._granted:
            self._inner.exited(exit_status)
        else:
            self._exits.append(exit_status)
            asyncio.get_running_loop().call_later(LINGER_SECONDS, self._end)

    def closed(self, exit_status: int | None) -> None:
        """Nothing more will come."""
        self._end()
        if self._granted:  # without root the receiver was never concerned
            self._inner.closed(exit_status)

    async def open(self, process: Process, host: str, password: str | None) -> bool:
        """Return whether the command runs as root, or `password` was refused.

        Sudo gets one attempt: it must not be asked again, and not be left at its prompt (sudo-rs counts an
        end of file there as a failure).

        Raises:
            SudoError: Root was not given for another reason; the message is sudo's own cleaned words.
        """
        await self._until(lambda: self._prompts > 0)
        if not self._granted and not self._ended and password is not None:
            process.write(password.encode() + b"\n")
            await self._until(lambda: self._prompts > 1)
            if not self._granted and (self._prompts > 1 or _WRONG.search(self._words())):
                return False
        if not self._granted:
            raise SudoError(f"{host}: sudo refused: {self._words() or 'no reason given'}")
        return True

    async def _until(self, condition: Callable[[], bool]) -> None:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                while not (self._granted or self._ended or condition()):
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise SudoError(f"sudo did not answer within {ANSWER_SECONDS:.0f} s") from None

    def _end(self) -> None:
        self._ended = True
        self._news.set()

    def _words(self) -> str:
        return clean_line(bytes(self._preamble).replace(self._prompt, b""), 200)
