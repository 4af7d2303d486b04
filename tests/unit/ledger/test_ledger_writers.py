"""Several consoles, and several threads of one, write at once: every event has its place."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from ledger_room import EVENTS, entry

from opsconsole.data.ledger import Ledger, LedgerError

_WRITER = """
import sys
from pathlib import Path
from opsconsole.data.ledger import Entry, Ledger
ledger = Ledger.open(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[3])):
    ledger.append(Entry(kind="intent", run_id=sys.argv[2], body={"number": number}))
"""
_KILLED = """
import sys
from pathlib import Path
from opsconsole.data.ledger import Entry, Ledger
ledger = Ledger.open(Path(sys.argv[1]))
for number in range(100_000):
    print(ledger.append(Entry(kind="intent", run_id="killed")).seq, flush=True)
"""
EACH = 60


def writer(script: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def test_two_consoles_make_and_write_one_ledger_at_once(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    writers = [writer(_WRITER, str(path), name, str(EACH)) for name in ("a", "b")]
    for one in writers:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    for one in writers:
        one.communicate("go\n", timeout=60)
        assert one.returncode == 0
    ledger = Ledger.read(path)
    for name in ("a", "b"):
        assert [event.body["number"] for event in ledger.events(name)] == list(range(EACH))
    found = ledger.verify()
    assert (found.intact, found.events) == (True, 2 * EACH)


def test_threads_of_one_console(path: Path) -> None:
    ledger = Ledger.open(path)
    with ThreadPoolExecutor(4) as pool:
        events = list(pool.map(lambda number: ledger.append(entry("intent", run_id=f"t{number}")), range(40)))
    assert sorted(event.seq for event in events) == list(range(EVENTS + 1, EVENTS + 41))
    assert ledger.verify().intact


def test_whoever_wrote_meanwhile_comes_first(path: Path) -> None:
    """Each goes on from its own last event without looking, and finds that it is not the last any more."""
    one, other = Ledger.open(path), Ledger.open(path)
    heads = [ledger.append(entry("intent")) for ledger in (one, one, other, one, other, other, one)]
    events = one.all_events(after_seq=EVENTS)
    assert [(head.seq, head.hash) for head in heads] == [(event.seq, event.hash) for event in events]
    assert [event.seq for event in events] == list(range(EVENTS + 1, EVENTS + 8))
    assert [event.previous for event in events[1:]] == [event.hash for event in events[:-1]]
    assert sorted(events, key=lambda event: event.at) == events
    assert one.verify().intact


def test_an_event_that_was_refused_is_not_gone_on_from(path: Path) -> None:
    ledger = Ledger.open(path)
    first = ledger.append(entry("intent"))
    ledger._store.connection.execute("PRAGMA query_only = ON")
    with pytest.raises(LedgerError, match="read-only"):
        ledger.append(entry("intent"))
    ledger._store.connection.execute("PRAGMA query_only = OFF")
    ledger.append(entry("intent"))
    second = ledger.all_events()[-1]
    assert (second.seq, second.previous) == (first.seq + 1, first.hash)
    assert ledger.verify().intact


def test_a_killed_console_leaves_all_that_it_had_appended(path: Path) -> None:
    one = writer(_KILLED, str(path))
    assert one.stdout is not None
    told = [int(one.stdout.readline()) for _ in range(20)]
    one.kill()
    told += [int(line) for line in one.communicate(timeout=60)[0].splitlines() if line.isdigit()]
    ledger = Ledger.open(path)
    assert ledger.head()[0] in {told[-1], told[-1] + 1}, "one more may be durable that was not told yet"
    assert ledger.verify().intact


def test_two_ledgers_of_one_process_do_not_lose_each_others_locks(path: Path) -> None:
    first = Ledger.open(path)
    with first._store.transaction():
        second = Ledger.open(path)
        done = subprocess.run(
            [sys.executable, "-c", _TRY, str(path)], capture_output=True, text=True, check=True, timeout=60
        )
        assert done.stdout == "database is locked\n"
    second.append(entry("start"))
    assert first.verify().intact


_TRY = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None)
try:
    connection.execute("BEGIN IMMEDIATE")
    print("taken")
except sqlite3.OperationalError as error:
    print(error)
"""
