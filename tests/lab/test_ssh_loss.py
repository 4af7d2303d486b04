"""Losing hosts: noticed in time, told apart, and the way back."""

from __future__ import annotations

import time

import pytest

from opsconsole.console.ssh.status import ConnectionState
from opsconsole.data.host import Command, NotConnectedError, ShellError
from tests.lab import faults
from tests.lab.sshroom import room

pytestmark = pytest.mark.lab


async def test_a_silent_peer_is_lost_within_15_s_and_comes_back(lab, eventually) -> None:
    async with room([lab.host("web2"), lab.host("nosystemd1")]) as connections:
        for name in ("web2", "nosystemd1"):
            connections.keep(name)
        await eventually(lambda: connections.status("web2").state is ConnectionState.UP)
        await eventually(lambda: connections.status("nosystemd1").state is ConnectionState.UP)
        with faults.packets_dropped("nosystemd1"):
            began = time.monotonic()
            await eventually(lambda: ConnectionState.LOST in connections.states("nosystemd1"), within=20)
            assert time.monotonic() - began <= 15
            lost = next(
                status
                for name, status in connections.seen
                if name == "nosystemd1" and status.state is ConnectionState.LOST
            )
            assert "keepalive" in lost.reason
            assert connections.status("web2").state is ConnectionState.UP
            await eventually(lambda: connections.status("nosystemd1").next_try_at is not None)
        connections.retry("nosystemd1")
        await eventually(lambda: connections.status("nosystemd1").state is ConnectionState.UP, within=70)
        assert connections.states("web2") == [ConnectionState.CONNECTING, ConnectionState.UP]


async def test_a_dead_bastion_is_named_by_those_behind_it(lab, eventually) -> None:
    names = ("bastion", "inner", "deep1")
    async with room([lab.host(name) for name in names]) as connections:
        connections.keep("deep1")
        connections.keep("inner")
        await eventually(lambda: connections.status("deep1").state is ConnectionState.UP)
        with faults.sshd_stopped("bastion", sessions=True):
            await eventually(lambda: connections.status("bastion").state is ConnectionState.REFUSED)
            for name in ("inner", "deep1"):
                await eventually(
                    lambda name=name: connections.status(name).state is ConnectionState.JUMP_HOST_DOWN
                )
                assert "jump host bastion: " in connections.status(name).reason
                with pytest.raises(NotConnectedError, match="bastion"):
                    await connections.shell(name).run(Command(("true",)))
            attempts = connections.states("inner").count(ConnectionState.CONNECTING)
            tries = connections.states("bastion").count(ConnectionState.CONNECTING)
            await eventually(
                lambda: connections.states("bastion").count(ConnectionState.CONNECTING) > tries, within=20
            )
            # Those behind wait for the bastion instead of trying by themselves.
            assert connections.states("inner").count(ConnectionState.CONNECTING) == attempts
        connections.retry("bastion")
        await eventually(
            lambda: all(connections.status(name).state is ConnectionState.UP for name in names), within=70
        )


async def test_a_command_on_a_lost_connection_is_an_error(lab) -> None:
    async with room([lab.host("nosystemd1")]) as connections:
        await connections.connect("nosystemd1")
        shell = connections.shell("nosystemd1")
        script = "kill -KILL $(ps -o ppid= -p $(ps -o ppid= -p $PPID)) $PPID; sleep 20"
        with pytest.raises(ShellError, match="lost"):
            await shell.run(Command(("sh", "-c", script), sudo=False, deadline_seconds=25))
