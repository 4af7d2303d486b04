"""Whoever read the output of a run has gone: the run goes on to its end, and its status is its own."""

from __future__ import annotations

import asyncio
import os
import pty
import signal
import sys
from collections.abc import Callable
from typing import TextIO

import pytest

from opsconsole.console.cli import drive
from opsconsole.recipes.runner.state import RunState

from .cli_room import Call, call, planned
from .demo import FakeRunner

_ = call  # a fixture


class Pipe:
    """A stream whose reader can go away; stderr is one that writes each line at once."""

    def __init__(self, name: str = "stderr") -> None:
        self.reader, writer = self.ends()
        self.stream: TextIO = os.fdopen(writer, "w", buffering=1 if name == "stderr" else -1)

    def ends(self) -> tuple[int, int]:
        return os.pipe()

    def hang_up(self) -> None:
        os.close(self.reader)


class Terminal(Pipe):
    """The same as a terminal: who writes to it then has an input/output error, not a broken pipe."""

    def ends(self) -> tuple[int, int]:
        return pty.openpty()


class Doing:
    """Does something when the first step has begun; a runner's `holds` entry."""

    def __init__(self, act: Callable[[], None]) -> None:
        self.act = act
        self.steps = 0

    async def wait(self) -> None:
        self.steps += 1
        if self.steps == 1:
            self.act()
        await asyncio.sleep(0)


@pytest.mark.parametrize("kind", [Pipe, Terminal])
@pytest.mark.parametrize("name", ["stderr", "stdout"])
def test_the_run_is_driven_to_its_end(
    call: Call, runner: type[FakeRunner], monkeypatch: pytest.MonkeyPatch, kind: type[Pipe], name: str
) -> None:
    plan_id = planned(call, "web1", "web2", "--set=files=2")
    end = kind(name)
    hold = runner.holds["web1"] = Doing(end.hang_up)  # type: ignore[assignment]
    monkeypatch.setattr(sys, name, end.stream)
    assert call("run", "demo", "web1", "web2", f"--confirm={plan_id}").status == 0
    assert (hold.steps, runner.calls) == (2, [("run", "web1"), ("run", "web2")])


@pytest.mark.parametrize("form", [(), ("--json",)])
@pytest.mark.parametrize("state", [RunState.NEEDS_PERSON, RunState.UNDONE])
def test_the_status_is_that_of_the_run(
    call: Call,
    runner: type[FakeRunner],
    monkeypatch: pytest.MonkeyPatch,
    state: RunState,
    form: tuple[str, ...],
) -> None:
    plan_id = planned(call, "web1")
    runner.ends["web1"] = state
    end = Pipe("stdout")
    end.hang_up()
    monkeypatch.setattr(sys, "stdout", end.stream)
    wanted = {RunState.NEEDS_PERSON: 4, RunState.UNDONE: 1}[state]
    assert call("run", "demo", "web1", f"--confirm={plan_id}", *form).status == wanted


class HangingUp:
    """Takes the terminal away, as the kernel does: nobody can be told, and the process hears of it."""

    def __init__(self, end: Terminal) -> None:
        self.end = end

    async def wait(self) -> None:
        self.end.hang_up()
        os.kill(os.getpid(), signal.SIGHUP)
        await asyncio.sleep(5)  # it is left long before


def test_a_terminal_that_hangs_up_leaves_the_run(
    call: Call, runner: type[FakeRunner], monkeypatch: pytest.MonkeyPatch
) -> None:
    plan_id = planned(call, "web1")
    end = Terminal()
    runner.holds["web1"] = HangingUp(end)  # type: ignore[assignment]
    monkeypatch.setattr(sys, "stderr", end.stream)
    answer = call("run", "demo", "web1", f"--confirm={plan_id}", "--json")
    assert (answer.status, answer.json("run")["state"]) == (4, "interrupted")


def test_the_run_is_left_before_anybody_is_told_so(
    call: Call, runner: type[FakeRunner], monkeypatch: pytest.MonkeyPatch
) -> None:
    plan_id = planned(call, "web1")
    tell = drive.tell

    def refusing(message: str) -> None:
        if message == drive.LEFT:
            raise OSError(5, "Input/output error")
        tell(message)

    monkeypatch.setattr(drive, "tell", refusing)
    runner.holds["web1"] = HangingUp(Terminal())  # type: ignore[assignment]
    answer = call("run", "demo", "web1", f"--confirm={plan_id}", "--json")
    assert (answer.status, answer.json("run")["state"]) == (4, "interrupted")


def test_the_results_of_a_run_on_a_full_disk_are_told_lost_and_change_nothing(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan_id = planned(call, "web1")
    with open("/dev/full", "w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        answer = call("run", "demo", "web1", f"--confirm={plan_id}")
    assert answer.status == 0
    assert "the results could not be written to stdout: No space left on device" in answer.err
