"""What wants root, turn after turn, on real hosts: one sudo a connection, and nothing of it stays."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from opsconsole.console import poller, sections
from opsconsole.console.inventory import HostEntry
from opsconsole.console.poller import Poller
from opsconsole.console.readings import HostReadings
from opsconsole.console.ssh.process import Process, Receiver
from opsconsole.console.ssh.remote import RemoteShell
from opsconsole.console.ssh.root_reader import RootReader
from opsconsole.console.ssh.wire import MARKER
from opsconsole.console.state import HostState, Root
from opsconsole.data.host import Command, Host, SudoPolicy
from tests.lab import faults
from tests.lab.conftest import Lab
from tests.lab.consoles import configure, console, live
from tests.lab.hosts import SUDO_PASSWORD
from tests.lab.sshroom import Person, gone, processes, room

pytestmark = pytest.mark.lab

CLASSIC, RUST, NO_SYSTEMD, BUSYBOX = "web1", "trixie1", "nosystemd1", "busy1"
TURNS = 4
LOOP = "while read -r N"
"""What the process of root has in its command line."""


def asked(lab: Lab, name: str) -> Host:
    """Return a host on which root can be had: by sudo and by sudo-rs with a password, by sudo without."""
    with_password = name in {RUST, NO_SYSTEMD}
    return lab.host(name, user="pwsudo", sudo=SudoPolicy.ASK) if with_password else lab.host(name)


@contextlib.asynccontextmanager
async def rooted(
    lab: Lab, name: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[RemoteShell, list[str]]]:
    """Yield a shell whose root is at hand, and the runs (the values of the marker) that sudo started."""
    host, runs = asked(lab, name), []
    opening = RemoteShell.open_process

    async def counted(shell: RemoteShell, argv: Sequence[str], receiver: Receiver) -> Process:
        if argv[3] == "sudo" or (name == BUSYBOX and LOOP in argv[-1]):
            runs.append(argv[2].partition("=")[2])
        return await opening(shell, argv, receiver)

    async def no_sudo(shell: RemoteShell, command: Command) -> bool:
        return False

    monkeypatch.setattr(RemoteShell, "open_process", counted)
    if name == BUSYBOX:  # it has no sudo: there it is the login user's
        monkeypatch.setattr(RemoteShell, "_needs_sudo", no_sudo)
    async with room([host], Person(SUDO_PASSWORD)) as connections:
        await connections.connect(name)
        shell = connections.shell(name)
        await shell.run(Command(("true",), sudo=True))  # a person gives the password, where it takes one
        runs.clear()
        yield shell, runs


def carrying(name: str, run: str) -> str:
    """Return the host's processes that a run started, seen from outside of SSH."""
    found = f"tr '\\0' '\\n' <$p/environ 2>/dev/null | grep -qx {MARKER}={run}"
    script = f"for p in /proc/[0-9]*; do {found} && echo $p; done"
    return faults.execute(name, ["sh", "-c", script]).stdout


async def ended(name: str, runs: Sequence[str]) -> None:
    async with asyncio.timeout(30):
        for run in runs:
            while await asyncio.to_thread(carrying, name, run):
                await asyncio.sleep(0)


def logged(name: str) -> list[str]:
    """Return the lines of sudo's own log that say what was run by the console, where there is a journal."""
    lines = faults.execute(
        name, ["journalctl", "-q", "--no-pager", "-o", "cat", "-t", "sudo", "-t", "sudo-rs"]
    )
    return [line for line in lines.stdout.splitlines() if "COMMAND=" in line and MARKER in line]


@pytest.mark.parametrize("name", [CLASSIC, RUST, NO_SYSTEMD])
async def test_many_turns_are_one_sudo_and_nothing_is_left(
    lab: Lab, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = sections.load_panels(["health", "logs"])
    turns = asyncio.Semaphore(0)
    reads = {reader: getattr(poller, reader) for reader in ("read_slow", "read_rare")}
    done: list[str] = []

    def counting(reader: str) -> Any:
        async def read(*args: Any, **named: Any) -> None:
            await reads[reader](*args, **named)
            done.append(reader)
            turns.release()

        return read

    for reader in reads:
        monkeypatch.setattr(poller, reader, counting(reader))
    async with rooted(lab, name, monkeypatch) as (shell, runs):
        before = len(logged(name))
        state = HostState(HostEntry(shell.host))
        one = Poller(
            shell,
            HostReadings(state, loaded, tick_seconds=2, slow_seconds=0.1),
            loaded,
            tick_seconds=2,
            slow_seconds=0.1,
            on_change=lambda name: None,
            record=lambda *args: None,
        )
        task = asyncio.create_task(one.run())
        async with asyncio.timeout(150):
            while done.count("read_slow") < TURNS or not done.count("read_rare"):
                await turns.acquire()
        assert state.root is Root.YES
        assert state.root_problem == ""
        assert state.panels["health"].reading.problems == ()
        assert state.panels["logs"].reading is not None
        assert len(runs) == 1
        if name != NO_SYSTEMD:
            assert len(logged(name)) - before == 1
        assert carrying(name, runs[0])
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await shell.finish()
        await ended(name, runs)


@pytest.mark.parametrize("name", [CLASSIC, RUST, NO_SYSTEMD, BUSYBOX])
async def test_what_hangs_is_ended_and_the_next_turn_works(
    lab: Lab, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with rooted(lab, name, monkeypatch) as (shell, runs):
        reader = RootReader(shell, deadline_seconds=3, limit_bytes=1000)
        for turn in (1, 2):
            output = await reader.run(b"echo seen; sleep 5000 & (trap '' TERM; sleep 5000; sleep 5000)")
            assert output.timed_out
            assert output.stdout == b"seen\n"
            await ended(name, runs[:turn])
            assert len(runs) == 1 + turn
        output = await reader.run(b"id -u; printf 'a\\0b'")
        assert output.stdout.partition(b"\n")[2] == b"a\0b"
        assert output.stdout.startswith(b"0\n") is (name != BUSYBOX)
        assert len(runs) == 3
        reader.close()
        await ended(name, runs)


@pytest.mark.parametrize("name", [CLASSIC, RUST, BUSYBOX])
async def test_it_ends_with_its_connection_idle_or_not(
    lab: Lab, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # `exec`: BusyBox's own `timeout` ends only what it started itself, and here nobody is left to sweep.
    for script in (b"true", b"exec sleep 5000"):
        async with rooted(lab, name, monkeypatch) as (shell, runs):
            reader = RootReader(shell, deadline_seconds=5, limit_bytes=1000)
            await reader.open()
            asking = asyncio.create_task(reader.run(script))
            await asyncio.wait([asking], timeout=None if script == b"true" else 1)
            shell._connection().abort()
            await asyncio.wait([asking])
            assert (asking.exception() is None) is (script == b"true")
            await ended(name, runs)
        monkeypatch.undo()


async def test_it_ends_when_the_console_is_killed(lab: Lab, tmp_path: Path) -> None:
    config = configure(lab, tmp_path / "opsconsole.toml", [CLASSIC])
    with console(config, tmp_path / "terminal", size=(120, 30)) as terminal:
        terminal.wait_for(live(CLASSIC))
        terminal.wait_until(lambda: any(processes(CLASSIC, LOOP)), "the process of root")
        pids = [
            int(path.parent.name)
            for path in Path("/proc").glob("[0-9]*/cmdline")
            if str(config).encode() in (words := path.read_bytes()).split(b"\0") and b"python" in words
        ]
        assert pids
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        await gone(CLASSIC, LOOP)
