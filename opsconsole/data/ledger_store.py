"""The ledger's file: its tables, their versions, one transaction at a time, and its troubles in words."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
import uuid
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING

from opsconsole.data.ledger_anchor import empty_words, missing_words
from opsconsole.data.ledger_entry import LedgerError
from opsconsole.data.paths import is_absent
from opsconsole.data.transaction import Transaction

if TYPE_CHECKING:
    from sqlite_utils import Database

BUSY_SECONDS = 10.0
"""How long an append waits for another console's."""
TROUBLES = (sqlite3.Error, OSError, UnicodeError)
"""What using the file may raise; damaged text is found by decoding it."""
_APPLICATION_ID = 0x6F70636C  # "opcl"
_REFUSE = "SELECT RAISE(ABORT, 'the ledger is append-only')"
_TEXTS = (
    *("kind", "host", "address", "host_key", "run_id", "plan_id", "step", "recipe", "verdict", "reason"),
    *("incident", "local_user", "ssh_user", "key_fingerprint", "body", "previous", "hash"),
)


def _version_1(database: Database) -> None:
    database.create_table(
        "events",
        {"seq": int, "format": int, "at_us": int, **dict.fromkeys(_TEXTS, str)},
        pk="seq",
        not_null={"format", "at_us", *_TEXTS},
    )
    database.create_table(
        "plans",
        {"plan_id": str, "at_us": int, "document": str},
        pk="plan_id",
        not_null={"at_us", "document"},
    )
    database.create_table("ledger", {"id": str}, pk="id", not_null={"id"})
    database.table("ledger").insert({"id": uuid.uuid4().hex})
    # Partial: an intent, which is what an action waits for, touches one index only.
    for statement in (
        "CREATE INDEX events_by_run ON events (run_id, seq) WHERE run_id != ''",
        "CREATE INDEX events_opening ON events (seq) WHERE kind IN ('start', 'refused')",
        "CREATE INDEX events_acting ON events (run_id, seq) WHERE kind IN ('start', 'resumed', 'undo-asked')",
        "CREATE INDEX events_verdicts ON events (run_id, seq) WHERE kind = 'verdict'",
        "CREATE INDEX events_plans ON events (plan_id, seq) WHERE kind = 'plan'",
        # INSERT OR REPLACE would delete without asking the triggers below.
        "CREATE TRIGGER events_in_turn BEFORE INSERT ON events"
        " WHEN NEW.seq IS NOT (SELECT COALESCE(MAX(seq), 0) + 1 FROM events)"
        " BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: out of turn'); END",
        "CREATE TRIGGER plans_once BEFORE INSERT ON plans"
        " WHEN EXISTS (SELECT 1 FROM plans WHERE plan_id = NEW.plan_id)"
        " BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
        f"CREATE TRIGGER ledger_once BEFORE INSERT ON ledger BEGIN {_REFUSE}; END",
    ):
        database.execute(statement)
    for table in ("events", "plans", "ledger"):
        for deed in ("UPDATE", "DELETE"):
            database.execute(
                f"CREATE TRIGGER {table}_no_{deed.lower()} BEFORE {deed} ON {table} BEGIN {_REFUSE}; END"
            )


Migration = Callable[["Database"], None]
MIGRATIONS: tuple[Migration, ...] = (_version_1,)
"""Migration number N (from 1) takes a file of version N - 1 to version N. Only ever appended to.

A new column of `events` has a default and a new format in `ledger_chain`, which covers it.
"""


def expected_schema() -> Mapping[str, str]:
    """Return name -> SQL of every table, index and trigger that a ledger of this version has."""
    return _schema_after(MIGRATIONS)


@cache
def _schema_after(migrations: tuple[Migration, ...]) -> Mapping[str, str]:
    from sqlite_utils import Database

    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        database = Database(connection)
        for migration in migrations:
            migration(database)
        return schema_of(connection)
    finally:
        connection.close()


def schema_of(connection: sqlite3.Connection) -> dict[str, str]:
    """Return name -> SQL of everything in a database that has SQL."""
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    return {str(name): str(sql) for name, sql in rows}


class Store:
    """An open ledger file. Safe to be used by several threads: one transaction at a time.

    Attributes:
        path: The file.
        ledger_id: Random, made with the file.

    Raises:
        LedgerError: It cannot be opened, is locked, damaged, newer than we are, or its disk is full.
    """

    def __init__(self, path: Path, *, write: bool = True) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._write = write
        try:
            self.connection = _connect(path, write=write)
        except TROUBLES as error:
            raise explain(error, path) from error
        try:
            self._prepare()
            self.ledger_id = str(self.connection.execute("SELECT id FROM ledger").fetchone()[0])
            self._inode = path.stat().st_ino
        except (*TROUBLES, TypeError) as error:
            self.connection.close()
            raise explain(error, path) from error
        except BaseException:
            self.connection.close()
            raise

    def _prepare(self) -> None:
        connection = self.connection
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > len(MIGRATIONS):
            raise LedgerError(
                f"ledger {self.path} is of a newer opsconsole"
                f" (version {version}, this one knows {len(MIGRATIONS)}): left alone"
            )
        if not self._write:
            if version == 0 and not _tables(connection):
                raise LedgerError(empty_words(self.path))
            if version < len(MIGRATIONS):
                raise LedgerError(f"ledger {self.path} is of version {version}, not {len(MIGRATIONS)}")
            return
        mode = _write_ahead(connection)
        if mode != "wal":
            raise LedgerError(f"ledger {self.path} cannot have a write-ahead log (journal mode {mode})")
        connection.execute("PRAGMA synchronous = FULL")
        if version < len(MIGRATIONS):
            self._migrate()

    def _migrate(self) -> None:
        from sqlite_utils import Database  # 0.1 s to import, wanted once in the life of a file

        with self.transaction():
            version = self.connection.execute("PRAGMA user_version").fetchone()[0]
            if version == 0 and _tables(self.connection):
                raise LedgerError(f"{self.path} is a database, but not a ledger: left alone")
            for migration in MIGRATIONS[version:]:
                migration(Database(self.connection))
            self.connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            self.connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")

    def transaction(self) -> Transaction:
        """Return a context in which this thread alone writes: all of it or nothing, durable at its end."""
        return Transaction(self.connection, self._lock)

    def reading(self) -> threading.RLock:
        """Return the lock that a thread holds while it reads with `connection`."""
        return self._lock

    def ensure_there(self) -> os.stat_result:
        """See that the file is still the one that was opened, and return what it is like now.

        An open file could be read for long after somebody took it away: what is read then is of the past.

        Raises:
            LedgerError: It is not.
        """
        try:
            found = os.stat(self.path)
        except OSError as error:
            raise LedgerError(f"ledger {self.path} is gone: {error.strerror}") from error
        if found.st_ino != self._inode:
            raise LedgerError(f"ledger {self.path} was replaced by another file while it was in use")
        return found

    def ensure_writable(self) -> None:
        """See that the file is still the one that was opened, and may be written.

        An open file could be written for long after somebody took it away or forbade it: what is written
        then is lost, or against somebody's will.

        Raises:
            LedgerError: It is not.
        """
        if not self._write:
            raise LedgerError(f"ledger {self.path} was opened for reading only")
        found = self.ensure_there()
        if not found.st_mode & stat.S_IWUSR:
            raise LedgerError(f"ledger {self.path} was made read-only (mode {found.st_mode & 0o777:04o})")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self.connection.close()


def _tables(connection: sqlite3.Connection) -> int:
    """Return how many tables and the like there are; none: nobody has made a ledger of the file yet."""
    return int(connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()[0])


def _write_ahead(connection: sqlite3.Connection) -> str:
    """Give the file a write-ahead log, and return the journal mode that it has then.

    SQLite reads the file before it changes the mode, and a reader that wants to write while another does is
    refused at once, whatever its timeout, lest both wait for each other. So two consoles that make one
    ledger at the same moment have to ask again.
    """
    until = monotonic() + BUSY_SECONDS
    while True:
        try:
            return str(connection.execute("PRAGMA journal_mode = WAL").fetchone()[0])
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or monotonic() > until:
                raise
            sleep(0.01)


def _connect(path: Path, *, write: bool) -> sqlite3.Connection:
    if not write:
        if is_absent(path):
            raise LedgerError(missing_words(path))
        path.stat()  # says why it cannot be looked at; SQLite would not
        mode = "ro"
    else:
        mode = "rw"
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _make(path)
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )


def _make(path: Path) -> None:
    """Make the file with mode 0600, or see that it has it.

    One that is there is not opened: closing it would drop the locks that SQLite holds for this process.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        if path.stat().st_mode & 0o077:
            path.chmod(path.stat().st_mode & 0o700)


_DAMAGED = "ledger {path} is damaged: `opsconsole audit verify` says more"
_WORDS = {
    sqlite3.SQLITE_BUSY: "ledger {path} is locked by another program",
    sqlite3.SQLITE_LOCKED: "ledger {path} is locked by another program",
    sqlite3.SQLITE_FULL: "the disk of the ledger {path} is full",
    sqlite3.SQLITE_IOERR: "ledger {path} cannot be written: the disk, or a limit on files, refuses it",
    sqlite3.SQLITE_READONLY: "ledger {path} is read-only",
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: "ledger {path} is damaged: it is not a database any more",
}


def damaged(path: Path) -> str:
    """Return what is to be said of a ledger that holds what was never written."""
    return _DAMAGED.format(path=path)


def explain(error: Exception, path: Path) -> LedgerError:
    """Return the error for a person that stands for one of SQLite or the file system."""
    if isinstance(error, LedgerError):
        return error
    code = getattr(error, "sqlite_errorcode", None)
    words = _WORDS.get(code & 0xFF) if code is not None else None
    if words:
        return LedgerError(words.format(path=path))
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return LedgerError(f"ledger {path} cannot be used: {reason}")
