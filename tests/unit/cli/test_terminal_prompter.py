"""Questions at a real (pseudo) terminal: echo, order, cancelling, and nobody there."""

from __future__ import annotations

import asyncio
import dataclasses
import io
import os
import pty
import sys
import termios
from collections.abc import Iterator
from contextlib import suppress
from select import select
from typing import Any

import pytest

from opsconsole.console.cli.terminal_prompter import TerminalPrompter
from opsconsole.console.ssh.status import HostKeyOffer

OFFER = HostKeyOffer(
    hop="inner\x1b[2J",
    address="[10.77.0.5]:2222",
    algorithm="ssh-ed25519",
    fingerprint="SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
    known_fingerprints=(),
    known_hosts_file="/home/ops/.ssh/known_hosts",
    line="",
    command="",
)


class Person:
    """The other side of a terminal."""

    def __init__(self) -> None:
        self.master, self.slave = pty.openpty()
        os.set_blocking(self.master, False)
        self.prompter = TerminalPrompter(os.ttyname(self.slave))
        self.seen = ""

    def look(self) -> str:
        with suppress(BlockingIOError):
            self.seen += os.read(self.master, 65536).decode()
        return self.seen

    def type(self, text: str) -> None:
        with suppress(BlockingIOError):
            os.write(self.master, text.encode())

    @property
    def echoes(self) -> bool:
        return bool(termios.tcgetattr(self.slave)[3] & termios.ECHO)


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> Iterator[Person]:
    person = Person()
    with os.fdopen(os.dup(person.slave)) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        yield person
    os.close(person.master)
    os.close(person.slave)


async def test_a_secret_is_read_without_echo_and_echo_comes_back(person: Person, eventually: Any) -> None:
    asking = asyncio.create_task(person.prompter.secret("web1", "Password for [/]\x1b]0;x\x07ops:"))
    await eventually(lambda: "web1: Password for [/]ops: " in person.look())
    assert not person.echoes
    person.type("hunter2 ü\n")
    assert await asking == "hunter2 ü"
    assert "hunter2" not in person.look()
    assert "\x1b" not in person.seen
    assert person.echoes


async def test_a_code_may_be_seen(person: Person, eventually: Any) -> None:
    asking = asyncio.create_task(person.prompter.secret("web1", "Code:", echo=True))
    await eventually(lambda: "Code:" in person.look())
    person.type("123456\n")
    assert await asking == "123456"
    await eventually(lambda: "123456" in person.look())


async def test_an_empty_answer_is_an_answer_and_ctrl_d_is_none(person: Person, eventually: Any) -> None:
    asking = asyncio.create_task(person.prompter.secret("web1", "Password:"))
    await eventually(lambda: "Password:" in person.look())
    person.type("\n")
    assert await asking == ""
    asking = asyncio.create_task(person.prompter.secret("web2", "Password:"))
    await eventually(lambda: "web2" in person.look())
    person.type("\x04")
    assert await asking is None


async def test_questions_come_one_at_a_time(person: Person, eventually: Any) -> None:
    tasks = [asyncio.create_task(person.prompter.secret(f"web{n}", "Password:")) for n in range(3)]
    for number in range(3):
        await eventually(lambda number=number: f"web{number}:" in person.look())
        assert f"web{number + 1}:" not in person.seen
        person.type(f"secret{number}\n")
    assert await asyncio.gather(*tasks) == ["secret0", "secret1", "secret2"]


async def test_a_cancelled_question_gives_the_terminal_back(person: Person, eventually: Any) -> None:
    first = asyncio.create_task(person.prompter.secret("web1", "Password:"))
    second = asyncio.create_task(person.prompter.secret("web2", "Password:"))
    await eventually(lambda: "web1:" in person.look())
    first.cancel()
    await eventually(lambda: "web2:" in person.look())
    assert first.cancelled()
    person.type("for the second\n")
    assert await second == "for the second"
    assert person.echoes


@pytest.mark.parametrize(
    ("typed", "accepted"), [("yes", True), ("YES", True), ("no", False), ("y\nno", False), ("y\nyes", True)]
)
async def test_only_the_word_yes_trusts_a_key(
    person: Person, eventually: Any, typed: str, accepted: bool
) -> None:
    asking = asyncio.create_task(person.prompter.accept_host_key(OFFER))
    await eventually(lambda: "(yes/no)?" in person.look())
    for part in ("inner", "[10.77.0.5]:2222", OFFER.fingerprint, "ssh-ed25519", OFFER.known_hosts_file):
        assert part in person.seen
    assert "\x1b" not in person.seen
    first, *rest = typed.split("\n")
    person.type(first + "\n")
    for answer in rest:
        await eventually(lambda: "Please type yes or no" in person.look())
        person.type(answer + "\n")
    assert await asking is accepted


async def test_a_key_is_declined_after_three_unclear_answers(person: Person, eventually: Any) -> None:
    asking = asyncio.create_task(person.prompter.accept_host_key(OFFER))
    prompts = ("(yes/no)?", "Please type yes or no")
    for number in range(3):
        await eventually(lambda n=number: sum(person.look().count(prompt) for prompt in prompts) == n + 1)
        person.type("y\n")
    assert await asking is False


async def test_what_was_typed_before_the_question_is_not_its_answer(person: Person, eventually: Any) -> None:
    person.type("yes\n")
    await eventually(lambda: select([person.slave], [], [], 0)[0])  # it has arrived, and nobody read it
    asking = asyncio.create_task(person.prompter.accept_host_key(OFFER))
    await eventually(lambda: "(yes/no)?" in person.look())
    person.type("no\n")
    assert await asking is False


async def test_a_changed_key_is_declined_unasked(person: Person) -> None:
    changed = dataclasses.replace(OFFER, known_fingerprints=("SHA256:other",))
    assert await person.prompter.accept_host_key(changed) is False
    assert person.look() == ""


async def test_without_a_terminal_everything_is_declined(
    monkeypatch: pytest.MonkeyPatch, person: Person
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert await person.prompter.secret("web1", "Password:") is None
    assert await person.prompter.accept_host_key(OFFER) is False
    assert person.look() == ""


async def test_a_terminal_that_cannot_be_opened_declines(person: Person) -> None:
    assert await TerminalPrompter("/nowhere/tty").secret("web1", "Password:") is None


async def test_an_answer_without_end_is_declined(person: Person, eventually: Any) -> None:
    asking = asyncio.create_task(person.prompter.secret("web1", "Password:"))
    await eventually(lambda: "web1:" in person.look())
    # ctrl+d hands a part over without a line end
    await eventually(lambda: person.type("x" * 1000 + "\x04") or asking.done())
    assert await asking is None


PASTED = (
    "-----BEGIN EC PARAMETERS-----\nBggq\n-----END EC PARAMETERS-----\n-----BEGIN EC PRIVATE KEY-----\nMHcC\n"
)


async def test_a_pem_of_several_lines_is_taken_whole_and_not_shown(person: Person, eventually: Any) -> None:
    asking = asyncio.create_task(person.prompter.secret("secret", "key:", pasted=True))
    await eventually(lambda: not person.echoes and "key:" in person.look())
    person.type(PASTED)
    person.type("-----END EC PRIVATE KEY-----\n")
    assert await asking == f"{PASTED}-----END EC PRIVATE KEY-----"
    assert "MHcC" not in person.look()


async def test_a_path_is_one_line_also_where_a_pem_could_be_pasted(person: Person, eventually: Any) -> None:
    asking = asyncio.create_task(person.prompter.secret("secret", "key:", pasted=True))
    await eventually(lambda: not person.echoes and "key:" in person.look())
    person.type("~/new.key\n")
    assert await asking == "~/new.key"
