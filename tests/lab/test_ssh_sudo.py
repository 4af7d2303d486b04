"""Root by each kind of sudo there is: without and with a password, classic and sudo-rs, and not at all."""

from __future__ import annotations

import asyncio

import pytest

from opsconsole.data.host import Command, SudoError, SudoPolicy
from tests.lab import faults
from tests.lab.hosts import SUDO_PASSWORD
from tests.lab.sshroom import Person, room

pytestmark = pytest.mark.lab

CLASSIC, RUST = "web1", "trixie1"


def failures(name: str) -> int:
    """Return how many wrong sudo passwords the host's journal knows of."""
    log = faults.execute(name, ["journalctl", "-q", "--no-pager", "-t", "sudo", "-t", "sudo-rs"]).stdout
    return log.count("authentication failure")


async def test_without_a_password(lab) -> None:
    person = Person()
    async with room([lab.host(CLASSIC)], person) as connections:
        await connections.connect(CLASSIC)
        shell = connections.shell(CLASSIC)
        output = await shell.run(
            Command(("sh", "-c", "id -u; cat; echo err >&2; exit 4"), stdin=b"in", sudo=True)
        )
        assert (output.stdout, output.stderr, output.exit_status) == (b"0\nin", b"err\n", 4)
        assert person.questions == []


@pytest.mark.parametrize("name", [CLASSIC, RUST])
async def test_passwordless_where_a_password_is_wanted_is_refused_in_sudo_s_words(lab, name: str) -> None:
    async with room([lab.host(name, user="pwsudo")], Person(SUDO_PASSWORD)) as connections:
        await connections.connect(name)
        with pytest.raises(SudoError, match=r"sudo refused: sudo.*(password|authentication)"):
            await connections.shell(name).run(Command(("true",), sudo=True))


@pytest.mark.parametrize("name", [CLASSIC, RUST])
async def test_with_a_password_asked_once_and_nothing_of_it_in_the_output(lab, name: str) -> None:
    person = Person(SUDO_PASSWORD)
    host = lab.host(name, user="pwsudo", sudo=SudoPolicy.ASK)
    async with room([host], person) as connections:
        await connections.connect(name)
        shell = connections.shell(name)
        for _ in range(2):
            script = "id -u; cat; echo err >&2; exit 4"
            output = await shell.run(Command(("sh", "-c", script), stdin=b"in\nput", sudo=True))
            assert (output.stdout, output.stderr, output.exit_status) == (b"0\nin\nput", b"err\n", 4)
        listing = await shell.run(Command(("sh", "-c", "cat /proc/*/cmdline /proc/*/environ"), sudo=True))
        assert SUDO_PASSWORD.encode() not in listing.stdout
        assert len(person.questions) == 1
        await shell.write_file("/etc/opsconsole-lab-sudo", b"x\n", sudo=True)
        assert await shell.read_file("/etc/opsconsole-lab-sudo", sudo=True) == b"x\n"
        await shell.run(Command(("rm", "/etc/opsconsole-lab-sudo"), sudo=True))


async def test_one_question_for_all_hosts(lab) -> None:
    names = (CLASSIC, "web2", RUST, "nosystemd1")
    person = Person(SUDO_PASSWORD)
    hosts = [lab.host(name, user="pwsudo", sudo=SudoPolicy.ASK) for name in names]
    async with room(hosts, person) as connections:
        await asyncio.gather(*(connections.connect(name) for name in names))
        outputs = await asyncio.gather(
            *(connections.shell(name).run(Command(("id", "-u"), sudo=True)) for name in names)
        )
        assert [output.stdout for output in outputs] == [b"0\n"] * 4
        assert len(person.questions) == 1


@pytest.mark.parametrize("name", [CLASSIC, RUST])
async def test_a_wrong_password_is_tried_once_on_one_host_and_forgotten(lab, name: str) -> None:
    person = Person("wrong", SUDO_PASSWORD)
    host = lab.host(name, user="pwsudo", sudo=SudoPolicy.ASK)
    async with room([host], person) as connections:
        await connections.connect(name)
        shell = connections.shell(name)
        await shell.facts()  # without sudo, it asks `sudo -n`, which a journal may count as well
        before = failures(name)
        results = await asyncio.gather(
            *(shell.run(Command(("true",), sudo=True)) for _ in range(4)), return_exceptions=True
        )
        assert all(isinstance(result, SudoError) for result in results)
        assert "wrong" not in repr(results).replace("wrong one", "")
        assert failures(name) - before <= 1
        assert (await shell.run(Command(("id", "-u"), sudo=True))).stdout == b"0\n"


async def test_nobody_there_to_ask(lab) -> None:
    async with room([lab.host(CLASSIC, user="pwsudo", sudo=SudoPolicy.ASK)]) as connections:
        await connections.connect(CLASSIC)
        with pytest.raises(SudoError, match="none was given"):
            await connections.shell(CLASSIC).run(Command(("true",), sudo=True))


async def test_the_policy_never_never_calls_sudo(lab) -> None:
    async with room([lab.host(CLASSIC, sudo=SudoPolicy.NEVER)]) as connections:
        await connections.connect(CLASSIC)
        before = faults.execute(CLASSIC, ["journalctl", "-q", "-t", "sudo", "-o", "cat"]).stdout.count(
            "COMMAND"
        )
        with pytest.raises(SudoError, match="policy is never"):
            await connections.shell(CLASSIC).run(Command(("true",), sudo=True))
        after = faults.execute(CLASSIC, ["journalctl", "-q", "-t", "sudo", "-o", "cat"]).stdout.count(
            "COMMAND"
        )
        assert after == before


async def test_no_sudo_at_all(lab) -> None:
    async with room([lab.host("busy1")]) as connections:
        await connections.connect("busy1")
        with pytest.raises(SudoError, match="sudo"):
            await connections.shell("busy1").run(Command(("true",), sudo=True))


@pytest.mark.parametrize("name", [CLASSIC, RUST])
async def test_a_deadline_ends_what_ran_with_a_password(lab, name: str) -> None:
    host = lab.host(name, user="pwsudo", sudo=SudoPolicy.ASK)
    async with room([host], Person(SUDO_PASSWORD)) as connections:
        await connections.connect(name)
        script = "setsid sleep 4912345 & trap '' TERM; sleep 4912345; sleep 4912345"
        output = await connections.shell(name).run(
            Command(("sh", "-c", script), sudo=True, deadline_seconds=1)
        )
        assert output.timed_out
        left = faults.execute(name, ["pgrep", "-x", "-f", "sleep 4912345"])
        assert left.stdout == ""
