"""A console for a test of a recipe: what is tried, its ledger, its connection, its runner."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from opsconsole.console.ssh.connections import Connections
from opsconsole.data.host import Command, Host, Shell, SudoPolicy
from opsconsole.data.ledger import Event, Ledger, Operator
from opsconsole.recipes import document
from opsconsole.recipes.recipe import Plan, Recipe
from opsconsole.recipes.runner.policy import Policy
from opsconsole.recipes.runner.runner import Runner
from opsconsole.recipes.runner.state import Progress, RunResult, StepState
from tests.lab import faults
from tests.lab.conftest import Lab
from tests.lab.hosts import SUDO_PASSWORD
from tests.lab.sshroom import Person

OPERATOR = Operator("tester")


@dataclass(frozen=True)
class Subject:
    """A recipe and the host it is tried on.

    Attributes:
        recipe: The recipe.
        values: Its parameters' values.
        host: Name of the lab host.
        prepare: Puts the host into the state before; called once a test.
        state: Reads what counts of the host's state, past SSH.
        full: A folder on a small file system, for the fault `disk-full`; the recipe writes there.
        user: Who logs in; `pwsudo` needs the sudo password.
        ran: Returns how often each step ran, by name, where that can be told: nothing may run twice.
        load: `module:attribute` of the recipe, for a console in a process of its own.
        secrets: Name -> value of the secret parameters; for runs and resumes, an undo gets none.
    """

    recipe: Recipe
    values: Mapping[str, Any]
    host: str
    prepare: Callable[[], None]
    state: Callable[[], str]
    full: str = ""
    user: str = "ops"
    ran: Callable[[], Mapping[str, int]] | None = None
    load: str = ""
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


class World:
    """One test's console: its ledger, its connection, its runner."""

    def __init__(self, lab: Lab, subject: Subject, folder: Path, *, person: Person | None = None) -> None:
        self.lab = lab
        self.subject = subject
        self.path = folder / "ledger.db"
        self.person = person or Person(SUDO_PASSWORD)
        changes: dict[str, Any] = {"user": subject.user, "connect_timeout_seconds": 5.0}
        if subject.user == "pwsudo":
            changes["sudo"] = SudoPolicy.ASK
        self.host: Host = lab.host(subject.host, **changes)
        self.seen: list[Progress] = []
        self.hooks: list[Callable[[Progress], None]] = []
        self.tasks: list[asyncio.Task[None]] = []

    @contextlib.asynccontextmanager
    async def open(self, ledger: Ledger | None = None, reconnect_seconds: float = 60) -> AsyncIterator[World]:
        """Connect, and be ready to run."""
        self.ledger = ledger or Ledger.open(self.path)
        self.connections = Connections(
            {self.host.name: self.host},
            prompter=self.person,
            keepalive_interval_seconds=1.0,  # a silent host is taken for lost after 3 s
            keepalive_count_max=2,
        )
        self.connections.keep(self.host.name)
        try:
            await self.connections.connect(self.host.name)
            self.shell: Shell = self.connections.shell(self.host.name)
            self.runner = self.new_runner(reconnect_seconds=reconnect_seconds)
            yield self
        finally:
            await asyncio.gather(*self.tasks, return_exceptions=True)
            await self.connections.close()
            self.ledger.close()

    def new_runner(self, **wishes: Any) -> Runner:
        """Return a runner for this world's ledger."""
        wishes.setdefault("policy", Policy())
        wishes.setdefault("ledger", self.ledger)
        return Runner(
            wishes.pop("ledger"),
            operator=OPERATOR,
            load={self.subject.recipe.name: self.subject.recipe}.__getitem__,
            **wishes,
        )

    async def planned(self, change: Callable[[Plan], Plan] = lambda plan: plan) -> Plan:
        """Plan, and put a fault into the plan."""
        plan = change(await self.runner.plan(self.subject.recipe, self.shell, self.subject.values))
        await asyncio.to_thread(self.ledger.keep_plan, document.to_document(plan))
        return plan

    async def run(self, plan: Plan, **wishes: Any) -> RunResult:
        """Apply a plan that was confirmed; others may be at work on the host just now."""
        wishes.setdefault("confirmed", plan.plan_id)
        wishes.setdefault("wait_lock_seconds", 60)
        wishes.setdefault("secrets", self.subject.secrets)
        return await self.runner.run(plan, self.shell, listener=self.listen, **wishes)

    async def resume(self, run_id: str, **wishes: Any) -> RunResult:
        """Go on with a run."""
        wishes.setdefault("secrets", self.subject.secrets)
        return await self.runner.resume(run_id, self.shell, listener=self.listen, **wishes)

    async def undo(self, run_id: str, **wishes: Any) -> RunResult:
        """Take a run back."""
        return await self.runner.undo(run_id, self.shell, listener=self.listen, **wishes)

    def listen(self, progress: Progress) -> None:
        """Remember progress, and let the hooks see it."""
        self.seen.append(progress)
        for hook in list(self.hooks):
            hook(progress)

    def when_running(self, step: int, act: Callable[[], Awaitable[None]]) -> None:
        """Do something once, as soon as a step is running."""
        done: list[bool] = []

        def hook(progress: Progress) -> None:
            if not done and progress.step == step and progress.steps[step] is StepState.RUNNING:
                done.append(True)
                self.tasks.append(asyncio.create_task(_awaited(act)))

        self.hooks.append(hook)

    async def cut(self) -> None:
        """Kill the server's process of our connection, and no other."""
        await asyncio.to_thread(faults.execute, self.host.name, ["kill", "-KILL", *self.server_pids])

    async def know_server(self) -> None:
        """Learn which processes of the host serve our connection."""
        output = await self.shell.run(Command(("sh", "-c", _SERVERS)))
        self.server_pids = output.stdout.decode().split()
        assert self.server_pids

    def events(self, run_id: str) -> list[Event]:
        """Return what the ledger has of a run."""
        return self.ledger.events(run_id)

    def story(self, run_id: str) -> list[str]:
        """Return a run's events as `kind` or `kind step`."""
        return [f"{event.kind} {event.step}".strip() for event in self.events(run_id)]


async def _awaited(act: Callable[[], Awaitable[None]]) -> None:
    await act()


# The nearest ancestors that are an SSH server's, but not the one that listens.
_SERVERS = """
pid=$$
while [ "$pid" -gt 1 ]; do
  read -r stat <"/proc/$pid/stat"; name=${stat#*(}; name=${name%%)*}; set -- ${stat##*) }
  case $name in sshd* | dropbear*)
    read -r up <"/proc/$2/stat"; up=${up#*(}
    case $up in sshd* | dropbear*) echo "$pid" ;; esac ;;
  esac
  pid=$2
done
"""
