"""Passwords of PKCS#12 files: asked for, tried, asked for again, kept in memory alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from opsconsole.console import certificates_passwords, once
from opsconsole.console.certificates_passwords import TRIES, ask, files_wanting, read_asking
from opsconsole.console.inventory import HostEntry
from opsconsole.console.state import HostState, PanelState
from opsconsole.console.tui.certificates_password import give_passwords
from opsconsole.data.host import Host
from opsconsole.panels.certificates import passwords
from opsconsole.panels.certificates.files_command import Wanted, command
from opsconsole.panels.certificates.passwords import Passwords
from opsconsole.panels.certificates.reading import CertificateFile, CertificatesReading

SECRET = "s3cret-of-the-keystore"


@pytest.fixture(autouse=True)
def anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[Passwords]:
    """Each test has passwords of its own."""
    made = Passwords()
    monkeypatch.setattr(passwords, "PASSWORDS", made)
    monkeypatch.setattr(certificates_passwords, "PASSWORDS", made)
    yield made
    assert SECRET not in repr(made)


def state(name: str, **wanting: bool) -> HostState:
    made = HostState(HostEntry(Host(name, name)))
    files = tuple(CertificateFile(f"/{path}.p12", password_needed=wants) for path, wants in wanting.items())
    made.panels["certificates"] = PanelState(900.0, CertificatesReading(datetime.now(UTC), files=files))
    return made


class Person:
    """Answers in turn; None declines."""

    def __init__(self, *answers: str | None) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def secret(self, host: str, question: str, *, echo: bool = False) -> str | None:
        assert not echo
        self.asked.append(f"{host}: {question}")
        return self.answers.pop(0) if self.answers else None


async def test_each_file_is_asked_for_once_and_a_declined_one_does_not_end_it(anew: Passwords) -> None:
    person = Person(None, SECRET)
    assert await ask(state("web1", a=True, b=False, c=True), person)  # type: ignore[arg-type]  # asks no keys
    assert person.asked == ["web1: Password of /a.p12:", "web1: Password of /c.p12:"]
    assert (anew.knows("web1", "/a.p12"), anew.knows("web1", "/c.p12")) == (False, True)
    assert not anew.knows("web2", "/c.p12")


async def test_what_was_not_read_wants_nothing() -> None:
    bare = HostState(HostEntry(Host("web1", "web1")))
    assert files_wanting(bare) == []
    bare.panels["certificates"] = PanelState(900.0)
    assert files_wanting(bare) == []


def read_as(monkeypatch: pytest.MonkeyPatch, right: str, anew: Passwords) -> list[list[str]]:
    """Have hosts whose file needs one password; return which hosts were read, each time."""
    reads: list[list[str]] = []

    async def read_once(entries: Any, *_: Any, panel_names: Any, **__: Any) -> list[HostState]:
        assert panel_names == ["certificates"]
        reads.append([entry.host.name for entry in entries])
        return [state(name, a=_tried(anew, name) != right) for name in reads[-1]]

    monkeypatch.setattr(once, "read_once", read_once)
    return reads


def _tried(anew: Passwords, host: str) -> str:
    (one,) = anew.put_in(host, [Wanted("/a.p12", "certificate")])
    return one.password


async def asking(*names: str, person: Person) -> list[HostState]:
    entries = [HostEntry(Host(name, name)) for name in names]
    return await read_asking(entries, None, None, person)  # type: ignore[arg-type]  # read_once is not the real one


async def test_a_host_is_read_again_with_what_was_given(
    monkeypatch: pytest.MonkeyPatch, anew: Passwords
) -> None:
    reads = read_as(monkeypatch, SECRET, anew)
    person = Person("wrong", None, SECRET)
    states = await asking("web1", "web2", person=person)
    assert reads == [["web1", "web2"], ["web1"], ["web1"]]
    assert [files_wanting(one) for one in states] == [[], ["/a.p12"]]
    assert person.asked[2] == "web1: That was not its password. Password of /a.p12:"
    assert len(person.asked) == 3  # web2, which was declined, is not asked for again


async def test_nobody_there_and_nobody_who_knows_it_end(
    monkeypatch: pytest.MonkeyPatch, anew: Passwords
) -> None:
    reads = read_as(monkeypatch, SECRET, anew)
    await asking("web1", person=Person())
    assert reads == [["web1"]]
    await asking("web1", person=Person(*["wrong"] * 10))
    assert len(reads) == 1 + 1 + TRIES


def test_it_is_put_beside_its_file_and_after_a_pattern_that_finds_it(anew: Passwords) -> None:
    anew.give("web1", "/etc/a.p12", SECRET)
    exact, other, pattern = (
        Wanted("/etc/a.p12", "certificate"),
        Wanted("/etc/b.pem", "certificate"),
        Wanted("/etc/*", "glob"),
    )
    with_it = Wanted("/etc/a.p12", "certificate", SECRET)
    assert anew.put_in("web1", [exact, other]) == (other, with_it)
    assert anew.put_in("web1", [pattern]) == (pattern, with_it)
    assert anew.put_in("web2", [exact, pattern]) == (exact, pattern)
    anew.forget("web1", "/etc/a.p12")
    assert anew.put_in("web1", [exact]) == (exact,)


def test_it_is_on_standard_input_and_nowhere_else(anew: Passwords) -> None:
    anew.give("web1", "/etc/a.p12", SECRET)
    wanted = anew.put_in("web1", [Wanted("/etc/a.p12", "certificate")])
    made = command(wanted, root=False)
    assert f"\np{SECRET}\nc/etc/a.p12\n".encode() in (made.stdin or b"")
    assert SECRET not in repr(wanted)
    assert SECRET not in repr(made)
    assert not any(SECRET in word for word in made.argv)
    assert SECRET in made.redact


class App:
    """As much of the app as is needed."""

    def __init__(self, known: HostState, person: Person) -> None:
        self.source = self
        self.hosts, self.prompter = {"web1": known}, person
        self.told: list[str] = []
        self.read: list[str] = []

    def notify(self, words: str, **_: Any) -> None:
        self.told.append(words)

    def read_now(self, hosts: list[str]) -> None:
        self.read += hosts


@pytest.mark.parametrize(
    ("wants", "answers", "read", "told"),
    [
        (True, [SECRET], ["web1"], 0),
        (True, [None], [], 0),
        (False, [], [], 1),
    ],
)
async def test_in_the_console_it_is_asked_for_and_the_host_is_read(
    wants: bool, answers: list[str | None], read: list[str], told: int
) -> None:
    app = App(state("web1", a=wants), Person(*answers))
    await give_passwords(app, "web1")  # type: ignore[arg-type]  # a fake
    assert (app.read, len(app.told)) == (read, told)
