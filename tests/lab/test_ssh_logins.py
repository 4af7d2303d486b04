"""Every way to log in, on real sshd and dropbear."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from opsconsole.console.ssh.status import ConnectionState
from opsconsole.data.host import Command, NotConnectedError
from tests.lab.hosts import KEY_PASSPHRASE, LOGIN_PASSWORD
from tests.lab.sshroom import Person, room

pytestmark = pytest.mark.lab


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[str]:
    path = tmp_path / "agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", path], stdout=subprocess.DEVNULL)
    try:
        deadline = 200
        while not path.exists() and deadline:
            deadline -= 1
            subprocess.run(
                ["ssh-add", "-l"], env={"SSH_AUTH_SOCK": str(path)}, capture_output=True, check=False
            )
        yield str(path)
    finally:
        process.terminate()
        process.wait()


async def test_an_encrypted_key_is_asked_for_once_and_kept(lab) -> None:
    key = str(lab.state / "id_encrypted")
    person = Person("wrong", KEY_PASSPHRASE)
    hosts = [lab.host(name, identity_files=(key,)) for name in ("web1", "web2", "busy1")]
    async with room(hosts, person) as connections:
        await asyncio.gather(*(connections.connect(host.name) for host in hosts))
        assert [question for _, question, _ in person.questions] == [
            f"passphrase for key {key}",
            f"wrong passphrase; once more for key {key}",
        ]


async def test_a_declined_passphrase_is_named(lab) -> None:
    key = str(lab.state / "id_encrypted")
    async with room([lab.host("web1", identity_files=(key,))], Person(None)) as connections:
        with pytest.raises(NotConnectedError, match=f"key {key} stayed locked"):
            await connections.connect("web1")
        assert connections.status("web1").state is ConnectionState.AUTHENTICATION_FAILED


async def test_the_agent_s_key_needs_no_passphrase(lab, agent: str, tmp_path: Path) -> None:
    key = str(lab.state / "id_encrypted")
    answer = tmp_path / "answer"
    answer.write_text(f"#!/bin/sh\necho {KEY_PASSPHRASE}\n")
    answer.chmod(0o700)
    environment = {
        **os.environ,
        "SSH_AUTH_SOCK": agent,
        "SSH_ASKPASS": str(answer),
        "SSH_ASKPASS_REQUIRE": "force",
    }
    subprocess.run(["ssh-add", "-q", key], env=environment, check=True, stdin=subprocess.DEVNULL)
    person = Person()
    host = lab.host("web1", identity_files=(key,), identity_agent=agent)
    async with room([host], person) as connections:
        await connections.connect("web1")
    assert person.questions == []


async def test_a_certificate_lets_in_where_the_bare_key_does_not(lab) -> None:
    key = str(lab.state / "id_cert")
    async with room([lab.host("web2", identity_files=(key,))]) as connections:
        await connections.connect("web2")


async def test_a_certificate_named_by_itself(lab, tmp_path: Path) -> None:
    key = tmp_path / "id"
    key.write_bytes((lab.state / "id_cert").read_bytes())
    key.chmod(0o600)
    bare = lab.host("web2", identity_files=(str(key),))
    async with room([bare]) as connections:
        with pytest.raises(NotConnectedError):
            await connections.connect("web2")
    certificate = str(lab.state / "id_cert-cert.pub")
    async with room(
        [lab.host("web2", identity_files=(str(key),), certificate_files=(certificate,))]
    ) as connections:
        await connections.connect("web2")


@pytest.mark.parametrize("user", ["pw", "kbd"])
async def test_a_password_is_asked_after_the_keys_and_reused_on_a_reconnect(lab, user: str) -> None:
    person = Person(LOGIN_PASSWORD)
    async with room([lab.host("web1", user=user)], person) as connections:
        await connections.connect("web1")
        output = await connections.shell("web1").run(Command(("id", "-un")))
        assert output.stdout.strip().decode() == user
        (asked,) = person.questions
        assert asked[0] == "web1"
        assert not asked[2]
        connections._by_name["web1"].connection().abort()
        await asyncio.sleep(0)
        await connections.connect("web1")
        assert len(person.questions) == 1


async def test_a_wrong_password_is_asked_again_and_then_given_up(lab) -> None:
    person = Person("one", "two", "three", "four")
    async with room([lab.host("web1", user="pw", connect_timeout_seconds=20)], person) as connections:
        with pytest.raises(NotConnectedError):
            await connections.connect("web1")
        status = connections.status("web1")
        assert status.state is ConnectionState.AUTHENTICATION_FAILED
        assert "password ×3" in status.reason
        assert len(person.questions) == 3
        assert not any(secret in repr(connections.seen) for secret in ("one'", "two'", "three'"))


async def test_the_deadline_stops_while_a_person_thinks(lab, eventually) -> None:
    answered = asyncio.Event()

    class Slow(Person):
        async def secret(self, host: str, question: str, *, echo: bool = False) -> str | None:
            await answered.wait()
            return LOGIN_PASSWORD

    async with room([lab.host("web1", user="pw", connect_timeout_seconds=2.0)], Slow()) as connections:
        attempt = asyncio.create_task(connections.connect("web1"))
        asyncio.get_running_loop().call_later(4.0, answered.set)
        await attempt
        assert connections.status("web1").state is ConnectionState.UP


def fingerprint(file: Path) -> str:
    """Return what ssh-keygen, the independent witness, says of a public key."""
    argv = ["ssh-keygen", "-l", "-f", str(file)]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split()[1]


async def test_a_shell_knows_the_key_that_let_us_in_and_the_host_s_own(lab) -> None:
    key = lab.state / "id_ed25519"
    hosts = [lab.host("web1"), lab.host("busy1")]
    async with room(hosts) as connections:
        for host in hosts:
            shell = connections.shell(host.name)
            assert shell.login.user == ""
            await connections.connect(host.name)
            assert shell.login.user == "ops"
            assert shell.login.key_fingerprint == fingerprint(key.with_suffix(".pub"))
            offered = {fingerprint(file) for file in (lab.state / "hosts" / host.name).glob("*.pub")}
            assert shell.login.host_key in offered


async def test_a_password_login_has_no_key(lab) -> None:
    host = lab.host("web1", user="pw", identity_files=())
    async with room([host], Person(LOGIN_PASSWORD)) as connections:
        await connections.connect("web1")
        login = connections.shell("web1").login
        assert (login.user, login.key_fingerprint) == ("pw", "")
