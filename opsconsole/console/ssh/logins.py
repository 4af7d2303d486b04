"""Passwords and one-time codes: asked when the server wants them, and what may be reused on a reconnect."""

from __future__ import annotations

import re
from collections.abc import Sequence

from opsconsole.console.ssh.attempt import Attempt
from opsconsole.console.ssh.prompts import Prompter
from opsconsole.data.host import Host
from opsconsole.data.text import clean_line

PASSWORD_TRIES = 3
_ONE_TIME = re.compile(
    r"one[- ]?time|\b(dynamic|oath|otp|totp|hotp|verification|token|code|passcode)\b", re.IGNORECASE
)
_NEW = re.compile(r"\bnew\b.*\bpassword", re.IGNORECASE)


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
    """The password and keyboard-interactive answers of one attempt.

    A round is one password, or one conversation; another by the same method means that the one before failed.
    """

    def __init__(self, passwords: Passwords, attempt: Attempt, user: str) -> None:
        self._passwords = passwords
        self._attempt = attempt
        self._user = user
        self._account = account(attempt.host, user)
        self._last: str | None = None
        self._kept_was_used = False
        self._asked = 0
        self._declined = False
        self._rounds: dict[str, int] = {}
        self._typed = 0
        self._again = ""
        self._had_password = False

    async def password(self) -> str | None:
        """Return the password to try: the one kept, then up to three from a person; None to give up."""
        self._start("password", "wrong password; once more: ")
        return await self._password(f"password of {self._user} on {self._attempt.host.name}")

    def start_round(self) -> bool:
        """Whether to begin another keyboard-interactive conversation."""
        rounds = self._start("conversation", "not accepted; once more: ")
        return rounds <= PASSWORD_TRIES and not self._declined

    async def answers(
        self, name: str, instructions: str, prompts: Sequence[tuple[str, bool]]
    ) -> list[str] | None:
        """Return the answers to a keyboard-interactive challenge; None when the person declined.

        The first question of a conversation that is alone, hidden and for a password is answered like a
        password, so that a reconnect need not ask. All others may want what is good only once.
        """
        said = clean_line(f"{name} {instructions}", 300)
        found = []
        for text, echo in prompts[:16]:
            question = clean_line(text, 200) or "answer"
            if _NEW.search(question):  # it has expired: what let us in will not do so again
                self._last = None
                self._passwords.drop(self._account)
            if (
                len(prompts) == 1
                and not echo
                and self._is_for_password(f"{clean_line(name, 100)} {question}")
            ):
                self._had_password = True
                answer = await self._password(f"{question} ({self._user} on {self._attempt.host.name})")
            else:
                answer = await self._ask(f"{said} {question}".strip(), echo=echo)
            if answer is None:
                return None
            found.append(answer)
        return found

    def succeeded(self) -> None:
        """Keep the password that let us in."""
        if self._last is not None:
            self._passwords.keep(self._account, self._last)

    def _start(self, method: str, again: str) -> int:
        """Begin a round; return how many there were by this method."""
        self._rounds[method] = self._rounds.get(method, 0) + 1
        self._again = again if self._rounds[method] > 1 and self._typed else ""
        self._typed = 0
        self._had_password = False
        return self._rounds[method]

    def _is_for_password(self, question: str) -> bool:
        asks = "password" in question.lower() and not _NEW.search(question)
        return asks and not _ONE_TIME.search(question) and not self._had_password

    async def _password(self, question: str) -> str | None:
        kept = self._passwords.kept(self._account)
        if kept is not None and not self._kept_was_used:
            self._kept_was_used = True
            self._last = kept
            return kept
        self._passwords.drop(self._account)
        if self._asked >= PASSWORD_TRIES or self._declined:
            return None
        self._asked += 1
        self._last = await self._ask(question)
        return self._last

    async def _ask(self, question: str, *, echo: bool = False) -> str | None:
        again, self._again = self._again, ""
        answer = await self._passwords.ask(self._attempt, again + question, echo=echo)
        self._typed += answer is not None
        self._declined = self._declined or answer is None
        return answer


def account(host: Host, user: str) -> str:
    """Return what a password belongs to."""
    return f"{user}@{host.address}:{host.port}"
