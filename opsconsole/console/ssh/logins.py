"""Passwords and one-time codes: asked when the server wants them, and what may be reused on a reconnect."""

from __future__ import annotations

from collections.abc import Sequence

from opsconsole.console.ssh.attempt import Attempt
from opsconsole.console.ssh.prompts import Prompter
from opsconsole.data.host import Host
from opsconsole.data.text import clean_line

PASSWORD_TRIES = 3


class Passwords:
    """The login passwords of this session by account, in memory only; one is kept once it was accepted."""

    def __init__(self, prompter: Prompter) -> None:
        self._prompter = prompter
        self._accepted: dict[str, str] = {}

    def __repr__(self) -> str:
        """Never show what is kept."""
        return "Passwords(…)"

    def login(self, attempt: Attempt, user: str) -> PasswordLogin:
        """Return the answers for one attempt."""
        return PasswordLogin(self, attempt, user)

    def kept(self, account: str) -> str | None:
        """Return the password that this account accepted before."""
        return self._accepted.get(account)

    def keep(self, account: str, password: str) -> None:
        """Remember an accepted password."""
        self._accepted[account] = password

    def drop(self, account: str) -> None:
        """Forget a password that is not right any more."""
        self._accepted.pop(account, None)

    async def ask(self, attempt: Attempt, question: str, *, echo: bool = False) -> str | None:
        """Ask a person; the attempt's deadline stops meanwhile."""
        with attempt.paused():
            return await self._prompter.secret(attempt.host.name, question, echo=echo)


class PasswordLogin:
    """The password and keyboard-interactive answers of one attempt."""

    def __init__(self, passwords: Passwords, attempt: Attempt, user: str) -> None:
        self._passwords = passwords
        self._attempt = attempt
        self._user = user
        self._account = account(attempt.host, user)
        self._last: str | None = None
        self._asked = 0
        self._rounds = 0
        self._declined = False

    async def password(self, question: str | None = None) -> str | None:
        """Return the next password to try: the one kept, then up to three from a person; None to give up."""
        kept = self._passwords.kept(self._account)
        if kept is not None and self._last is None:
            self._last = kept
            return kept
        self._passwords.drop(self._account)
        if self._asked >= PASSWORD_TRIES or self._declined:
            return None
        again = "wrong password; once more: " if self._asked else ""
        self._asked += 1
        wanted = question or f"password of {self._user} on {self._attempt.host.name}"
        self._last = await self._passwords.ask(self._attempt, again + wanted)
        self._declined = self._last is None
        return self._last

    def start_round(self) -> bool:
        """Whether to begin another keyboard-interactive conversation."""
        self._rounds += 1
        return self._rounds <= PASSWORD_TRIES and not self._declined

    async def answers(
        self, name: str, instructions: str, prompts: Sequence[tuple[str, bool]]
    ) -> list[str] | None:
        """Return the answers to a keyboard-interactive challenge; None when the person declined.

        A single hidden question for a password is answered like a password, so that a reconnect need not ask.
        """
        said = clean_line(f"{name} {instructions}", 300)
        found = []
        for text, echo in prompts[:16]:
            question = clean_line(text, 200) or "answer"
            if len(prompts) == 1 and not echo and "password" in question.lower():
                answer = await self.password(f"{question} ({self._user} on {self._attempt.host.name})")
            else:
                answer = await self._passwords.ask(self._attempt, f"{said} {question}".strip(), echo=echo)
            if answer is None:
                self._declined = True
                return None
            found.append(answer)
        return found

    def succeeded(self) -> None:
        """Keep the password that let us in."""
        if self._last is not None:
            self._passwords.keep(self._account, self._last)


def account(host: Host, user: str) -> str:
    """Return what a password belongs to."""
    return f"{user}@{host.address}:{host.port}"
