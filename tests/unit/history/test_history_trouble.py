"""A history file that is damaged, locked, on a full disk, unwritable or too new: the console runs on."""

from __future__ import annotations

import logging
import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from opsconsole.data import history_pending
from opsconsole.data.history import History
from opsconsole.data.history_store import Store

NOW = datetime.min.replace(tzinfo=UTC)  # see `this_moment`


@pytest.fixture(autouse=True)
def this_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test its own `NOW`: a whole run of tests takes longer than raw readings are kept."""
    monkeypatch.setitem(globals(), "NOW", datetime.now(UTC).replace(microsecond=0))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.db"


@pytest.fixture
def told() -> list[str]:
    """What was said of problems."""
    return []


@pytest.fixture
def opened(path: Path, told: list[str]) -> Iterator[Callable[[], History]]:
    made: list[History] = []

    def open_one() -> History:
        made.append(History.open(path, told.append, flush_seconds=0.02, retry_seconds=0.05))
        return made[-1]

    yield open_one
    for history in made:
        history.close()


def make(path: Path) -> None:
    store = Store(path)
    store.close()


async def test_a_damaged_file_is_kept_and_a_new_one_begun(
    path: Path, told: list[str], opened: Callable[[], History]
) -> None:
    path.write_bytes(b"this is no database, " * 500)
    history = opened()
    history.record("web1", NOW, {"load_1": 1.0})
    assert await history.series("web1", "load_1", NOW) == [(NOW, 1.0)]
    [copy] = path.parent.glob("history.db.corrupt-*")
    assert re.fullmatch(r"history\.db\.corrupt-\d{8}T\d{6}Z", copy.name)
    assert copy.read_bytes() == b"this is no database, " * 500
    expected = f"history {path} was damaged: it is kept as {copy.name} and a new one was begun"
    assert told == [expected]
    assert history.problem == expected


async def test_damage_that_comes_while_it_is_open(
    path: Path, told: list[str], opened: Callable[[], History], eventually: Any
) -> None:
    make(path)
    history = opened()
    history.record("web1", NOW, {"load_1": 1.0})
    assert await history.series("web1", "load_1", NOW) == [(NOW, 1.0)]
    with sqlite3.connect(path) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    other.close()
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))

    def damaged() -> bool:
        history.record("web1", NOW, {f"new_{len(told)}_{os.urandom(3).hex()}": 1.0})
        return bool(told)

    await eventually(damaged)
    assert "was damaged: it is kept as history.db.corrupt-" in told[0]
    history.record("web1", NOW, {"after": 2.0})
    await eventually(lambda: history._store is not None)
    assert await history.series("web1", "after", NOW) == [(NOW, 2.0)]


async def test_a_locked_file_is_told_and_written_later(
    path: Path, told: list[str], opened: Callable[[], History], eventually: Any
) -> None:
    make(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    history = opened()
    history.record("web1", NOW, {"load_1": 1.0})
    await eventually(lambda: history.problem)
    expected = f"history {path} is locked by another program: not written for now, trying again"
    assert history.problem == expected
    assert told == [expected]
    other.execute("ROLLBACK")
    other.close()
    await eventually(lambda: not history.problem)
    assert await history.series("web1", "load_1", NOW) == [(NOW, 1.0)]
    assert history.dropped == 0


async def test_a_full_disk_is_told_and_tried_again(
    path: Path,
    told: list[str],
    opened: Callable[[], History],
    eventually: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make(path)
    full = {"is": True}
    prepare = Store._prepare

    def prepare_without_room(store: Store) -> None:
        prepare(store)
        pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
        store._connection.execute(f"PRAGMA max_page_count = {pages if full['is'] else 1 << 30}")

    monkeypatch.setattr(Store, "_prepare", prepare_without_room)
    history = opened()
    for number in range(3000):
        history.record(f"host{number}", NOW, {"load_1": float(number)})
    await eventually(lambda: history.problem)
    expected = f"the disk of the history {path} is full: not written for now, trying again"
    assert history.problem == expected
    assert told == [expected]
    full["is"] = False
    await eventually(lambda: not history.problem)
    assert await history.series("host2999", "load_1", NOW) == [(NOW, 2999.0)]
    assert history.dropped == 0


async def test_a_folder_that_cannot_be_made(tmp_path: Path, told: list[str], eventually: Any) -> None:
    (tmp_path / "file").write_text("")
    history = History.open(tmp_path / "file" / "history.db", told.append, flush_seconds=0.02)
    await eventually(lambda: told)
    assert "cannot be written (" in told[0]
    assert await history.series("web1", "load_1", NOW) == []
    history.close()


async def test_a_file_of_a_newer_version_is_left_alone(
    path: Path, told: list[str], opened: Callable[[], History], eventually: Any
) -> None:
    make(path)
    other = sqlite3.connect(path)
    other.execute("PRAGMA user_version = 99")
    other.close()
    before = path.read_bytes()
    history = opened()
    history.record("web1", NOW, {"load_1": 1.0})
    await eventually(lambda: history.problem)
    assert history.problem == (
        f"history {path} is of a newer opsconsole (version 99, this opsconsole knows 1):"
        " left alone, nothing is kept"
    )
    history.close()
    assert path.read_bytes() == before


async def test_what_waits_is_bounded_and_what_is_dropped_is_counted(
    path: Path, opened: Callable[[], History], eventually: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_pending, "LARGEST_BYTES", 600)
    make(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    history = opened()
    for number in range(500):
        history.record(f"host{number}", NOW, {"load_1": 1.0})
    await eventually(lambda: history.dropped >= 400)
    other.execute("ROLLBACK")
    other.close()
    await eventually(lambda: not history.problem)
    kept = [number for number in range(500) if await history.recall(f"host{number}", NOW)]
    assert len(kept) == 500 - history.dropped


async def test_a_fault_in_the_writer_is_told_and_leaves_nobody_waiting(
    told: list[str], opened: Callable[[], History], eventually: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    history = opened()
    history.record("web1", NOW, {"load_1": "no number"})  # type: ignore[dict-item] - the fault
    await eventually(lambda: told)
    assert "the history stopped" in history.problem
    assert await history.series("web1", "load_1", NOW) == []
    history.record("web1", NOW, {"load_1": 1.0})
    assert history.dropped == 1
