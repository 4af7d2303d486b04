"""Plans and runs of a session: one object for the life of the console or of a verb. Screens come and go.

It opens the ledger when it is first needed, knows who the operator is, and hands everything that changes a
host to the one runner. A `LiveRun` goes on whoever looks at it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import count

from opsconsole.console import authority
from opsconsole.console.changes import ChangeBoard, Changes
from opsconsole.console.live_run import RESUME, RUN, UNDO, HostRun, LiveRun
from opsconsole.console.plans import RunsError, recipe_named
from opsconsole.console.presets import presets
from opsconsole.console.settings import Settings
from opsconsole.console.trail import Trail
from opsconsole.data.host import Host, Shell, ShellError
from opsconsole.data.ledger import Ledger, LedgerError, RunRow
from opsconsole.recipes import parameters
from opsconsole.recipes.recipe import Plan, Preset, Recipe
from opsconsole.recipes.runner.lock import Holder, LockError
from opsconsole.recipes.runner.recover import Recovered
from opsconsole.recipes.runner.rollout import Pace, Rollout, batches, fleet_document, fleet_id, roll_out
from opsconsole.recipes.runner.runner import Runner
from opsconsole.recipes.runner.state import RunResult, RunState

log = logging.getLogger(__name__)


class Runs:
    """Plans, runs, resumes and undoes; keeps what goes on.

    Args:
        settings: The settings.
        hosts: Returns a host by name, or raises KeyError.
        shell: Returns a host's shell; KeyError or RuntimeError when there is none.
        connect: Connects to a host before it is used, or raises ShellError; None: the shell does by itself.
        notices: Told what the console itself must say.

    Attributes:
        live: The runs of this session, going on and ended, in the order they were started.
        trail: What the ledger knows of plans and past runs.
    """

    def __init__(
        self,
        settings: Settings,
        hosts: Callable[[str], Host],
        shell: Callable[[str], Shell],
        *,
        connect: Callable[[str], Awaitable[None]] | None = None,
        notices: Callable[[str], None] = lambda _notice: None,
    ) -> None:
        self.live: dict[str, LiveRun] = {}
        self.trail = Trail(settings.ledger_path, notices)
        self._settings = settings
        self._hosts = hosts
        self._shell_of = shell
        self._connect = connect
        self._notices = notices
        self._policy = authority.policy(settings)
        self._board = ChangeBoard()
        self._deciding = asyncio.Lock()
        self._runner: Runner | None = None
        self._numbers = count(1)

    def subscribe(self) -> Changes:
        """Return a listener for the keys of live runs that change."""
        return self._board.subscribe()

    def refusal(self, host: str) -> str:
        """Return why nothing may be changed on a host, or an empty text. The runner itself refuses."""
        return self._policy.refusal(self._hosts(host))

    def presets(self, recipe: Recipe, hosts: Sequence[str]) -> Mapping[str, Preset]:
        """Return name -> what the configuration says under it for a recipe; see `recipe.Preset`."""
        return presets(recipe, self._settings, [self._hosts(name) for name in hosts])

    async def plan(self, recipe: str, host: str, texts: Mapping[str, str]) -> Plan:
        """Read the host and return the plan, kept in the ledger; changes nothing on the host.

        Args:
            recipe: Name of the recipe.
            host: Name of the host.
            texts: Parameter name -> what was typed.

        Raises:
            ParameterError: A text is not of its parameter's kind.
            PlanError: There can be no plan.
            ShellError: The host could not be asked.
            LedgerError: The plan could not be kept.
        """
        found = recipe_named(recipe)
        values = parameters.read_all(found.parameters, texts)
        runner = self._runner_of(await self.trail.ledger())
        return await runner.plan(found, await self._shell(host), values)

    async def keep(self, plans: Sequence[Plan]) -> str:
        """Keep plans of several hosts as one, and return the id that confirms them all.

        Raises:
            LedgerError: It could not be kept.
        """
        if len(plans) > 1:
            ledger = await self.trail.ledger()
            await asyncio.to_thread(ledger.keep_plan, fleet_document(plans))
        return fleet_id(plans)

    def start(
        self,
        plans: Sequence[Plan],
        *,
        confirmed: str,
        reason: str = "",
        incident: str = "",
        secrets: Mapping[str, str] | None = None,
        wait_lock_seconds: float = 0.0,
        pace: Pace | None = None,
    ) -> LiveRun:
        """Begin to apply plans, one a host; returns at once, and it goes on when its screen is left.

        Args:
            plans: One a host, in the order of `rollout.ordered`.
            confirmed: The id that was confirmed: the plan's, or `rollout.fleet_id` of several.
            reason: Why, as the operator typed it.
            incident: Id of the incident or maintenance it belongs to.
            secrets: Name -> value of the secret parameters.
            wait_lock_seconds: How long to wait for another's lock on a host.
            pace: How many hosts at the same time, and how many may fail; None: one after the other, none.

        Raises:
            RunsError: A host is not in the inventory, or there are two plans for one.
        """
        hosts = [self._host(plan.host) for plan in plans]
        if len({host.name for host in hosts}) < len(hosts):
            raise RunsError("there are two plans for one host")
        # The runner refuses, in the ledger, what was not confirmed; the id of one of several confirms none.
        is_confirmed = confirmed == fleet_id(plans)
        others = confirmed if len(plans) == 1 else f"{confirmed} for {len(plans)} hosts"

        async def drive(runner: Runner, shell: Shell, one: HostRun, live: LiveRun) -> RunResult:
            return await runner.run(
                one.plan,
                shell,
                confirmed=one.plan.plan_id if is_confirmed else others,
                reason=reason,
                incident=incident,
                secrets=secrets,
                wait_lock_seconds=wait_lock_seconds,
                listener=lambda progress: live.note(one.host.name, progress),
                control=one.control,
            )

        runs = [HostRun(host, plan) for host, plan in zip(hosts, plans, strict=True)]
        pace = pace or Pace()
        rollout = Rollout(batches(hosts, pace.batch), max_failures=pace.max_failures)
        return self._begin(RUN, confirmed, runs, rollout, drive)

    async def resume(
        self,
        run_id: str,
        *,
        confirmed: str,
        reason: str = "",
        secrets: Mapping[str, str] | None = None,
        wait_lock_seconds: float = 0.0,
    ) -> LiveRun:
        """Go on with an interrupted run; `confirmed` is the id of its plan.

        Raises:
            RunsError: There is no such run, its host is not in the inventory, or another plan was confirmed.
            LedgerError: The ledger cannot be read.
        """
        return await self._take_up(RESUME, run_id, confirmed, reason, secrets, wait_lock_seconds)

    async def undo(
        self,
        run_id: str,
        *,
        confirmed: str,
        reason: str = "",
        secrets: Mapping[str, str] | None = None,
        wait_lock_seconds: float = 0.0,
    ) -> LiveRun:
        """Take a run back; `confirmed` is the id of its plan. Raises as `resume` does."""
        return await self._take_up(UNDO, run_id, confirmed, reason, secrets, wait_lock_seconds)

    async def holder(self, host: str) -> Holder | None:
        """Return who holds the lock of a host; None: nobody. Changes nothing.

        Raises:
            ShellError: The host could not be asked.
        """
        runner = self._runner_of(await self.trail.ledger())
        return await runner.holder(await self._shell(host))

    async def break_lock(self, host: str, *, holder_run_id: str, reason: str) -> str:
        """Take the lock of another run off a host, and return what happened; see `Runner.break_lock`.

        Raises:
            RunsError: It was not broken.
            ShellError: The host could not be asked.
            LedgerError: It could not be written down; nothing was done.
        """
        runner = await self._runner_to_act()
        shell = await self._shell(host)
        try:
            return await runner.break_lock(shell, holder_run_id=holder_run_id, reason=reason)
        except LockError as error:
            raise RunsError(str(error)) from None

    async def interrupted(self) -> list[RunRow]:
        """Return the runs that began, have no verdict, and that nobody drives any more; newest first.

        Raises:
            LedgerError: The ledger cannot be read.
        """
        if not self.trail.is_there:
            return []
        runner = self._runner_of(await self.trail.look())
        return await asyncio.to_thread(runner.interrupted)

    async def plan_of(self, run_id: str) -> Plan | None:
        """Return what a run applied, from the ledger; None when it is not there."""
        return await self.trail.plan_of(run_id)

    async def far(self, run_id: str) -> Recovered | None:
        """Return how far a run came, by the ledger; None when its plan is not there."""
        return await self.trail.far(run_id)

    async def close(self) -> None:
        """Leave what goes on, so that it can be resumed, and close the ledger."""
        for live in self.live.values():
            live.leave()
        for live in self.live.values():
            await live.wait()
        self._runner = None
        await self.trail.close()

    async def _take_up(
        self,
        kind: str,
        run_id: str,
        confirmed: str,
        reason: str,
        secrets: Mapping[str, str] | None,
        wait_lock_seconds: float,
    ) -> LiveRun:
        row = await self.trail.row(run_id)
        if confirmed != row.plan_id:
            raise RunsError(
                f"run {row.run_id} applied plan {row.plan_id}; {confirmed or 'none'} was confirmed"
            )
        host = self._host(row.host)
        plan = (await self.trail.stored(row.plan_id))[0]

        async def drive(runner: Runner, shell: Shell, one: HostRun, live: LiveRun) -> RunResult:
            take_up = runner.resume if kind == RESUME else runner.undo
            return await take_up(
                row.run_id,
                shell,
                reason=reason,
                secrets=secrets,
                wait_lock_seconds=wait_lock_seconds,
                listener=lambda progress: live.note(one.host.name, progress),
                control=one.control,
            )

        return self._begin(kind, row.plan_id, [HostRun(host, plan, row)], Rollout([(host.name,)]), drive)

    def _begin(
        self,
        kind: str,
        plan_id: str,
        hosts: Sequence[HostRun],
        rollout: Rollout,
        drive: Callable[[Runner, Shell, HostRun, LiveRun], Awaitable[RunResult]],
    ) -> LiveRun:
        key = f"{kind}-{next(self._numbers)}"
        live = LiveRun(key, kind, plan_id, hosts, rollout, self._board.changed)
        self.live[key] = live

        async def one_host(name: str) -> bool:
            one = live.hosts[name]
            one.begun = True
            began = datetime.now(UTC)
            try:
                runner = await self._runner_to_act()
                result = await drive(runner, await self._shell(name), one, live)
            except (ShellError, LedgerError) as error:
                result = _local_result(one, RunState.REFUSED, str(error), began, kind)
            except asyncio.CancelledError:
                live.finish(name, None)
                raise
            except Exception as error:
                log.exception("run on %s failed", name)
                words = f"a mistake of opsconsole: {error!r}; `opsconsole runs` says how far it came"
                result = _local_result(one, RunState.NEEDS_PERSON, words, began, kind)
            live.finish(name, result)
            return result.state is RunState.DONE

        live.begin(asyncio.create_task(roll_out(rollout, one_host), name=key))
        return live

    def _host(self, name: str) -> Host:
        try:
            return self._hosts(name)
        except KeyError:
            raise RunsError(f"the host {name} is not in the inventory") from None

    async def _shell(self, name: str) -> Shell:
        try:
            if self._connect is not None:
                await self._connect(name)
            return self._shell_of(name)
        except KeyError:
            raise ShellError(f"the host {name} is not in the inventory") from None
        except RuntimeError as error:
            raise ShellError(f"{name}: {error}") from None

    def _runner_of(self, ledger: Ledger) -> Runner:
        """Return the runner, or one that cannot sign: to find a signer takes SSH and perhaps the agent."""
        return self._runner or Runner(ledger, policy=self._policy, operator=authority.operator())

    async def _runner_to_act(self) -> Runner:
        """Return the one runner that changes hosts."""
        ledger = await self.trail.ledger()
        async with self._deciding:
            if self._runner is None:
                signer, why_not = await asyncio.to_thread(authority.signer, self._settings)
                if signer is None:
                    self._notices(f"the audit trail is not signed: {why_not}")
                self._runner = Runner(
                    ledger, policy=self._policy, operator=authority.operator(), signer=signer
                )
            return self._runner


def _local_result(one: HostRun, state: RunState, verdict: str, began: datetime, kind: str) -> RunResult:
    """Return the result of a run that the runner never saw to its end."""
    return RunResult(
        run_id=one.run_id,
        plan_id=one.plan.plan_id,
        host=one.host.name,
        recipe=one.plan.recipe,
        state=state,
        verdict=verdict,
        steps=one.steps,
        started_at=began,
        ended_at=datetime.now(UTC),
        resumable=one.taken_up is not None and one.taken_up.is_open,
        undo_asked=kind == UNDO,
    )
