"""What the ledger knows of plans and past runs, for screens and verbs; opened when it is first needed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from opsconsole.console.plans import RunsError, stored_plans
from opsconsole.data.ledger import Ledger, LedgerError, RunQuery, RunRow
from opsconsole.recipes.recipe import Plan
from opsconsole.recipes.runner.recover import Recovered, recover


class Trail:
    """Reads the ledger without holding up the event loop.

    Args:
        path: Its file; None: there is none.
        notices: Told what is wrong with its protection.
    """

    def __init__(self, path: Path | None, notices: Callable[[str], None]) -> None:
        self._path = path
        self._notices = notices
        self._opening = asyncio.Lock()
        self._ledger: Ledger | None = None

    @property
    def is_there(self) -> bool:
        """Whether there is a ledger already, so that looking into it makes none."""
        return self._ledger is not None or (self._path is not None and self._path.exists())

    async def ledger(self) -> Ledger:
        """Return the ledger; it is opened, and perhaps made, at the first call.

        Raises:
            LedgerError: There is none, or it cannot be opened and written.
        """
        async with self._opening:
            if self._ledger is None:
                if self._path is None:
                    raise LedgerError("there is no ledger, and without one nothing is changed")
                self._ledger = await asyncio.to_thread(Ledger.open, self._path)
                if self._ledger.problem:
                    self._notices(self._ledger.problem)
            return self._ledger

    async def close(self) -> None:
        """Close the ledger."""
        ledger, self._ledger = self._ledger, None
        if ledger is not None:
            await asyncio.to_thread(ledger.close)

    async def stored(self, plan_id: str) -> list[Plan]:
        """Return the plans that an id confirms, in the order in which they are applied.

        Raises:
            RunsError: There are none of that id, or they are not what was kept.
            LedgerError: The ledger cannot be read.
        """
        ledger = await self.ledger()
        return await asyncio.to_thread(stored_plans, ledger, plan_id)

    async def rows(self, query: RunQuery, limit: int) -> list[RunRow]:
        """Return past runs from the ledger, newest first."""
        ledger = await self.ledger()
        return await asyncio.to_thread(ledger.runs, query, limit)

    async def row(self, run_id: str) -> RunRow:
        """Return one run from the ledger, by its id or how it begins.

        Raises:
            RunsError: There is none, or more than one.
        """
        found = await self.rows(RunQuery(run_id=run_id), 2) if run_id else []
        exact = [row for row in found if row.run_id == run_id]
        if len(exact or found) != 1:
            what = "more than one run begins with" if found else "there is no run"
            raise RunsError(f"{what} {run_id}; `opsconsole runs` lists them")
        return (exact or found)[0]

    async def plan_of(self, run_id: str) -> Plan | None:
        """Return what a run applied; None when its plan is not there, or is not what was kept.

        Raises:
            RunsError: There is no such run.
            LedgerError: The ledger cannot be read.
        """
        row = await self.row(run_id)
        try:
            return (await self.stored(row.plan_id))[0]
        except RunsError:
            return None

    async def far(self, run_id: str) -> Recovered | None:
        """Return how far a run came, step by step; None when its plan is not there.

        Raises:
            RunsError: There is no such run.
            LedgerError: The ledger cannot be read.
        """
        plan = await self.plan_of(run_id)
        if plan is None:
            return None
        ledger = await self.ledger()
        return recover(plan, await asyncio.to_thread(ledger.events, run_id), run_id)
