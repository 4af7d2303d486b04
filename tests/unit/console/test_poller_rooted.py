"""What the open console reads as root goes through the one process that stays and ends with the polling."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest

from opsconsole.console import poller, sections
from opsconsole.console.inventory import HostEntry
from opsconsole.console.poller import Poller
from opsconsole.console.readings import HostReadings
from opsconsole.console.state import HostState, Root
from opsconsole.data.host import Command, Facts, Host, Output, ShellError, SudoError, SudoPolicy
from opsconsole.panels.panel import Cadence


class FakeShell:
    """Answers nothing, and remembers what ran."""

    def __init__(self, policy: SudoPolicy) -> None:
        self.host = Host("a", "a", sudo=policy)
        self.ran: list[Command] = []

    async def facts(self) -> Facts:
        return Facts(user="ops", user_id=1000, sudo_ready=self.host.sudo is SudoPolicy.PASSWORDLESS)

    async def run(self, command: Command) -> Output:
        self.ran.append(command)
        return Output(0, b"", b"", 0.01)


class Rooted:
    """Stands for the root reader: remembers what it was asked; `refusal` is what sudo says."""

    def __init__(self) -> None:
        self.refusal: SudoError | None = None
        self.opened, self.closed = 0, 0
        self.scripts: list[bytes] = []

    async def open(self) -> None:
        self.opened += 1
        if self.refusal is not None:
            raise self.refusal

    async def run(self, script: bytes) -> Output:
        self.scripts.append(script)
        return Output(0, b"", b"", 0.01)

    def close(self) -> None:
        self.closed += 1


def polled(shell: FakeShell, rooted: Rooted, monkeypatch: pytest.MonkeyPatch) -> Poller:
    async def no_ticker(*_: Any) -> None:
        raise ShellError("a: not today")

    made: dict[str, Any] = {}

    def reader(shell: Any, **named: Any) -> Rooted:
        made.update(named)
        return rooted

    monkeypatch.setattr(poller, "open_ticker", no_ticker)
    monkeypatch.setattr(poller, "RootReader", reader)
    loaded = sections.load_panels(["health", "logs"])
    state = HostState(HostEntry(shell.host))
    one = Poller(
        shell,  # type: ignore[arg-type]  # a fake
        HostReadings(state, loaded, tick_seconds=2, slow_seconds=0.01),
        loaded,
        tick_seconds=2,
        slow_seconds=0.01,
        on_change=lambda name: None,
        record=lambda *args: None,
    )
    assert made == {
        "deadline_seconds": sections.SLOW_DEADLINE_SECONDS,
        "limit_bytes": sections.SLOW_OUTPUT_LIMIT_BYTES,
    }
    return one


async def ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def text(panel: str, section: str) -> bytes:
    found = sections.load_panels([panel])[panel].sections
    return next(one.script for one in found if one.name == section).encode()


@pytest.mark.parametrize("policy", [SudoPolicy.PASSWORDLESS, SudoPolicy.ASK])
async def test_slow_and_rare_go_through_it_turn_after_turn(
    policy: SudoPolicy, monkeypatch: pytest.MonkeyPatch, eventually
) -> None:
    shell, rooted = FakeShell(policy), Rooted()
    task = asyncio.create_task(polled(shell, rooted, monkeypatch).run())
    services, walk, packages = text("health", "services"), text("logs", "walk"), text("health", "packages")
    await eventually(lambda: sum(services in one for one in rooted.scripts) >= 3)
    await eventually(lambda: any(walk in one for one in rooted.scripts))
    assert sum(packages in one for one in rooted.scripts) == 1
    assert shell.ran
    assert not any(command.sudo for command in shell.ran)
    assert not any(services in (command.stdin or b"") for command in shell.ran)
    assert rooted.opened <= (2 if policy is SudoPolicy.ASK else 0)  # slow and rare may begin together
    assert rooted.closed == 0
    await ended(task)
    assert rooted.closed == 1


async def test_without_root_it_is_never_asked(monkeypatch: pytest.MonkeyPatch, eventually) -> None:
    shell, rooted = FakeShell(SudoPolicy.NEVER), Rooted()
    task = asyncio.create_task(polled(shell, rooted, monkeypatch).run())
    services = text("health", "services")
    await eventually(lambda: sum(services in (one.stdin or b"") for one in shell.ran) >= 2)
    assert (rooted.scripts, rooted.opened) == ([], 0)
    assert not any(command.sudo for command in shell.ran)
    await ended(task)


async def test_a_refusal_is_told_and_not_tried_again(monkeypatch: pytest.MonkeyPatch, eventually) -> None:
    shell, rooted = FakeShell(SudoPolicy.ASK), Rooted()
    rooted.refusal = SudoError("a: sudo refused: ops is not in the sudoers file")
    one = polled(shell, rooted, monkeypatch)
    task = asyncio.create_task(one.run())
    services = text("health", "services")
    await eventually(lambda: sum(services in (ran.stdin or b"") for ran in shell.ran) >= 4)
    state = one.readings.state
    assert state.root is Root.PASSWORD_WANTED
    assert "not in the sudoers file" in state.root_problem
    assert rooted.opened <= 2  # slow and rare may begin together
    assert rooted.scripts == []
    await ended(task)


def test_every_section_that_wants_root_is_slow_rare_or_once() -> None:
    """The sampler is the login user's."""
    wanting = [one for panel in sections.load_panels().values() for one in panel.sections if one.wants_root]
    assert {one.cadence for one in wanting} <= {Cadence.SLOW, Cadence.ONCE, Cadence.RARE}
