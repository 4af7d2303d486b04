"""Root in what runs by itself: it asks nobody, and a host that refuses is not tried again and again."""

from __future__ import annotations

from opsconsole.console import sections
from opsconsole.console.inventory import HostEntry
from opsconsole.console.readings import HostReadings
from opsconsole.console.rounds import read_slow
from opsconsole.console.state import HostState, Root
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

BECOME_ROOT = ("true",)


class FakeShell:
    """Answers nothing; `refusal` is what sudo says."""

    def __init__(self, policy: SudoPolicy, refusal: SudoError | None, *, ready: bool = False) -> None:
        self.host = Host("a", "a", sudo=policy)
        self.refusal, self.ready = refusal, ready
        self.ran: list[Command] = []

    async def facts(self) -> Facts:
        return Facts(user="ops", user_id=1000, sudo_ready=self.ready)

    async def run(self, command: Command) -> Output:
        self.ran.append(command)
        if command.sudo and self.refusal is not None:
            raise self.refusal
        return Output(0, b"", b"", 0.01)

    def sudo_tries(self) -> int:
        tries = sum(command.sudo for command in self.ran)
        assert all(command.asking is Asking.NEVER for command in self.ran if command.sudo)
        self.ran.clear()
        return tries


def readings(shell: FakeShell) -> HostReadings:
    loaded = sections.load_panels(["health"])
    return HostReadings(HostState(HostEntry(shell.host)), loaded, tick_seconds=2.0, slow_seconds=30.0)


async def slow(shell: FakeShell, known: HostReadings) -> None:
    await read_slow(shell, known, known.panels, record=None, first=False)  # type: ignore[arg-type]  # a fake


async def test_the_password_is_used_from_when_it_is_given() -> None:
    shell = FakeShell(SudoPolicy.ASK, SudoPasswordError("a: none was given"))
    known = readings(shell)
    for _ in range(2):
        await slow(shell, known)
        assert known.state.root is Root.PASSWORD_WANTED
        assert [command.argv for command in shell.ran if command.sudo] == [BECOME_ROOT]
        assert any(not command.sudo for command in shell.ran)  # read all the same
        shell.ran.clear()
    shell.refusal = None
    await slow(shell, known)
    assert known.state.root is Root.YES
    await slow(shell, known)
    assert any(command.sudo and command.argv != BECOME_ROOT for command in shell.ran)


async def test_a_host_that_refuses_root_is_tried_once_until_a_person_asks_again() -> None:
    shell = FakeShell(SudoPolicy.ASK, SudoError("a: sudo refused: ops is not in the sudoers file"))
    known = readings(shell)
    await slow(shell, known)
    assert shell.sudo_tries() == 1
    assert known.state.root is Root.PASSWORD_WANTED
    assert "not in the sudoers file" in known.state.root_problem
    await slow(shell, known)
    assert shell.sudo_tries() == 0
    known.state.root_problem = ""
    await slow(shell, known)
    assert shell.sudo_tries() == 1


async def test_other_policies_are_as_they_were() -> None:
    for policy, ready, root in (
        (SudoPolicy.PASSWORDLESS, True, Root.YES),
        (SudoPolicy.PASSWORDLESS, False, Root.NOT_NEEDED),
        (SudoPolicy.NEVER, True, Root.NOT_NEEDED),
    ):
        shell = FakeShell(policy, None, ready=ready)
        known = readings(shell)
        await slow(shell, known)
        assert known.state.root is root
        assert (shell.sudo_tries() > 0) is (root is Root.YES)
