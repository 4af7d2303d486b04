"""Readings over time: remembered over a restart, thinned with age, and cheap to record."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from opsconsole.data.history import History
from opsconsole.data.history_pending import Pending
from opsconsole.data.history_store import MIGRATIONS, Chunk, Store
from tests.work import lines_run

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
NOW = datetime.min.replace(tzinfo=UTC)  # see `this_moment`


@pytest.fixture(autouse=True)
def this_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test its own `NOW`: a whole run of tests takes longer than raw readings are kept."""
    monkeypatch.setitem(globals(), "NOW", datetime.now(UTC).replace(microsecond=0))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "history.db"


@pytest.fixture
def opened(path: Path) -> Iterator[Callable[..., History]]:
    """Open histories that are closed at the end of the test."""
    made: list[History] = []

    def open_one(**options: Any) -> History:
        made.append(History.open(path, **options))
        return made[-1]

    yield open_one
    for history in made:
        history.close()


async def test_a_restart_does_not_forget(path: Path, opened: Callable[..., History]) -> None:
    first = opened()
    first.record("web1", NOW, {"cpu_percent": 12.5, "load_1": 0.5})
    first.record("web1", NOW + timedelta(seconds=2), {"cpu_percent": 13.5, "load_1": 0.75})
    first.record("db1", NOW, {"cpu_percent": 99.0})
    first.close()
    second = opened()
    assert await second.series("web1", "cpu_percent", NOW - MINUTE) == [
        (NOW, 12.5),
        (NOW + timedelta(seconds=2), 13.5),
    ]
    assert await second.series("web1", "load_1", NOW + timedelta(seconds=1)) == [
        (NOW + timedelta(seconds=2), 0.75)
    ]
    assert await second.series("web1", "cpu_percent", NOW - MINUTE, until=NOW + timedelta(seconds=1)) == [
        (NOW, 12.5)
    ]
    assert await second.series("web1", "nothing", NOW - MINUTE) == []
    assert await second.series("nobody", "cpu_percent", NOW - MINUTE) == []
    assert await second.recall("web1", NOW + timedelta(seconds=1)) == {
        "cpu_percent": [(NOW + timedelta(seconds=2), 13.5)],
        "load_1": [(NOW + timedelta(seconds=2), 0.75)],
    }
    assert await second.recall("nobody", NOW - MINUTE) == {}
    assert second.problem == ""
    assert second.dropped == 0


async def test_a_question_sees_what_was_recorded_before_it(opened: Callable[..., History]) -> None:
    history = opened(flush_seconds=3600)
    history.record("web1", NOW, {"load_1": 1.0})
    assert await history.series("web1", "load_1", NOW) == [(NOW, 1.0)]


async def test_the_file_is_the_owners_alone(path: Path, opened: Callable[..., History]) -> None:
    history = opened()
    history.record("web1", NOW, {"load_1": 1.0})
    await history.series("web1", "load_1", NOW)
    modes = {one.name: stat.S_IMODE(one.stat().st_mode) for one in path.parent.iterdir()}
    assert modes["history.db"] == 0o600
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_file_that_others_could_read_is_closed_to_them(path: Path) -> None:
    Store(path).close()
    path.chmod(0o644)
    Store(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_ids_given_in_a_failed_transaction_are_not_used_again(path: Path) -> None:
    store = Store(path)
    broken = Chunk("web1", ("a",), 0, cast(bytearray, object()))
    with pytest.raises(sqlite3.Error):
        store.write([broken], 0, 0)
    good = bytearray(b"\0\0\0\0\x80?")
    store.write([Chunk("db1", ("b",), 0, good)], 0, 0)
    store.write([Chunk("web1", ("a",), 0, good)], 0, 0)
    assert store.points("web1", "a", 0, 10) == [(0, 1.0)]
    assert store.points("db1", "b", 0, 10) == [(0, 1.0)]
    assert store.points("db1", "a", 0, 10) == []
    store.close()


async def test_after_an_hour_minutes_remain_and_after_thirty_days_nothing(
    path: Path, opened: Callable[..., History]
) -> None:
    history = opened(flush_seconds=0.01)
    old = NOW.replace(second=0) - timedelta(hours=2)
    for second in range(0, 120, 2):
        history.record("web1", old + timedelta(seconds=second), {"cpu_percent": float(second), "load_1": 1.0})
    history.record("web1", NOW - 31 * DAY, {"cpu_percent": 5.0})
    history.record("web1", NOW, {"cpu_percent": 7.0})
    expected = [(old, 29.0), (old + MINUTE, 89.0), (NOW, 7.0)]
    deadline = time.monotonic() + 60
    found: list[tuple[datetime, float]] = []
    while found != expected and time.monotonic() < deadline:
        found = await history.series("web1", "cpu_percent", NOW - 60 * DAY)
    assert found == expected
    history.close()
    store = Store(path)
    rows = store._connection.execute("SELECT COUNT(*) FROM raw").fetchone()[0]
    assert rows == 1
    store.close()


async def test_many_points_are_averaged_to_the_limit(opened: Callable[..., History]) -> None:
    history = opened()
    for second in range(100):
        history.record("web1", NOW + timedelta(seconds=second), {"load_1": float(second)})
    points = await history.series("web1", "load_1", NOW, limit=10)
    assert [value for _, value in points] == [4.5 + 10 * n for n in range(10)]
    assert NOW <= points[0][0] < points[-1][0] < NOW + timedelta(seconds=100)


async def test_other_values_at_other_times_and_time_that_goes_back(opened: Callable[..., History]) -> None:
    history = opened()
    history.record("web1", NOW, {"a": 1.0, "b": 2.0})
    history.record("web1", NOW + timedelta(seconds=2), {"b": 3.0, "c": 4.0})
    history.record("web1", NOW - timedelta(seconds=9), {"a": 0.5, "b": 1.5})
    history.record("web1", NOW, {})
    assert [value for _, value in await history.series("web1", "b", NOW - MINUTE)] == [1.5, 2.0, 3.0]
    assert [value for _, value in await history.series("web1", "c", NOW - MINUTE)] == [4.0]


async def test_two_consoles_write_the_same_file(path: Path, opened: Callable[..., History]) -> None:
    # A file that the other holds for longer than a quarter of a second is a problem to tell: not here.
    script = (
        "import sys; from datetime import datetime, timedelta; from pathlib import Path;"
        "from opsconsole.data import history, history_store; from opsconsole.data.history import History;"
        "history._CLOSE_SECONDS = history_store._BUSY_SECONDS = 50;"
        "h = History.open(Path(sys.argv[1]), flush_seconds=0.01); t = datetime.fromisoformat(sys.argv[2]);"
        "[h.record('web1', t + timedelta(milliseconds=20 * n + int(sys.argv[3])), {'x': float(n)})"
        " for n in range(2000)]; h.close(); sys.exit(h.problem or h.dropped)"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", script, str(path), NOW.isoformat(), str(n)]) for n in (0, 7)
    ]
    assert [one.wait(60) for one in writers] == [0, 0]
    points = await opened().series("web1", "x", NOW - MINUTE, limit=10_000)
    assert len(points) == 4000


async def test_recording_costs_the_caller_a_few_lines_whatever_waits(opened: Callable[..., History]) -> None:
    history = opened(open_after_seconds=3600)  # so that all of them wait
    values = {f"name_{n}": 1.0 for n in range(800)}
    ran = [lines_run(lambda: history.record("web1", NOW, values)) for _ in range(2000)]
    assert max(ran) <= 4
    assert [kept is values for _, _, kept in history._queue] == [True] * 2000  # nothing is copied or packed


def test_an_existing_file_needs_no_heavy_import(path: Path, opened: Callable[..., History]) -> None:
    opened().close()
    script = (
        "import sys; from pathlib import Path; from opsconsole.data.history import History;"
        "h = History.open(Path(sys.argv[1])); h.close(); sys.exit('sqlite_utils' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script, str(path)], check=False).returncode == 0


async def test_a_closed_history_takes_and_answers_nothing(opened: Callable[..., History]) -> None:
    history = opened()
    history.close()
    history.close()
    history.record("web1", NOW, {"load_1": 1.0})
    assert history.dropped == 1
    assert await history.series("web1", "load_1", NOW - MINUTE) == []
    history._closed = False  # as a question sees it that comes while the thread ends
    late = history.series("web1", "load_1", NOW - MINUTE)
    assert await asyncio.wait_for(late, 10) == []


def test_a_thousand_hosts_are_written_a_hundred_at_a_time() -> None:
    pending = Pending()
    start = NOW.replace(second=0)
    for host in range(1000):
        pending.add(f"host{host}", start, {"load_1": 1.0})
    first = pending.take(everything=False)
    assert len(first) == 100
    assert first[0].host == "host0"
    assert pending.take(everything=False)[0].host == "host100"
    assert len(pending.take(everything=True)) == 800


def test_a_file_of_an_older_version_is_brought_up(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(path)
    store.write([Chunk("web1", ("a",), 0, bytearray(b"\0\0\0\0\x80?"))], 0, 0)
    store.close()

    def version_2(database: Any) -> None:
        database.table("hosts").add_column("note", str)

    monkeypatch.setattr("opsconsole.data.history_store.MIGRATIONS", (*MIGRATIONS, version_2))
    again = Store(path)
    assert again.points("web1", "a", 0, 10) == [(0, 1.0)]
    columns = [row[1] for row in again._connection.execute("PRAGMA table_info(hosts)")]
    assert columns == ["id", "name", "note"]
    again.close()
