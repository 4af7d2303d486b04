"""Whoever gives up while a channel opens leaves neither the channel nor a command on the host behind."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from opsconsole.console.ssh import remote
from opsconsole.console.ssh.dial import Credentials, Keepalive, dial
from opsconsole.console.ssh.prompts import NoPrompter
from opsconsole.console.ssh.sampler import Sampler
from opsconsole.console.ssh.shell import HostShell
from opsconsole.console.ssh.wire import MARKER
from opsconsole.data.host import Command, Facts, Host, ShellError
from tests.unit.ssh.sshd import Session, channels, hung_service, logged_in

COMMAND = Command(("journalctl", "-f"))


async def run(shell: HostShell) -> None:
    await shell.run(COMMAND)


async def stream(shell: HostShell) -> None:
    async with aclosing(shell.stream(COMMAND)) as lines:
        async for _ in lines:
            pass


async def sample(shell: HostShell) -> None:
    await Sampler.start(shell, {"fast": [("one", "journalctl")]})


def end_reaper(session: Session) -> None:
    if "journalctl" not in session.command:
        session.channel.exit(0)


@pytest.mark.parametrize("use", [run, stream, sample])
async def test_given_up_before_the_channel_is_open_the_command_never_starts(use, eventually) -> None:
    async with logged_in() as (sshd, shell, connection):
        sshd.on_start = end_reaper
        sshd.gate.clear()
        task = asyncio.create_task(use(shell))
        await eventually(lambda: sshd.wanted == 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        sshd.gate.set()
        await shell.finish()
        await eventually(lambda: not sshd.sessions and not channels(connection))
        assert not [command for command in sshd.commands if "journalctl" in command]


@pytest.mark.parametrize("use", [run, stream])
async def test_given_up_while_the_command_starts_it_is_reaped(use, eventually) -> None:
    async with logged_in() as (sshd, shell, connection):
        sshd.on_start = end_reaper
        sshd.on_command = lambda session: task.cancel() if "journalctl" in session.command else None
        task = asyncio.create_task(use(shell))
        with pytest.raises(asyncio.CancelledError):
            await task
        await shell.finish()
        await eventually(lambda: not sshd.sessions and not channels(connection))
        started, reaper = sshd.commands
        nonce = started.split(f"{MARKER}=")[1].split("'")[0]
        assert reaper.endswith(f" {nonce}")


async def test_a_sampler_that_nobody_waits_for_loses_its_channel(eventually) -> None:
    async with logged_in() as (sshd, shell, connection):
        sshd.on_command = lambda _: task.cancel()
        task = asyncio.create_task(sample(shell))
        with pytest.raises(asyncio.CancelledError):
            await task
        await eventually(lambda: not sshd.sessions and not channels(connection))  # it ends with its stdin


async def test_a_host_that_opens_a_channel_too_late_keeps_nothing(
    monkeypatch: pytest.MonkeyPatch, eventually
) -> None:
    monkeypatch.setattr(remote, "OPEN_SECONDS", 0.1)
    async with logged_in() as (sshd, shell, connection):
        sshd.on_start = end_reaper
        sshd.gate.clear()
        with pytest.raises(ShellError, match="no answer within"):
            await shell.run(COMMAND)
        await shell.finish()
        sshd.gate.set()
        await eventually(lambda: not sshd.sessions and not channels(connection))
        assert not sshd.commands


async def test_an_attempt_through_a_jump_host_that_is_given_up_leaves_no_channel_there(eventually) -> None:
    async with hung_service() as service, logged_in() as (sshd, _, connection):
        sshd.gate.clear()
        dialling = dial(
            Host("inner", "127.0.0.1", service.port, user="u", identity_agent="none"),
            tunnel=connection,
            via="h",
            credentials=Credentials.asking(NoPrompter()),
            keepalive=Keepalive(5.0, 2),
            while_asking=lambda: None,
            on_lost=lambda _: None,
        )
        task = asyncio.create_task(dialling)
        await eventually(lambda: sshd.wanted == 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert channels(connection) == 1
        sshd.gate.set()  # it has connected after all
        await eventually(lambda: not channels(connection))


async def test_a_deadline_counts_from_when_the_command_was_sent() -> None:
    """The host's `timeout` begins before we hear that the command did, so by our clock it may end early."""
    seconds = 5.0
    loop = asyncio.get_running_loop()
    clock, late = loop.time, 0.0
    loop.time = lambda: clock() + late  # type: ignore[method-assign] - the answer is slow, not the test

    def slow(_session: Session) -> None:
        nonlocal late
        late = seconds

    async with logged_in() as (sshd, shell, _):
        sshd.on_command = slow
        sshd.on_start = lambda session: session.channel.exit(124 if "journalctl" in session.command else 0)
        shell._facts = Facts(timeout_style="gnu")
        output = await shell.run(Command(COMMAND.argv, deadline_seconds=seconds))
    assert output.exit_status == 124
    assert output.timed_out
    assert output.duration_seconds >= seconds
