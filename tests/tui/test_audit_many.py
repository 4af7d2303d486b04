"""A ledger of 100,000 events is listed, filtered and verified, and no key waits for it."""

from __future__ import annotations

import asyncio
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from console_pilot import console, screen_text, until, until_shown
from fake_source import FakeSource, host_state

from opsconsole.console.tui import audit_trail
from opsconsole.console.tui.audit import AuditScreen
from opsconsole.console.tui.audit_rows import RunLines
from opsconsole.console.tui.filter_bar import FilterBar
from opsconsole.data.ledger import Ledger, RunRow

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "ledger"))
from ledger_many import EVENTS_A_RUN, many

EVENTS = 100_000
RUNS = EVENTS // EVENTS_A_RUN
SLICE_RUNS = 250  # so many may be looked at before a key has its turn


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("many") / "ledger.db"
    many(path, EVENTS)
    return path


class Heart:
    """Counts how many runs each turn of the event loop looks at: what a key can have to wait for."""

    def __init__(self, looked_at: list[str]) -> None:
        self.turns: list[int] = []
        self._looked_at = looked_at
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Heart:
        self._task = asyncio.create_task(self._beat())
        return self

    async def __aexit__(self, *_rest: object) -> None:
        assert self._task is not None
        self._task.cancel()

    async def _beat(self) -> None:
        while True:
            before = len(self._looked_at)
            await asyncio.sleep(0)
            self.turns.append(len(self._looked_at) - before)


async def test_they_are_listed_filtered_and_verified_without_a_pause(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a key can have to wait for: one slice of the filter, its own work, and a paint."""
    looked_at: list[str] = []
    drawn: list[int] = []
    in_the_loop: list[str] = []
    searched, get = audit_trail.searched, RunLines.__getitem__

    def noting_search(row: RunRow) -> str:
        looked_at.append(row.run_id)
        return searched(row)

    def noting_line(lines, index):  # type: ignore[no-untyped-def]  # as RunLines.__getitem__
        drawn.append(index)
        return get(lines, index)

    def noting_thread(name: str) -> None:
        real = getattr(Ledger, name)

        def call(*args: Any, **more: Any) -> Any:
            if threading.current_thread() is threading.main_thread():
                in_the_loop.append(name)
            return real(*args, **more)

        monkeypatch.setattr(Ledger, name, call)

    monkeypatch.setattr(audit_trail, "searched", noting_search)
    monkeypatch.setattr(RunLines, "__getitem__", noting_line)
    for name in ("head", "runs", "events", "plan", "verify"):
        noting_thread(name)
    source = FakeSource([host_state("web1")], ledger_path=path)
    async with console(source, size=(160, 50)) as (app, pilot):
        await pilot.press("a")
        screen = app.screen
        assert isinstance(screen, AuditScreen)
        await until(pilot, lambda: screen.rows)
        await until(pilot, lambda: len(screen.rows) == RUNS, "all runs are listed")
        await until_shown(pilot, "chain intact, 100,000 events")
        bar = screen.query_one(FilterBar)
        for text, left in (("host:host0500", 13), ("verdict:undone", RUNS // 6)):
            bar.put(text)
            await until(pilot, lambda left=left: len(screen.rows) == left, text)  # type: ignore[misc]  # bound now
        assert looked_at == [], "that is asked of the ledger"
        async with Heart(looked_at) as heart:
            bar.put("run00[0-4].*undone")
            await until(pilot, lambda: len(looked_at) == RUNS and len(screen.rows) < 900)
        assert 0 < max(heart.turns) <= SLICE_RUNS
        bar.put("")
        await until(pilot, lambda: len(screen.rows) == RUNS)
        await pilot.press("G")
        await until_shown(pilot, "run000000")
        for _ in range(20):
            drawn.clear()
            screen.view.action_move(-1)
            screen._compositor.render_strips()
            assert len(drawn) <= 1, "lines that are on the screen are kept as they are drawn"
        screen.view.put_cursor(RUNS // 2)
        screen._compositor.render_strips()
        assert 0 < len(drawn) <= screen.view.size.height
        await pilot.press("enter")
        await until_shown(pilot, "what happened")
        assert "on host0" in screen_text(app)
    assert in_the_loop == [], "the ledger is read in other threads"
