"""Runs for tests: plans as they are handed over, runs that go on as the test says."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from opsconsole.console.changes import ChangeBoard, Changes
from opsconsole.console.live_run import HostRun, LiveRun
from opsconsole.data.host import Command, Host
from opsconsole.data.ledger import Operator, RunRow
from opsconsole.recipes import parameters
from opsconsole.recipes.recipe import (
    Check,
    FactSheet,
    Kind,
    Parameter,
    ParameterError,
    Plan,
    Preset,
    Recipe,
    Step,
    Undo,
)
from opsconsole.recipes.runner.lock import Holder
from opsconsole.recipes.runner.recover import Recovered
from opsconsole.recipes.runner.rollout import Pace, Rollout, fleet_id
from opsconsole.recipes.runner.state import Phase, Progress, RunResult, RunState, StepResult, StepState
from opsconsole.recipes.runner.steps import StepRun

SCRIPT = 'set -eu\nfor f in "$@"; do\n\tgzip -9 -- "$f"\ndone'


class FakeRecipe:
    """A recipe with a parameter of every sort that the form knows."""

    name = "log-rotation"
    version = 1
    title = "log rotation"
    summary = "rotates logs and frees a full disk"
    parameters = (
        Parameter("paths", Kind.TEXTS, None, "folders of logs"),
        Parameter("older_than", Kind.DURATION, "30d", "age of what may go", minimum=86400),
        Parameter("free", Kind.PERCENT, "25%", "share that should be free", minimum=1, maximum=90),
        Parameter("how", Kind.CHOICE, "gzip", "how to compress", choices=("gzip", "xz")),
        Parameter("quarantine", Kind.FLAG, "no", "keep what is deleted for a while"),
    )

    async def facts(self, shell: Any, values: Mapping[str, Any]) -> FactSheet:
        raise NotImplementedError

    def plan(self, host: Host, values: Mapping[str, Any], facts: FactSheet) -> Plan:
        raise NotImplementedError


class OtherRecipe(FakeRecipe):
    name = "backup-verification"
    title = "backup verification"
    summary = "restores a backup into a scratch database"
    parameters = (Parameter("token", Kind.SECRET, None, "token of the store"),)


def a_step(name: str = "rotate", *, word: str = "", **more: Any) -> Step:
    known: dict[str, Any] = {
        "name": name,
        "title": f"{name} app logs{word}",
        "commands": (Command(("logrotate", "-v", f"/etc/logrotate.d/orders{word}"), sudo=True),),
        "effect": f"9.2 GiB → 1.1 GiB{word}",
        "check": Check(f"orders.service writes to the new inode{word}", Command(("stat", "/var/log/orders"))),
        "undo": Undo(
            f"rename back{word}",
            (Command(("mv", "a", "b")),),
            Check("as it was", Command(("test", "-e", "b"))),
        ),
    }
    return Step(**(known | more))


def a_plan(host: str = "db1", *, word: str = "", steps: tuple[Step, ...] | None = None, **more: Any) -> Plan:
    known: dict[str, Any] = {
        "recipe": "log-rotation",
        "version": 1,
        "host": host,
        "parameters": {"older_than": 2592000.0},
        "facts": {"files": 14},
        "steps": (a_step(word=word), a_step("compress", word=word)) if steps is None else steps,
        "summary": f"frees about 11.8 GiB of /var (94 % → 71 %){word}",
        "warnings": (f"/var has 0 inodes free{word}",),
    }
    return Plan(**(known | more))


def irreversible(host: str = "db1") -> Plan:
    gone = a_step(
        "delete", undo=None, irreversible="deleted", details=tuple(f"/var/log/{n}.gz" for n in range(28))
    )
    return a_plan(host, steps=(a_step(), gone))


class FakeRuns:
    """Does what `Runs` does, without hosts."""

    def __init__(self) -> None:
        self.live: dict[str, LiveRun] = {}
        self.board = ChangeBoard()
        self.refusals: dict[str, str] = {}
        self.plans: dict[str, Plan | Exception] = {}
        self.hold: asyncio.Event | None = None
        self.cancelled = 0
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.rows: list[RunRow] = []
        self.fails: Exception | None = None
        self.locks: dict[str, Holder] = {}
        self.offered: dict[str, Preset] = {}
        self.come: dict[str, Sequence[StepState]] = {}
        self.backs: dict[str, str] = {}

    def subscribe(self) -> Changes:
        return self.board.subscribe()

    def refusal(self, host: str) -> str:
        return self.refusals.get(host, "")

    def presets(self, recipe: Recipe, hosts: Sequence[str]) -> Mapping[str, Preset]:
        return self.offered

    async def plan(self, recipe: str, host: str, texts: Mapping[str, str]) -> Plan:
        self.asked.append((recipe, host, dict(texts)))
        if self.hold is not None:
            try:
                await self.hold.wait()
            except asyncio.CancelledError:
                self.cancelled += 1
                raise
        planned = self.plans.get(host, a_plan(host))
        if isinstance(planned, Exception):
            raise planned
        return planned

    async def keep(self, plans: Sequence[Plan]) -> str:
        return fleet_id(plans)

    def start(
        self,
        plans: Sequence[Plan],
        *,
        confirmed: str,
        reason: str = "",
        incident: str = "",
        secrets: Mapping[str, str] | None = None,
        pace: Pace | None = None,
        wait_lock_seconds: float = 0.0,
    ) -> LiveRun:
        said = {
            "confirmed": confirmed,
            "reason": reason,
            "incident": incident,
            "secrets": secrets,
            "pace": pace,
            "wait": wait_lock_seconds,
        }
        self.calls.append(("start", said))
        return self.begin("run", plans)

    def begin(self, kind: str, plans: Sequence[Plan]) -> LiveRun:
        hosts = [HostRun(Host(name=plan.host, address=plan.host), plan) for plan in plans]
        key = f"{kind}-{len(self.live) + 1}"
        waves = [(plan.host,) for plan in plans]
        live = LiveRun(key, kind, fleet_id(plans), hosts, Rollout(waves), self.board.changed)
        next(iter(live.hosts.values())).begun = True
        self.live[key] = live
        return live

    async def holder(self, host: str) -> Holder | None:
        return self.locks.get(host)

    async def break_lock(self, host: str, *, holder_run_id: str, reason: str) -> str:
        self.calls.append(("break", {"host": host, "holder": holder_run_id, "reason": reason}))
        return f"the lock of run {holder_run_id} on {host} was broken"

    async def interrupted(self) -> list[RunRow]:
        if self.fails is not None:
            raise self.fails
        return list(self.rows)

    async def plan_of(self, run_id: str) -> Plan | None:
        row = next((row for row in self.rows if row.run_id == run_id), None)
        host = row.host if row is not None else "db1"
        planned = self.plans.get(host, a_plan(host))
        assert isinstance(planned, Plan)
        return planned

    async def far(self, run_id: str) -> Recovered | None:
        plan = await self.plan_of(run_id)
        assert plan is not None
        states = self.come.get(run_id, [StepState.DONE] * len(plan.steps))
        steps = [StepRun(step, state) for step, state in zip(plan.steps, states, strict=True)]
        return Recovered(steps, back=self.backs.get(run_id, ""))

    async def resume(self, run_id: str, **said: Any) -> LiveRun:
        return await self._take_up("resume", run_id, said)

    async def undo(self, run_id: str, **said: Any) -> LiveRun:
        return await self._take_up("undo", run_id, said)

    async def _take_up(self, kind: str, run_id: str, said: dict[str, Any]) -> LiveRun:
        self.calls.append((kind, {"run_id": run_id, **said}))
        plan = await self.plan_of(run_id)
        assert plan is not None
        self.rows = [row for row in self.rows if row.run_id != run_id]
        return self.begin(kind, [plan])


def a_row(run_id: str = "r-1", host: str = "db1", recipe: str = "log-rotation") -> RunRow:
    return RunRow(
        run_id=run_id,
        first_seq=1,
        plan_id="p",
        host=host,
        recipe=recipe,
        operator=Operator("ann"),
        reason="",
        incident="",
        started_at=datetime(2026, 3, 1, 14, 5, tzinfo=UTC),
        ended_at=None,
        verdict="",
    )


def progress(live: LiveRun, host: str = "db1", *, step: int | None = 0, **more: Any) -> None:
    """Tell how a run goes on."""
    count = len(live.hosts[host].plan.steps)
    states = tuple(
        StepState.DONE
        if step is not None and n < step
        else StepState.RUNNING
        if n == step
        else StepState.PLANNED
        for n in range(count)
    )
    known: dict[str, Any] = {
        "run_id": f"id-of-{live.key}-{host}",
        "host": host,
        "step": step,
        "phase": Phase.STEP,
        "steps": states,
    }
    live.hosts[host].begun = True
    live.note(host, Progress(**(known | more)))


def end(live: LiveRun, state: RunState, verdict: str = "", host: str = "db1", **more: Any) -> None:
    """End a run on a host."""
    plan = live.hosts[host].plan
    step_state = {
        RunState.DONE: StepState.DONE,
        RunState.UNDONE: StepState.UNDONE,
        RunState.REFUSED: StepState.PLANNED,
        RunState.NEEDS_PERSON: StepState.FAILED,
    }[state]
    now = datetime.now(UTC)
    known: dict[str, Any] = {
        "run_id": f"id-of-{live.key}-{host}",
        "plan_id": plan.plan_id,
        "host": host,
        "recipe": plan.recipe,
        "state": state,
        "verdict": verdict or f"verdict of {host}",
        "steps": tuple(
            StepResult(step.name, step.title, step_state, f"evidence of {step.name}", 0.4)
            for step in plan.steps
        ),
        "started_at": now - timedelta(seconds=12),
        "ended_at": now,
        "undo_asked": live.kind == "undo",
    }
    live.finish(host, RunResult(**(known | more)))


def check_texts(recipe: FakeRecipe, texts: Mapping[str, str]) -> str:
    """Return what the real reader says of the texts."""
    try:
        parameters.read_all(recipe.parameters, texts)
    except ParameterError as error:
        return str(error)
    return ""
