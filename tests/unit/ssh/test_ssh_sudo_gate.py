"""The gate before a command that runs by sudo, and the passwords of a session."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsconsole.console.ssh.sudo import SudoGate, SudoPasswords, sudo_argv
from opsconsole.data.host import SudoError, SudoPolicy
from tests.unit.ssh.ssh_person import Person

PROMPT, MARK = "[prompt]", "<mark>"


class Sink:
    def __init__(self) -> None:
        self.out, self.err, self.ends = b"", b"", 0

    def data_received(self, data: bytes, *, is_stderr: bool) -> None:
        if is_stderr:
            self.err += data
        else:
            self.out += data

    def exited(self, exit_status: int | None) -> None:
        self.ends += 1

    def closed(self, exit_status: int | None) -> None:
        self.ends += 1


class FakeSudo:
    """A process that answers what is written to it."""

    def __init__(self, gate: SudoGate, *replies: bytes | None) -> None:
        self.gate, self.replies, self.written = gate, list(replies), b""

    def write(self, data: bytes) -> None:
        self.written += data
        self.reply()

    def reply(self) -> None:
        for reply in [self.replies.pop(0)] if self.replies else []:
            if reply is None:
                self.gate.closed(1)
            else:
                self.gate.data_received(reply, is_stderr=True)

    def write_eof(self) -> None: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...
    def close(self) -> None: ...
    def kill(self) -> None: ...


def gate_and_sudo(*replies: bytes | None) -> tuple[Sink, SudoGate, FakeSudo]:
    sink = Sink()
    gate = SudoGate(sink, PROMPT, MARK)
    sudo = FakeSudo(gate, *replies)
    sudo.reply()
    return sink, gate, sudo


@pytest.mark.parametrize(
    "prompt", [b"[prompt]", b"[sudo: [prompt]] Password: ", b"lecture\nof three lines\n[prompt]"]
)
async def test_the_password_is_written_after_the_prompt_and_the_prompt_not_shown(prompt: bytes) -> None:
    sink, gate, sudo = gate_and_sudo(prompt, b"\n<mark>the command's own words")
    assert await gate.open(sudo, "h", "pw")
    assert sudo.written == b"pw\n"
    assert sink.err == b"the command's own words"


async def test_no_prompt_no_password() -> None:
    _, gate, sudo = gate_and_sudo(b"<mark>")
    assert await gate.open(sudo, "h", "pw")
    assert sudo.written == b""


@pytest.mark.parametrize("reply", [b"\nSorry, try again.\n[prompt]", b"\n[sudo: [prompt]] Password: "])
async def test_one_attempt_only(reply: bytes) -> None:
    sink, gate, sudo = gate_and_sudo(b"[prompt]", reply)
    assert not await gate.open(sudo, "h", "pw")
    assert sudo.written == b"pw\n"
    assert (sink.out, sink.err, sink.ends) == (b"", b"", 0)


async def test_an_exit_that_overtakes_the_mark_is_no_refusal() -> None:
    sink, gate, sudo = gate_and_sudo()
    opening = asyncio.create_task(gate.open(sudo, "h", None))
    await asyncio.sleep(0)
    gate.exited(0)
    await asyncio.sleep(0)
    gate.data_received(b"<mark>words", is_stderr=True)
    gate.closed(0)
    assert await opening
    assert sink.err == b"words"
    assert sink.ends == 2


async def test_a_refusal_is_told_in_sudo_s_clean_words() -> None:
    _, gate, sudo = gate_and_sudo(b"\x1b[31mu is not in the sudoers file.\n")
    gate.closed(1)
    with pytest.raises(SudoError, match="u is not in the sudoers file"):
        await gate.open(sudo, "h", None)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(1, 12), max_size=20))
def test_however_the_bytes_are_cut(cuts: list[int]) -> None:
    async def run() -> None:
        sink = Sink()
        gate = SudoGate(sink, PROMPT, MARK)
        rest = b"lecture [prom [prompt] <mar <mark>after <mark> [prompt]"
        for cut in cuts:
            gate.data_received(rest[:cut], is_stderr=True)
            rest = rest[cut:]
        gate.data_received(rest, is_stderr=True)
        assert sink.err == b"after <mark> [prompt]"

    asyncio.run(run())


async def test_what_sudo_says_is_bounded() -> None:
    gate = SudoGate(Sink(), PROMPT, MARK)
    for _ in range(1000):
        gate.data_received(b"x" * 1000, is_stderr=True)
    assert len(gate._preamble) <= 65 * 1024


async def test_one_question_and_one_unproved_try_for_many_hosts() -> None:
    person = Person("wrong")
    passwords = SudoPasswords(person)
    tried = []

    async def judge(password: str) -> bool:
        tried.append(password)
        await asyncio.sleep(0)
        return False

    results = await asyncio.gather(*(passwords.attempt(f"h{number}", judge) for number in range(40)))
    assert results == [False] * 40
    assert tried == ["wrong"]
    assert len(person.asked) == 1


async def test_a_decline_holds_for_all_who_waited() -> None:
    person = Person(None)
    passwords = SudoPasswords(person)

    async def judge(_: str) -> bool:
        raise AssertionError

    assert (
        await asyncio.gather(*(passwords.attempt(f"h{number}", judge) for number in range(9))) == [None] * 9
    )
    assert len(person.asked) == 1


async def test_a_host_with_a_password_of_its_own() -> None:
    person = Person("common", "private")
    passwords = SudoPasswords(person)
    right = {"a": "common", "b": "private", "c": "common"}

    def judging(host: str):
        async def judge(password: str) -> bool:
            return password == right[host]

        return judge

    assert await passwords.attempt("a", judging("a"))
    assert not await passwords.attempt("b", judging("b"))
    assert await passwords.attempt("b", judging("b"))
    assert await passwords.attempt("c", judging("c"))
    assert person.asked == ["a", "b"]
    assert "common" not in repr(passwords.__dict__)
    assert "private" not in repr(passwords.__dict__)


def test_argv_by_policy() -> None:
    assert sudo_argv(["id"], SudoPolicy.PASSWORDLESS, "p") == ["sudo", "-n", "--", "id"]
    assert sudo_argv(["id"], SudoPolicy.ASK, "p") == ["sudo", "-S", "-k", "-p", "p", "--", "id"]
