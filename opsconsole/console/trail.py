"""What the ledger knows of plans and past runs, for screens and verbs; opened when it is first needed.

Who only looks opens it to read: a look makes no ledger, and changes none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from opsconsole.console.plans import RunsError, stored_plans
from opsconsole.data.ledger import Ledger, LedgerError, RunQuery, RunRow
from opsconsole.data.ledger_anchor import has_traces
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
        self._to_read: Ledger | None = None
        self._left: list[Ledger] = []  # taken away or replaced; somebody may be reading there still
        self._told = ""

    @property
    def is_there(self) -> bool:
        """Whether there is a ledger, or was one; of one that is gone every look says so."""
        return self._path is not None and has_traces(self._path)

    async def ledger(self) -> Ledger:
        """Return the ledger to write to; it is opened, and perhaps made, at the first call.

        Raises:
            LedgerError: There is none, or it cannot be opened and written.
        """
        async with self._opening:
            if self._ledger is None:
                self._ledger = await self._opened(Ledger.open)
            return self._ledger

    async def look(self) -> Ledger:
        """Return the ledger to look at it only; nothing is made or changed.

        Raises:
            LedgerError: There is none, or it cannot be read; or the one that is written to was taken away or
                replaced, and the next run would be refused as well.
        """
        async with self._opening:
            if self._ledger is not None:
                await asyncio.to_thread(self._ledger.ensure_there)
                return self._ledger
            if self._to_read is not None:
                try:
                    await asyncio.to_thread(self._to_read.ensure_there)
                except LedgerError:
                    self._left.append(self._to_read)
                    self._to_read = None
            if self._to_read is None:
                self._to_read = await self._opened(Ledger.read)
            return self._to_read

    async def close(self) -> None:
        """Close the ledger."""
        opened = [ledger for ledger in (self._ledger, self._to_read, *self._left) if ledger is not None]
        self._ledger = self._to_read = None
        self._left.clear()
        for ledger in opened:
            await asyncio.to_thread(ledger.close)

    async def stored(self, plan_id: str) -> list[Plan]:
        """Return the plans that an id confirms, in the order in which they are applied.

        Raises:
            RunsError: There are none of that id, or they are not what was kept.
            LedgerError: The ledger cannot be read.
        """
        ledger = await self.look()
        return await asyncio.to_thread(stored_plans, ledger, plan_id)

    async def rows(self, query: RunQuery, limit: int) -> list[RunRow]:
        """Return past runs from the ledger, newest first; where there is no ledger yet, there are none.

        Raises:
            LedgerError: The ledger cannot be read, or is gone.
        """
        if not self.is_there:
            return []
        ledger = await self.look()
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
        ledger = await self.look()
        return recover(plan, await asyncio.to_thread(ledger.events, run_id), run_id)

    async def _opened(self, way: Callable[[Path], Ledger]) -> Ledger:
        if self._path is None:
            raise LedgerError("there is no ledger, and without one nothing is changed")
        ledger = await asyncio.to_thread(way, self._path)
        if ledger.problem not in ("", self._told):
            self._told = ledger.problem
            self._notices(ledger.problem)
        return ledger
