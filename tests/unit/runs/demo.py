"""A recipe, and a runner that does nothing to any host but keeps its ledger: for what is around it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from opsconsole.data.host import Command, Host, Shell
from opsconsole.data.ledger import Entry, Ledger, RunRow
from opsconsole.recipes.document import to_document
from opsconsole.recipes.parameters import as_json
from opsconsole.recipes.recipe import Check, FactSheet, Kind, Parameter, Plan, PlanError, Step, Undo
from opsconsole.recipes.runner.lock import LockError
from opsconsole.recipes.runner.state import (
    Control,
    Phase,
    Progress,
    RunResult,
    RunState,
    StepResult,
    StepState,
)

CHECK = Check("it is there", Command(("test", "-e", "/tmp/it")))
UNDO = Undo("take it away", (Command(("rm", "-f", "/tmp/it")),), CHECK)


class Demo:
    """Touches some files."""

    name = "demo"
    version = 3
    title = "Demo"
    summary = "touches files"
    parameters = (
        Parameter("files", Kind.WHOLE, "2", "how many", minimum=0, maximum=9),
        Parameter("mode", Kind.CHOICE, "keep", "what to do", choices=("keep", "delete")),
        Parameter("word", Kind.SECRET, "", "a secret"),
    )

    async def facts(self, _shell: Shell, values: Mapping[str, Any]) -> FactSheet:
        return FactSheet({"there": False})

    def plan(self, host: Host, values: Mapping[str, Any], facts: FactSheet) -> Plan:
        if host.name == "broken":
            raise PlanError("it has no /tmp")
        if host.name == "hostile":
            raise ValueError("canary-4711")
        steps = tuple(
            Step(
                name=f"touch-{number}",
                title=f"touch file {number}",
                commands=(Command(("touch", f"/tmp/it\x1b{number}"), stdin=b"mark", sudo=True),),
                effect="0 → 1 files",
                check=CHECK,
                undo=None if values["mode"] == "delete" else UNDO,
                irreversible="it is gone" if values["mode"] == "delete" else "",
                diff="--- /etc/it\n+++ /etc/it\n@@ -1 +1 @@\n-old\n+new\x1b[2J\n",
                details=("[/red] file one",),
            )
            for number in range(values["files"])
        )
        return Plan(
            "demo", 3, host.name, as_json(values), facts.binding, steps, "touches files", warnings=("beware",)
        )


RECIPE = Demo()


class FakeRunner:
    """Has the interface of `Runner`. What becomes of each host is set by the test.

    Attributes:
        ends: Host name -> how its run ends; done where nothing is said.
        holds: Host name -> an event that its run waits for.
        calls: What was asked for, in order.
        seen: The secrets and reasons that came.
    """

    ends: dict[str, RunState]
    holds: dict[str, asyncio.Event]
    calls: list[tuple[str, str]]
    seen: list[dict[str, Any]]
    broken: bool
    interrupted_ids: set[str]

    @classmethod
    def fresh(cls) -> type[FakeRunner]:
        """Return a class of its own for one test."""
        members = {
            "ends": {},
            "holds": {},
            "calls": [],
            "seen": [],
            "broken": False,
            "interrupted_ids": set(),
        }
        return type("Fresh", (cls,), members)

    def __init__(self, ledger: Ledger, **_: Any) -> None:
        self._ledger = ledger

    async def plan(self, recipe: Any, shell: Shell, values: Mapping[str, Any]) -> Plan:
        plan: Plan = recipe.plan(shell.host, values, await recipe.facts(shell, values))
        self._ledger.keep_plan(to_document(plan))
        return plan

    async def run(self, plan: Plan, shell: Shell, *, confirmed: str, **more: Any) -> RunResult:
        self.calls.append(("run", shell.host.name))
        run_id = f"{len(self.calls):04d}-{plan.host}"
        entry = Entry(kind="start", host=plan.host, run_id=run_id, plan_id=plan.plan_id, recipe=plan.recipe)
        self._ledger.append(entry)
        if confirmed != plan.plan_id:
            return self._end(plan, run_id, RunState.REFUSED, "it was not confirmed")
        return await self._go(plan, run_id, **more)

    async def resume(self, run_id: str, shell: Shell, **more: Any) -> RunResult:
        return await self._again("resume", run_id, shell, **more)

    async def undo(self, run_id: str, shell: Shell, **more: Any) -> RunResult:
        return await self._again("undo", run_id, shell, **more)

    async def break_lock(self, shell: Shell, *, holder_run_id: str, reason: str) -> str:
        if holder_run_id != "0001":
            raise LockError("it is held by another run")
        return f"the lock of {shell.host.name} is gone: {reason}"

    def interrupted(self) -> list[RunRow]:
        return [row for row in self._ledger.open_runs() if row.run_id in self.interrupted_ids]

    async def _again(self, what: str, run_id: str, shell: Shell, **more: Any) -> RunResult:
        self.calls.append((what, run_id))
        from opsconsole.recipes.document import from_document

        plan = from_document(self._ledger.plan(self._ledger.events(run_id)[0].plan_id) or {})
        if what == "undo":
            return self._end(
                plan, run_id, self.ends.get(plan.host, RunState.UNDONE), "taken back", asked=True
            )
        return await self._go(plan, run_id, **more)

    async def _go(
        self,
        plan: Plan,
        run_id: str,
        *,
        listener: Callable[[Progress], None],
        control: Control,
        **more: Any,
    ) -> RunResult:
        if self.broken:
            raise RuntimeError("a bug")
        self.seen.append(more)
        states = [StepState.PLANNED] * len(plan.steps)
        for index in range(len(plan.steps)):
            states[index] = StepState.RUNNING
            listener(Progress(run_id, plan.host, index, Phase.STEP, 2.0, "", 4096, "", tuple(states)))
            if plan.host in self.holds:
                await self.holds[plan.host].wait()
            await asyncio.sleep(0.01)  # who listens has its turn
            if control.is_stopping:
                return self._end(plan, run_id, RunState.UNDONE, "stopped, and undone")
            states[index] = StepState.DONE
        state = self.ends.get(plan.host, RunState.DONE)
        return self._end(plan, run_id, state, "all is well" if state is RunState.DONE else "it broke")

    def _end(
        self, plan: Plan, run_id: str, state: RunState, verdict: str, *, asked: bool = False
    ) -> RunResult:
        entry = Entry(
            kind="verdict", host=plan.host, run_id=run_id, plan_id=plan.plan_id, verdict=state.value
        )
        self._ledger.append(entry)
        now = datetime.now(UTC)
        step_state = StepState.DONE if state is RunState.DONE else StepState.UNDONE
        steps = tuple(StepResult(step.name, step.title, step_state, "proved", 1.0) for step in plan.steps)
        names = (run_id, plan.plan_id, plan.host, plan.recipe)
        return RunResult(*names, state, verdict, steps, now, now, undo_asked=asked)
