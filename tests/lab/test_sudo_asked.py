"""What wants root under the policy `ask`: read without until somebody gave the password, then with it."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

import pytest

from opsconsole.console import sections
from opsconsole.console.inventory import HostEntry
from opsconsole.console.readings import HostReadings
from opsconsole.console.rounds import read_rare, read_slow
from opsconsole.console.state import HostState, Root
from opsconsole.data.host import Command, Host, SudoPolicy
from tests.lab.hosts import SUDO_PASSWORD
from tests.lab.sshroom import Person, Room, room

pytestmark = pytest.mark.lab

HOSTS = ("trixie1", "web1")


def opened(lab, person: Person) -> tuple[AbstractAsyncContextManager[Room], dict[str, HostReadings]]:
    hosts: list[Host] = [lab.host(name, user="pwsudo", sudo=SudoPolicy.ASK) for name in HOSTS]
    loaded = sections.load_panels()
    readings = {
        host.name: HostReadings(
            HostState(HostEntry(host)), loaded, tick_seconds=2.0, slow_seconds=30.0, at_once=True
        )
        for host in hosts
    }
    return room(hosts, person), readings


def unread(readings: HostReadings) -> list[str]:
    return [problem.what for problem in readings.state.panels["health"].reading.problems]


async def test_nothing_is_asked_by_itself_and_what_was_given_is_used_on_every_host(lab) -> None:
    person = Person(SUDO_PASSWORD)
    opening, readings = opened(lab, person)
    async with opening as connections:
        for name in HOSTS:
            await connections.connect(name)

        async def read(name: str) -> None:
            known = readings[name]
            for reader in (read_slow, read_rare):
                more = {"first": True} if reader is read_slow else {}
                await reader(connections.shell(name), known, known.panels, record=None, **more)

        for name in HOSTS:
            await read(name)
            assert readings[name].state.root is Root.PASSWORD_WANTED
            assert "journal" in unread(readings[name])  # of others: the login user sees its own only
        assert person.questions == []
        await connections.shell("trixie1").run(Command(("true",), sudo=True))  # a person wants it
        for name in HOSTS:
            await read(name)
            assert readings[name].state.root is Root.YES
            assert "journal" not in unread(readings[name])
        assert len(person.questions) == 1
