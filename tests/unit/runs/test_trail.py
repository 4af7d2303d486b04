"""Who looks at the ledger sees the file that is there now, not one that was taken away meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from opsconsole.console.trail import Trail
from opsconsole.data.ledger import Entry, Ledger, LedgerError, Operator, RunQuery


def written(path: Path, run_id: str) -> None:
    """Make a ledger with one run in it."""
    ledger = Ledger.open(path)
    ledger.append(
        Entry(kind="start", host="web1", run_id=run_id, plan_id="p", recipe="demo", operator=Operator.local())
    )
    ledger.close()


def take_away(path: Path) -> None:
    for one in path.parent.iterdir():
        one.unlink()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "ledger" / "ledger.sqlite"
    written(made, "first")
    return made


@pytest.fixture
async def trail(path: Path) -> AsyncIterator[Trail]:
    made = Trail(path, lambda words: None)
    yield made
    await made.close()


async def runs(trail: Trail) -> list[str]:
    return [row.run_id for row in await trail.rows(RunQuery(), 10)]


async def test_another_ledger_in_its_place_is_read_from_then_on(trail: Trail, path: Path) -> None:
    before = await trail.look()
    assert await runs(trail) == ["first"]
    assert await trail.look() is before
    take_away(path)
    written(path, "second")
    assert await runs(trail) == ["second"]
    assert [row.run_id for row in before.runs()] == ["first"]  # who was reading there goes on


async def test_a_ledger_that_is_gone_is_told(trail: Trail, path: Path) -> None:
    await trail.look()
    path.unlink()
    with pytest.raises(LedgerError, match="is gone"):
        await runs(trail)


@pytest.mark.parametrize("replaced", [False, True])
async def test_so_is_the_one_that_is_written_to(trail: Trail, path: Path, replaced: bool) -> None:
    assert await trail.look() is not await trail.ledger()
    take_away(path)
    if replaced:
        written(path, "second")
    with pytest.raises(LedgerError, match="replaced by another" if replaced else "is gone"):
        await trail.look()
