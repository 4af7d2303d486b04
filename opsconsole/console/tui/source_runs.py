"""What the recipe screens need of `console.runs.Runs`, so that a test can feed them runs of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # the first paint does not wait for them
    from opsconsole.data.ledger import RunRow
    from opsconsole.recipes.recipe import Plan, Preset, Recipe
    from opsconsole.recipes.runner.lock import Holder
    from opsconsole.recipes.runner.recover import Recovered
    from opsconsole.recipes.runner.rollout import Pace
    from opsconsole.recipes.runner.state import Progress, RunResult, StepResult


class HostRunLike(Protocol):
    """One host of a run."""

    @property
    def plan(self) -> Plan:
        """What is applied, or undone."""
        ...

    @property
    def progress(self) -> Progress | None:
        """The latest; None before it began: it waits for its batch."""
        ...

    @property
    def result(self) -> RunResult | None:
        """How it ended; None while it goes on or waits, and when it was left or never begun."""
        ...

    @property
    def state(self) -> str:
        """`waiting`, `running`, `interrupted`, `not-started`, or how it ended (`RunState`)."""
        ...

    @property
    def run_id(self) -> str:
        """The run's id in the ledger; empty before it has one."""
        ...

    @property
    def steps(self) -> Sequence[StepResult]:
        """Where every step of the plan stands, as far as is known."""
        ...


class LiveRunLike(Protocol):
    """A run of this session on one host or several."""

    @property
    def key(self) -> str:
        """Names it among the live runs."""
        ...

    @property
    def kind(self) -> str:
        """`run`, `resume` or `undo`."""
        ...

    @property
    def hosts(self) -> Mapping[str, HostRunLike]:
        """Host name -> its run, in the order in which they are done."""
        ...

    @property
    def done(self) -> bool:
        """Whether it ended on every host."""
        ...

    @property
    def stopping(self) -> bool:
        """Whether it was asked to stop."""
        ...

    def stop(self) -> None:
        """Stop after the step that is going on, and undo."""
        ...


class RunChanges(Protocol):
    """The keys of the live runs that changed, gathered until somebody takes them."""

    def take(self) -> set[str]:
        """Return the keys that changed since the last call."""
        ...

    def close(self) -> None:
        """Gather no more."""
        ...


class RunsLike(Protocol):
    """Plans and runs as the screens see them: one object for the life of the console."""

    @property
    def live(self) -> Mapping[str, LiveRunLike]:
        """The runs of this session, going on and ended, in the order in which they were started."""
        ...

    def subscribe(self) -> RunChanges:
        """Return a new gatherer of changes."""
        ...

    def refusal(self, host: str) -> str:
        """Return why nothing may be changed on a host now (read-only), or an empty text.

        For the screens to tell beforehand; it is the runner that refuses.
        """
        ...

    def presets(self, recipe: Recipe, hosts: Sequence[str]) -> Mapping[str, Preset]:
        """Return name -> what the configuration says under it for a recipe; see `recipe.Preset`."""
        ...

    async def plan(self, recipe: str, host: str, texts: Mapping[str, str]) -> Plan:
        """Read the host and return the plan; changes nothing.

        Raises:
            ParameterError: A text is not of its parameter's kind.
            PlanError: There can be no plan.
            ShellError: The host could not be asked.
            LedgerError: The plan could not be kept.
        """
        ...

    async def keep(self, plans: Sequence[Plan]) -> str:
        """Keep plans of several hosts as one, and return the id that confirms them all."""
        ...

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
    ) -> LiveRunLike:
        """Begin to apply plans, one a host; returns at once, and the run goes on when its screen is left."""
        ...

    async def holder(self, host: str) -> Holder | None:
        """Return who holds the lock of a host; None: nobody. Changes nothing."""
        ...

    async def break_lock(self, host: str, *, holder_run_id: str, reason: str) -> str:
        """Take the lock of another run off a host, and return what happened."""
        ...

    async def interrupted(self) -> Sequence[RunRow]:
        """Return the runs that began, have no verdict, and are driven by nobody."""
        ...

    async def plan_of(self, run_id: str) -> Plan | None:
        """Return what a run applied, from the ledger; None when it is not there."""
        ...

    async def far(self, run_id: str) -> Recovered | None:
        """Return how far a run came, step by step; None when its plan is not in the ledger."""
        ...

    async def resume(
        self,
        run_id: str,
        *,
        confirmed: str,
        reason: str = "",
        secrets: Mapping[str, str] | None = None,
        wait_lock_seconds: float = 0.0,
    ) -> LiveRunLike:
        """Go on with an interrupted run; `confirmed` is the id of its plan."""
        ...

    async def undo(
        self,
        run_id: str,
        *,
        confirmed: str,
        reason: str = "",
        secrets: Mapping[str, str] | None = None,
        wait_lock_seconds: float = 0.0,
    ) -> LiveRunLike:
        """Take a run back; `confirmed` is the id of its plan."""
        ...
