"""A run as it goes on, on one host or several: what is known of each host, and how to stop it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from opsconsole.data.host import Host
from opsconsole.data.ledger_entry import RunRow
from opsconsole.recipes.recipe import Plan
from opsconsole.recipes.runner.rollout import Rollout, exit_status
from opsconsole.recipes.runner.state import Control, Progress, RunResult, StepResult, StepState

RUN = "run"
RESUME = "resume"
UNDO = "undo"
WAITING = "waiting"
RUNNING = "running"
INTERRUPTED = "interrupted"
NOT_STARTED = "not-started"


@dataclass(slots=True)
class HostRun:
    """One host of a run.

    Attributes:
        host: The host.
        plan: What is applied to it, or undone.
        taken_up: The run that is gone on with or taken back; None: it is a new one.
        control: Stops it.
        progress: The latest; None before it began.
        result: How it ended; None while it goes on, waits for its batch, or was left.
        begun: Whether its turn has come.
        ended: Whether nothing more will happen here: it ended, was left, or its turn never came.
    """

    host: Host
    plan: Plan
    taken_up: RunRow | None = None
    control: Control = field(default_factory=Control)
    progress: Progress | None = None
    result: RunResult | None = None
    begun: bool = False
    ended: bool = False

    @property
    def state(self) -> str:
        """`waiting`, `running`, `interrupted` (left), `not-started`, or how it ended (`RunState`)."""
        if self.result is not None:
            return self.result.state.value
        if self.ended:
            return INTERRUPTED if self.begun else NOT_STARTED
        return RUNNING if self.begun else WAITING

    @property
    def run_id(self) -> str:
        """The run's id in the ledger; empty before it has one."""
        if self.result is not None:
            return self.result.run_id
        if self.progress is not None:
            return self.progress.run_id
        return self.taken_up.run_id if self.taken_up is not None else ""

    @property
    def steps(self) -> tuple[StepResult, ...]:
        """Where every step of the plan stands, as far as is known."""
        if self.result is not None and self.result.steps:
            return self.result.steps
        progress = self.progress
        if progress is not None and len(progress.results) == len(self.plan.steps):
            return progress.results
        known = progress.steps if progress is not None else ()
        states = [*known, *([StepState.PLANNED] * len(self.plan.steps))]
        return tuple(
            StepResult(step.name, step.title, state)
            for step, state in zip(self.plan.steps, states, strict=False)
        )

    @property
    def exit_status(self) -> int:
        """That of its result (`RunResult.exit_status`) · 4 when it was left."""
        return self.result.exit_status if self.result is not None else 4


class LiveRun:
    """A run of this session. It goes on whoever looks; made by `Runs`.

    Attributes:
        key: Names it among the live runs.
        kind: `run`, `resume` or `undo`.
        plan_id: What was confirmed.
        hosts: Host name -> its run, in the order in which they are done.
        rollout: Which hosts come next.
        stopping: Whether it was asked to stop.
    """

    def __init__(
        self,
        key: str,
        kind: str,
        plan_id: str,
        hosts: Sequence[HostRun],
        rollout: Rollout,
        changed: Callable[[str], None],
    ) -> None:
        self.key = key
        self.kind = kind
        self.plan_id = plan_id
        self.hosts: Mapping[str, HostRun] = {one.host.name: one for one in hosts}
        self.rollout = rollout
        self.stopping = False
        self._changed = changed
        self._task: asyncio.Task[None] | None = None

    @property
    def done(self) -> bool:
        """Whether nothing goes on any more."""
        return all(one.ended for one in self.hosts.values())

    @property
    def exit_status(self) -> int:
        """That of the command line, for all hosts together."""
        begun = [one.exit_status for one in self.hosts.values() if one.begun]
        return exit_status(begun, len(self.hosts) - len(begun))

    def stop(self) -> None:
        """Stop after the step that is going on, undo, and begin with no further host."""
        self.stopping = True
        self.rollout.stop("stopped by the operator")
        for one in self.hosts.values():
            one.control.stop_after_step()
        self._changed(self.key)

    def leave(self) -> None:
        """Look after it no longer: what runs on the hosts runs on, and can be resumed or undone later."""
        if self._task is not None and not self._task.done():
            self.rollout.stop("left by the operator")
            self._task.cancel()

    async def wait(self) -> None:
        """Wait until it has ended everywhere, or was left. Who waits no longer does not end it."""
        if self._task is not None:
            await asyncio.wait([self._task])

    def begin(self, task: asyncio.Task[None]) -> None:
        """Take the task that drives it."""
        self._task = task
        task.add_done_callback(self._end)

    def note(self, host: str, progress: Progress) -> None:
        """Note how it goes on with a host."""
        self.hosts[host].progress = progress
        self._changed(self.key)

    def finish(self, host: str, result: RunResult | None) -> None:
        """Note that a host's run has ended; None: it was left."""
        one = self.hosts[host]
        one.result, one.ended = result, True
        self._changed(self.key)

    def _end(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled():
            task.exception()  # a mistake of ours was logged where it was caught
        for one in self.hosts.values():
            one.ended = True
        self._changed(self.key)
