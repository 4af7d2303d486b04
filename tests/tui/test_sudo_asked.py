"""Where root takes a password: said on the Host screen and in the log, and asked for when it is wanted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from console_pilot import console, screen_text, until, until_shown
from fake_source import FakeSource, host_state

from opsconsole.console.state import HostState, Root
from opsconsole.console.tui.logs import LogScreen
from opsconsole.data.host import (
    Asking,
    Command,
    Facts,
    Host,
    Output,
    SudoError,
    SudoPasswordError,
    SudoPolicy,
)


class FakeShell:
    """A host whose sudo wants a password: given when asked freely, declined before."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.given = False
        self.refusal: SudoError = SudoPasswordError("db1: sudo wants a password and none was given")
        self.will_give = False
        self.asked: list[Asking] = []
        self.streamed: list[bool] = []

    async def facts(self) -> Facts:
        return Facts(user="ops", user_id=1000, has_systemd=True)

    async def run(self, command: Command) -> Output:
        if command.sudo and not self.given:
            self.asked.append(command.asking)
            self.given = self.will_give and command.asking is not Asking.NEVER
            if not self.given:
                raise self.refusal
        return Output(0, b"", b"", 0.01)

    async def stream(self, command: Command) -> AsyncIterator[bytes]:
        self.streamed.append(command.sudo)
        yield b"a line\n"
        await asyncio.Event().wait()


def asking() -> tuple[FakeSource, FakeShell, HostState]:
    state = host_state("db1", sudo=SudoPolicy.ASK)
    state.root = Root.PASSWORD_WANTED
    state.facts = Facts(user="ops")
    source = FakeSource([state])
    shell = FakeShell(state.host)
    source.shell_of = lambda _: shell
    return source, shell, state


@pytest.mark.parametrize(
    "keys", [["enter", "enter"], ["colon", *"sudo db1", "enter"], ["colon", *"sudo", "enter"]]
)
async def test_the_password_is_asked_for_when_a_person_wants_it(keys: list[str]) -> None:
    source, shell, state = asking()
    state.root_problem = "refused before"
    async with console(source, size=(100, 30)) as (app, pilot):
        assert shell.asked == []  # at the start nothing is asked
        if keys[0] == "enter":
            await pilot.press("enter")
            await until_shown(pilot, "read as ops, not as root: what only root sees is missing")
            await until_shown(pilot, "enter: sudo password")
            keys = keys[1:]
        await pilot.press(*keys)
        await until_shown(pilot, "sudo wants a password and none was given")
        assert shell.asked == [Asking.FREELY]
        assert state.root_problem == ""
        assert source.wanted()[-1] == ("shell", "db1")  # nothing is read anew
        shell.will_give = True
        app.ask_sudo("db1")
        await until(pilot, lambda: ("read_now", "db1") in source.asked)
        await until_shown(pilot, "db1 is read as root from now on.")


async def test_where_the_policy_is_another_no_password_is_asked_for() -> None:
    source = FakeSource([host_state("a", sudo=SudoPolicy.NEVER)])
    async with console(source) as (_, pilot):
        await pilot.press("colon", *"sudo a", "enter")
        await until_shown(pilot, 'its sudo policy is "never"')
        assert source.wanted() == []


@pytest.mark.parametrize("width", [80, 120])
async def test_a_log_asks_once_and_says_what_may_be_missing(width: int) -> None:
    source, shell, _ = asking()
    async with console(source, size=(width, 24)) as (app, pilot):
        await pilot.press("l")
        await until(pilot, lambda: isinstance(app.screen, LogScreen))
        await until_shown(pilot, "a line")
        assert shell.asked == [Asking.ONCE]
        assert "as ops: lines may be missing · R: sudo" in screen_text(app)
        assert "journal, all units" in screen_text(app)
        await pilot.press("ctrl+r")
        await until(pilot, lambda: len(shell.streamed) == 2)
        assert Asking.FREELY not in shell.asked
        shell.will_give = True
        await pilot.press("R")
        await until_shown(pilot, "as root")
        await until(pilot, lambda: shell.streamed == [False, False, True])
        assert "lines may be missing" not in screen_text(app)
