"""What cannot be written is said so, clearly, and what was written stays."""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_room import EVENTS, copied, entry, tampering

from opsconsole.data import ledger_store
from opsconsole.data.ledger import Ledger, LedgerError
from opsconsole.data.ledger_anchor import anchors_path, last_heads
from opsconsole.data.ledger_query import EVENT_COLUMNS

# On a disk of 300 KiB, full in earnest.
_FULL_DISK = """
import sys
from pathlib import Path
from opsconsole.data.ledger import Entry, Ledger, LedgerError
path = Path(sys.argv[1]) / "ledger.db"
ledger = Ledger.open(path)
written = 0
try:
    while written < 10_000:
        ledger.append(Entry(kind="intent", run_id="r", body={"stdout": "x" * 3000}))
        written += 1
except LedgerError as error:
    print(error)
head = ledger.head()[0]
print(written, head, ledger.verify().intact or ledger.verify().problems)
"""


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Let nobody write beyond so many bytes of a file: Python ignores the signal and gets an error."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_told_and_nothing_that_was_written_is_lost(path: Path) -> None:
    ledger = Ledger.open(path)
    ledger.append(entry("start", run_id="r3"))
    wal = path.with_name("ledger.db-wal")
    with files_of_at_most(wal.stat().st_size + 20_000), pytest.raises(LedgerError) as caught:
        write_until_it_fails(ledger)
    assert str(path) in str(caught.value)
    assert "refuses it" in str(caught.value)
    assert ledger.verify().intact
    after = ledger.append(entry("outcome", run_id="r3"))  # There is room again.
    assert ledger.head() == (after.seq, after.hash)
    assert ledger.verify().intact


def test_an_anchor_that_a_full_disk_tore_does_not_spoil_the_next(path: Path) -> None:
    ledger = Ledger.open(path)
    ledger.append(entry("start", run_id="r3"))
    anchors = anchors_path(path)
    size = anchors.stat().st_size
    # Room for a part of the line, and none for the line feed that would end that.
    with files_of_at_most(size + 50), pytest.raises(LedgerError, match="only 50 of"):
        ledger.sign_head(None)
    assert anchors.stat().st_size == size + 50
    with files_of_at_most(size + 50), pytest.raises(LedgerError, match="anchors"):
        ledger.sign_head(None)
    last = ledger.append(entry("outcome", run_id="r3"))  # There is room again.
    newest, _ = last_heads(anchors)
    assert newest is not None
    assert newest.seq == last.seq
    assert ledger.verify().intact


def write_until_it_fails(ledger: Ledger) -> None:
    for _ in range(1000):
        ledger.append(entry("intent", run_id="r3", body={"stdout": "x" * 3000}))


def on_a_small_disk(folder: Path, *privilege: str) -> subprocess.CompletedProcess[str]:
    script = f"mount -t tmpfs -o size=300k tmpfs {folder} && exec {sys.executable} -c '{_FULL_DISK}' {folder}"
    return subprocess.run([*privilege, "sh", "-c", script], capture_output=True, text=True, check=False)


def test_a_disk_without_room_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    folder.mkdir()
    done = on_a_small_disk(folder, "unshare", "-m" if os.getuid() == 0 else "-rm")
    if done.returncode == 0:
        words, figures = done.stdout.splitlines()
        assert "is full" in words
        written, head, intact = figures.split()
        assert written == head
        assert int(written) > 5
        assert intact == "True"
    else:  # Nobody may mount here: a file that may not grow is SQLite's same error.
        ledger = Ledger.open(folder / "ledger.db")
        ledger._store.connection.execute("PRAGMA max_page_count = 40")
        with pytest.raises(LedgerError, match="is full"):
            write_until_it_fails(ledger)
        assert ledger.verify().intact


def test_made_read_only_while_it_is_used(path: Path) -> None:
    ledger = Ledger.open(path)
    path.chmod(0o400)
    with pytest.raises(LedgerError, match="was made read-only"):
        ledger.append(entry("start"))
    path.chmod(0o600)
    assert ledger.append(entry("start")).seq == EVENTS + 1


def test_a_read_only_disk_is_told(path: Path) -> None:
    ledger = Ledger.open(path)
    ledger._store.connection.execute("PRAGMA query_only = ON")  # SQLite's own error for it
    with pytest.raises(LedgerError, match="is read-only"):
        ledger.append(entry("start"))


def test_taken_away_or_replaced_while_it_is_used(path: Path) -> None:
    ledger = Ledger.open(path)
    kept = path.rename(path.with_name("elsewhere.db"))
    with pytest.raises(LedgerError, match="is gone"):
        ledger.append(entry("start"))
    path.write_bytes(kept.read_bytes())
    with pytest.raises(LedgerError, match="was replaced"):
        ledger.append(entry("start"))


def test_locked_by_another_program(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_store, "BUSY_SECONDS", 0.05)
    ledger = Ledger.open(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LedgerError, match="locked by another program"):
        ledger.append(entry("start"))
    other.execute("ROLLBACK")
    assert ledger.append(entry("start")).seq == EVENTS + 1
    other.close()


def test_made_while_another_console_makes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite refuses a second change of the journal mode at once, whatever the timeout: it is asked again."""
    path = tmp_path / "ledger.db"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            other.execute("ROLLBACK")

    monkeypatch.setattr(ledger_store, "sleep", wait)
    assert Ledger.open(path).append(entry("start")).seq == 1
    assert len(waits) == 3
    other.close()


def test_anchors_that_cannot_be_written_do_not_lose_the_event(path: Path) -> None:
    ledger = Ledger.open(path)
    anchors = anchors_path(path)
    kept = anchors.rename(anchors.with_name("kept"))
    anchors.mkdir()
    head = ledger.append(entry("start", run_id="r3"))
    assert [(event.seq, event.hash) for event in ledger.events("r3")] == [(head.seq, head.hash)]
    assert str(anchors) in ledger.problem
    anchors.rmdir()
    kept.rename(anchors)
    ledger.append(entry("verdict", run_id="r3", verdict="done"))
    assert ledger.problem == ""
    assert ledger.verify().intact


@pytest.mark.parametrize(
    "content", [b"not a database, whatever it may be called" * 100, b"SQLite format 3\0" + b"\xff" * 4080]
)
def test_what_is_no_ledger_is_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(content)
    with pytest.raises(LedgerError, match=str(path)):
        Ledger.open(path)
    assert path.read_bytes() == content


def test_a_database_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE events (x)")
    connection.commit()
    connection.close()
    with pytest.raises(LedgerError, match="not a ledger"):
        Ledger.open(path)
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("events",)]


def test_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").mkdir()
    with pytest.raises(LedgerError, match=r"ledger\.db"):
        Ledger.open(tmp_path / "ledger.db")


@given(
    column=st.sampled_from(EVENT_COLUMNS),
    value=st.one_of(
        st.binary(max_size=8), st.text(max_size=8), st.floats(), st.integers(-(2**63), 2**63 - 1)
    ),
)
def test_whatever_stands_in_a_row_it_is_read_or_said_to_be_damaged(
    original: Path, column: str, value: object
) -> None:
    """SQLite keeps anything in any column; a reader gets what was written there, or is told."""
    with tempfile.TemporaryDirectory() as folder:
        path = copied(original, Path(folder))
        with suppress(sqlite3.IntegrityError), tampering(path) as connection:
            connection.execute(f"UPDATE events SET {column} = ? WHERE seq = 2", (value,))  # noqa: S608
        ledger = Ledger.read(path)
        for question in (ledger.runs, lambda: ledger.events("r1"), ledger.all_events):
            with suppress(LedgerError):
                for found in question():
                    assert {type(found.host), type(found.reason)} == {str}
                    assert {type(found.operator.local_user), type(found.recipe)} == {str}
        ledger.close()
