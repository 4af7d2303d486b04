"""What is answered at a login without asking, what is kept of it, and when a person is told of a mistake."""

from __future__ import annotations

import pytest

from opsconsole.console.ssh.attempt import Attempt
from opsconsole.console.ssh.logins import PasswordLogin, Passwords
from opsconsole.data.host import Host

OATH = "One-time password (OATH) for `ops': "


class Person:
    """Answers in order and keeps the questions."""

    def __init__(self, *answers: str | None) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def secret(self, host: str, question: str, *, echo: bool = False) -> str | None:
        self.asked.append(question)
        return self.answers.pop(0)

    async def accept_host_key(self, offer: object) -> bool:
        return False


def attempt(passwords: Passwords) -> PasswordLogin:
    return passwords.login(Attempt(Host("web1", "192.0.2.7"), lambda: None), "ops")


async def converse(login: PasswordLogin, *questions: str) -> list[str | None]:
    """Be a server that asks these, each in a challenge of its own."""
    assert login.start_round()
    found = []
    for question in questions:
        answers = await login.answers("", "", [(question, False)])
        found += answers if answers is not None else [None]
    return found


ONE_TIME = [OATH, "Enter your token password: ", "OTP password:", "Password (verification code):"]


@pytest.mark.parametrize(
    "questions",
    [*(("Password: ", one) for one in ONE_TIME), *((one, "Password: ") for one in ONE_TIME)],
)
async def test_a_one_time_password_is_asked_each_time_and_the_other_once(questions: tuple[str, str]) -> None:
    codes = ["111", "222"]
    person = Person()
    passwords = Passwords(person)
    for code in codes:
        right = ["unix" if question == "Password: " else code for question in questions]
        person.answers = [answer for answer in right if answer != "unix" or code == codes[0]]
        login = attempt(passwords)
        assert await converse(login, *questions) == right
        assert person.answers == []
        login.succeeded()
    assert not [question for question in person.asked if "once more" in question]


async def test_the_second_password_of_a_conversation_is_not_taken_for_the_first() -> None:
    person = Person("unix", "111")
    passwords = Passwords(person)
    login = attempt(passwords)
    assert await converse(login, "Password: ", "Password: ") == ["unix", "111"]
    login.succeeded()
    person.answers = ["222"]
    assert await converse(attempt(passwords), "Password: ", "Password: ") == ["unix", "222"]


async def test_a_mistake_is_told_in_the_next_round_and_only_there() -> None:
    person = Person("unix", "mistyped", "unix", "111")
    login = attempt(Passwords(person))
    await converse(login, "Password: ", OATH)
    await converse(login, "Password: ", OATH)
    assert person.asked == [
        "Password: (ops on web1)",
        OATH.strip(),
        "not accepted; once more: Password: (ops on web1)",
        OATH.strip(),
    ]


async def test_a_wrong_password_is_told() -> None:
    person = Person("one", "two", "three")
    login = attempt(Passwords(person))
    assert [await login.password() for _ in range(4)] == ["one", "two", "three", None]
    assert person.asked == [
        "password of ops on web1",
        "wrong password; once more: password of ops on web1",
        "wrong password; once more: password of ops on web1",
    ]


async def test_a_kept_password_that_is_refused_is_no_mistake_of_the_person() -> None:
    person = Person("old", "new")
    passwords = Passwords(person)
    login = attempt(passwords)
    await login.password()
    login.succeeded()
    login = attempt(passwords)
    assert [await login.password() for _ in range(2)] == ["old", "new"]
    assert person.asked == ["password of ops on web1"] * 2


async def test_another_method_after_a_password_is_no_mistake() -> None:
    """`AuthenticationMethods password,keyboard-interactive`: the first was right."""
    person = Person("unix", "radius")
    login = attempt(Passwords(person))
    await login.password()
    await converse(login, "Password: ")
    assert person.asked == ["password of ops on web1", "Password: (ops on web1)"]


async def test_an_expired_password_is_not_kept() -> None:
    person = Person("old", "old", "new", "new", "new")
    passwords = Passwords(person)
    login = attempt(passwords)
    await converse(login, "Password: ", "Current password: ", "New password: ", "Retype new password: ")
    login.succeeded()
    assert await converse(attempt(passwords), "Password: ") == ["new"]
    assert len(person.asked) == 5


async def test_who_declines_is_asked_no_more() -> None:
    person = Person(None)
    login = attempt(Passwords(person))
    assert await converse(login, "Password: ") == [None]
    assert not login.start_round()
    assert await login.password() is None
    assert len(person.asked) == 1
