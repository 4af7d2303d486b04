"""A ledger of an older opsconsole is taken on; one of a newer is left alone."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from ledger_room import EVENTS, entry

from opsconsole.data import ledger_store
from opsconsole.data.ledger import Ledger, LedgerError


def version_of(path: Path) -> int:
    connection = sqlite3.connect(path)
    try:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])
    finally:
        connection.close()


def _more(database: object) -> None:
    database.execute("ALTER TABLE plans ADD COLUMN note TEXT NOT NULL DEFAULT ''")  # type: ignore[attr-defined]


def test_a_new_ledger_is_of_this_version(path: Path) -> None:
    assert version_of(path) == len(ledger_store.MIGRATIONS)


def test_an_older_ledger_is_taken_on_and_stays_intact(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_store, "MIGRATIONS", (*ledger_store.MIGRATIONS, _more))
    with pytest.raises(LedgerError, match="of version 1, not 2"):
        Ledger.read(path)
    ledger = Ledger.open(path)
    assert version_of(path) == 2
    assert [event.seq for event in ledger.all_events()] == list(range(1, EVENTS + 1))
    ledger.append(entry("start", run_id="r3"))
    assert ledger.verify().intact


def test_a_migration_that_fails_changes_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(database: object) -> None:
        _more(database)
        raise sqlite3.OperationalError("no more")

    monkeypatch.setattr(ledger_store, "MIGRATIONS", (*ledger_store.MIGRATIONS, fails))
    with pytest.raises(LedgerError, match="no more"):
        Ledger.open(path)
    monkeypatch.undo()
    assert Ledger.open(path).verify().intact


def test_a_newer_ledger_is_left_alone(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    for opened in (Ledger.open, Ledger.read):
        with pytest.raises(LedgerError, match="newer opsconsole"):
            opened(path)
    assert version_of(path) == 99
