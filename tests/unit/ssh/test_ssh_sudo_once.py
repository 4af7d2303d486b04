"""A wrong sudo password is sent to a host once, however many commands want root there at the same moment."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from opsconsole.console.ssh.local import LocalShell
from opsconsole.console.ssh.process import Process, Receiver
from opsconsole.console.ssh.sudo import SudoPasswords
from opsconsole.data.host import Asking, Command, Facts, Host, SudoError, SudoPolicy
from tests.unit.ssh.ssh_person import Person


class Account:
    """Judges passwords, slowly enough for others to come meanwhile."""

    def __init__(self, right: str) -> None:
        self.right = right
        self.sent: list[str] = []
        self.at_once = self.most_at_once = 0

    async def judge(self, password: str) -> bool:
        self.sent.append(password)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        for _ in range(10):
            await asyncio.sleep(0)
        self.at_once -= 1
        return password == self.right


@pytest.mark.parametrize("asking", [Asking.FREELY, Asking.NEVER])
async def test_the_common_password_is_tried_once_where_it_is_wrong(asking: Asking) -> None:
    passwords = SudoPasswords(Person("common"))
    assert await passwords.attempt("a", Account("common").judge)
    other = Account("private")
    assert (
        await asyncio.gather(*(passwords.attempt("b", other.judge, asking) for _ in range(4))) == [False] * 4
    )
    assert other.sent == ["common"]


async def test_a_host_s_own_password_that_is_mistyped_is_tried_once() -> None:
    person = Person("common", "mistyped", "private")
    passwords = SudoPasswords(person)
    assert await passwords.attempt("a", Account("common").judge)
    account = Account("private")
    assert await passwords.attempt("b", account.judge) is False
    assert await asyncio.gather(*(passwords.attempt("b", account.judge) for _ in range(4))) == [False] * 4
    assert account.sent == ["common", "mistyped"]
    assert person.asked == ["a", "b"]
    assert await passwords.attempt("b", account.judge)  # a person is asked again, by what comes later


async def test_a_password_that_this_host_has_accepted_holds_nobody_up() -> None:
    passwords = SudoPasswords(Person("right"))
    account = Account("right")
    assert await passwords.attempt("a", account.judge)
    assert await asyncio.gather(*(passwords.attempt("a", account.judge) for _ in range(4))) == [True] * 4
    assert account.most_at_once == 4


async def test_one_host_s_first_try_does_not_hold_up_the_others() -> None:
    passwords = SudoPasswords(Person("right"))
    account = Account("right")
    assert await passwords.attempt("a", account.judge)
    assert await asyncio.gather(*(passwords.attempt(host, account.judge) for host in "bcde")) == [True] * 4
    assert account.most_at_once == 4


async def test_who_waited_for_a_right_password_goes_on_with_it() -> None:
    passwords = SudoPasswords(Person("right"))
    account = Account("right")
    assert await asyncio.gather(*(passwords.attempt("a", account.judge) for _ in range(4))) == [True] * 4


async def cancelled_while_judged(passwords: SudoPasswords, host: str, account: Account) -> list[bool | None]:
    """Return what comes of those who waited while the first one's command was cancelled."""
    first, *others = (asyncio.create_task(passwords.attempt(host, account.judge)) for _ in range(4))
    while not account.sent:
        await asyncio.sleep(0)
    first.cancel()
    return await asyncio.gather(*others)


async def test_who_is_cancelled_while_a_password_is_judged_takes_it_along() -> None:
    person = Person("mistyped", "right")
    passwords = SudoPasswords(person)
    account = Account("right")
    assert await cancelled_while_judged(passwords, "a", account) == [False] * 3
    assert account.sent == ["mistyped"]
    assert await passwords.attempt("a", account.judge)
    assert person.asked == ["a", "a"]


async def test_who_is_cancelled_takes_no_password_that_was_accepted() -> None:
    person = Person("right")
    passwords = SudoPasswords(person)
    assert await passwords.attempt("a", Account("right").judge)
    assert await cancelled_while_judged(passwords, "a", Account("right")) == [True] * 3
    assert await cancelled_while_judged(passwords, "b", Account("right")) == [True] * 3
    assert person.asked == ["a"]


async def test_a_password_that_was_changed_meanwhile_is_asked_for_anew() -> None:
    person = Person("old", "new")
    passwords = SudoPasswords(person)
    account = Account("old")
    assert await passwords.attempt("a", account.judge)
    account.right = "new"
    assert await passwords.attempt("a", account.judge) is False
    assert await passwords.attempt("a", account.judge)
    assert person.asked == ["a", "a"]


class _Host(LocalShell):
    """A host whose sudo finds every password wrong."""

    tries = 0

    async def facts(self) -> Facts:
        return Facts(user_id=1000)

    async def _sudo(
        self, argv: Sequence[str], receiver: Receiver, nonce: str, password: str | None
    ) -> Process | None:
        self.tries += 1
        await asyncio.sleep(0)
        return None


async def test_commands_at_the_same_moment_are_refused_together() -> None:
    passwords = SudoPasswords(Person("common"))
    assert await passwords.attempt("a", Account("common").judge)
    shell = _Host(Host("b", "b", sudo=SudoPolicy.ASK), passwords)
    ends = await asyncio.gather(
        *(shell.run(Command(("id",), sudo=True)) for _ in range(4)), return_exceptions=True
    )
    assert {type(end) for end in ends} == {SudoError}
    assert shell.tries == 1
