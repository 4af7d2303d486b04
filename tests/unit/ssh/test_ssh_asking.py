"""When a person is asked for a sudo password: when they want root, and never by what runs by itself."""

from __future__ import annotations

import asyncio

from opsconsole.console.ssh.sudo import SudoPasswords
from opsconsole.data.host import Asking
from tests.unit.ssh.ssh_person import Person


async def right(password: str) -> bool:
    return password == "right"


async def test_what_runs_by_itself_never_asks_and_uses_what_was_given() -> None:
    person = Person("right")
    passwords = SudoPasswords(person)
    assert await passwords.attempt("a", right, Asking.NEVER) is None
    assert person.asked == []
    assert await passwords.attempt("a", right)
    assert await passwords.attempt("b", right, Asking.NEVER)
    assert person.asked == ["a"]


async def test_what_runs_by_itself_does_not_try_a_password_that_no_host_took_yet() -> None:
    person = Person("mistyped")
    passwords = SudoPasswords(person)
    tried = []

    async def judge(password: str) -> bool:
        tried.append(password)
        await asyncio.sleep(0.01)  # meanwhile the other comes
        return False

    given, other = await asyncio.gather(
        passwords.attempt("a", judge), _later(passwords.attempt("b", judge, Asking.NEVER))
    )
    assert (given, other) == (False, None)
    assert tried == ["mistyped"]


async def _later(attempt):
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return await attempt


async def test_a_host_that_refuses_the_common_password_is_not_tried_again_by_itself() -> None:
    person = Person("common", "right")
    passwords = SudoPasswords(person)
    tried = []

    async def judge(password: str) -> bool:
        tried.append(password)
        return password == "right"

    async def any_password(_: str) -> bool:
        return True

    assert await passwords.attempt("a", any_password)
    assert await passwords.attempt("b", judge, Asking.NEVER) is False
    assert await passwords.attempt("b", judge, Asking.NEVER) is None
    assert tried == ["common"]
    assert await passwords.attempt("b", judge)  # a person wants root there
    assert await passwords.attempt("b", judge, Asking.NEVER)
    assert person.asked == ["a", "b"]


async def test_who_declined_is_asked_again_only_for_what_needs_it() -> None:
    person = Person(None, "right")
    passwords = SudoPasswords(person)
    for _ in range(3):
        assert await passwords.attempt("a", right, Asking.ONCE) is None
    assert person.asked == ["a"]
    assert await passwords.attempt("a", right)
    assert await passwords.attempt("a", right, Asking.ONCE)
