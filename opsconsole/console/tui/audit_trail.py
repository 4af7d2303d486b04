"""The ledger as the Audit screen reads it: in threads, in pages, never in the way of a key."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from opsconsole.console.tui.audit_filter import AuditFilter, searched
from opsconsole.console.tui.slices import passing
from opsconsole.data.ledger import Event, Ledger, LedgerError, RunRow, Verification
from opsconsole.data.ledger_anchor import has_traces
from opsconsole.data.paths import is_absent

PAGE_RUNS = 1000
MOST_RUNS = 50_000
_PAUSE_SECONDS = 0.002


class Trail:
    """One ledger, opened to be read when it is first asked and is there."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._ledger: Ledger | None = None
        self._opening = asyncio.Lock()

    async def exists(self) -> bool:
        """Return whether there is a ledger; one that may not be seen is there: reading it says why."""
        return self.path is not None and not await asyncio.to_thread(is_absent, self.path)

    async def was_there(self) -> bool:
        """Return whether there was a ledger: its anchors know."""
        return self.path is not None and await asyncio.to_thread(has_traces, self.path)

    async def problem(self) -> str:
        """Return what is wrong with it at first sight."""
        return (await self._open()).problem

    async def head(self) -> int:
        """Return the number of the last event."""
        ledger = await self._open()
        return (await asyncio.to_thread(ledger.head))[0]

    async def pages(self, wanted: AuditFilter) -> AsyncGenerator[list[RunRow], None]:
        """Yield the runs that a filter leaves, newest first, as soon as a page of them was looked through.

        Raises:
            LedgerError: The ledger cannot be read.
            PatternTooSlowError: The regular expression takes too long.
        """
        ledger = await self._open()
        query = wanted.query
        looked = 0
        while looked < MOST_RUNS:
            page = await asyncio.to_thread(ledger.runs, query, PAGE_RUNS)
            looked += len(page)
            yield await _left(page, wanted)
            if len(page) < PAGE_RUNS:
                return
            query = replace(query, before_seq=page[-1].first_seq)

    async def newest(self, wanted: AuditFilter, limit: int) -> tuple[list[RunRow], int]:
        """Return what a filter leaves of the newest `limit` runs, and since which `first_seq` that is all.

        Raises:
            LedgerError: The ledger cannot be read.
            PatternTooSlowError: The regular expression takes too long.
        """
        ledger = await self._open()
        page = await asyncio.to_thread(ledger.runs, wanted.query, limit)
        return await _left(page, wanted), page[-1].first_seq if len(page) == limit else 0

    async def run(self, run_id: str, plan_id: str) -> tuple[list[Event], dict[str, Any] | None, str]:
        """Return a run's events, its plan, and what is wrong with that."""
        ledger = await self._open()
        events = await asyncio.to_thread(ledger.events, run_id)
        try:
            return events, await asyncio.to_thread(ledger.plan, plan_id) if plan_id else None, ""
        except LedgerError as error:
            return events, None, str(error)

    async def verify(self, progress: Callable[[int, int], None]) -> Verification:
        """Return whether all of it is what was written; `progress` is called from the thread that looks."""
        ledger = await self._open()

        def look() -> Verification:
            from opsconsole.console.ssh.signing import check_signature

            return ledger.verify(check=check_signature, progress=paced)

        def paced(done: int, total: int) -> None:
            progress(done, total)
            time.sleep(_PAUSE_SECONDS)  # lets whoever waits for the interpreter have it

        return await asyncio.to_thread(look)

    async def close(self) -> None:
        """Close the ledger."""
        ledger, self._ledger = self._ledger, None
        if ledger is not None:
            await asyncio.to_thread(ledger.close)

    async def _open(self) -> Ledger:
        async with self._opening:
            if self._ledger is None:
                if self.path is None:
                    raise LedgerError("there is no ledger: the configuration says so")
                self._ledger = await asyncio.to_thread(Ledger.read, self.path)
            return self._ledger


async def _left(page: list[RunRow], wanted: AuditFilter) -> list[RunRow]:
    """Return the rows that the regular expression leaves, letting others work in between."""
    test = wanted.test
    if test is None:
        return page
    return await passing(page, lambda row: test(searched(row)))
