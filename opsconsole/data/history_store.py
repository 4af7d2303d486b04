"""The history file: its tables, their versions, and what is asked of them. One thread uses a store."""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Callable, Iterable
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from opsconsole.data.history_codec import pack_minute, unpack_minute, unpack_samples
from opsconsole.data.transaction import Transaction

if TYPE_CHECKING:
    from sqlite_utils import Database

RAW_SECONDS = 3600
MINUTES_SECONDS = 30 * 86_400
_MINUTE_MS = 60_000
_BUSY_SECONDS = 0.25  # Longer waits are the writer's: it keeps the samples and tries again.

Point = tuple[int, float]  # (UTC milliseconds, value)


class Chunk(NamedTuple):
    """Samples of one host, of one set of names, within one minute; see `history_codec`."""

    host: str
    names: tuple[str, ...]
    at_ms: int
    samples: bytearray


class NewerVersionError(Exception):
    """The file was written by a newer opsconsole: it must not be touched."""


def _version_1(database: Database) -> None:
    database.create_table("hosts", {"id": int, "name": str}, pk="id", not_null={"name"}, if_not_exists=True)
    database.table("hosts").create_index(["name"], unique=True, if_not_exists=True)
    # `names` are the value names of a row's samples, in order, joined by newlines.
    database.create_table(
        "shapes", {"id": int, "names": str}, pk="id", not_null={"names"}, if_not_exists=True
    )
    database.table("shapes").create_index(["names"], unique=True, if_not_exists=True)
    # WITHOUT ROWID keeps a host's rows beside each other and needs no second index. `writer` tells two
    # consoles apart that record the same host.
    database.execute(
        "CREATE TABLE IF NOT EXISTS raw (host_id INTEGER, at_ms INTEGER, shape_id INTEGER, writer INTEGER,"
        " samples BLOB NOT NULL, PRIMARY KEY (host_id, at_ms, shape_id, writer)) WITHOUT ROWID"
    )
    database.execute(
        "CREATE TABLE IF NOT EXISTS minutes (host_id INTEGER, at_ms INTEGER, shape_id INTEGER,"
        " summary BLOB NOT NULL, PRIMARY KEY (host_id, at_ms, shape_id)) WITHOUT ROWID"
    )


MIGRATIONS: tuple[Callable[[Database], None], ...] = (_version_1,)
"""Migration number N (from 1) takes a file of version N - 1 to version N. Only ever appended to."""


class Store:
    """An open history file.

    Raises:
        sqlite3.Error: The file cannot be opened, is locked, damaged, or its disk is full.
        OSError: Its folder cannot be made.
        NewerVersionError: It is of a newer opsconsole.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if path.exists():
            path.chmod(0o600)
        else:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        self._connection = sqlite3.connect(
            path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            self._prepare()
        except BaseException:
            self._connection.close()
            raise
        self.inode = path.stat().st_ino
        self._writer = secrets.randbits(31)
        self._host_ids: dict[str, int] = {}
        self._shape_ids: dict[tuple[str, ...], int] = {}
        self._rolled_up_to = 0  # Hosts are rolled up in turn: the id of the last one.

    def _prepare(self) -> None:
        connection = self._connection
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > len(MIGRATIONS):
            raise NewerVersionError(f"version {version}, this opsconsole knows {len(MIGRATIONS)}")
        if version == 0:
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        if version < len(MIGRATIONS):
            self._migrate()
        connection.execute("SELECT COUNT(*) FROM hosts").fetchone()

    def _migrate(self) -> None:
        from sqlite_utils import Database  # 0.1 s to import, wanted once in the life of a file

        with Transaction(self._connection):
            version = self._connection.execute("PRAGMA user_version").fetchone()[0]
            for migration in MIGRATIONS[version:]:
                migration(Database(self._connection))
            self._connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def write(self, chunks: Iterable[Chunk], now_ms: int, roll_up_hosts: int) -> None:
        """Add chunks and roll up the next few hosts, in one transaction: all of it or nothing."""
        try:
            with Transaction(self._connection):
                rows = [
                    (self._host_id(one.host), one.at_ms, self._shape_id(one.names), self._writer, one.samples)
                    for one in chunks
                ]
                self._connection.executemany("INSERT OR IGNORE INTO raw VALUES (?, ?, ?, ?, ?)", rows)
                if roll_up_hosts:
                    self._roll_up(now_ms, roll_up_hosts)
        except sqlite3.Error:
            self._host_ids.clear()  # Ids given in a transaction that was rolled back do not exist.
            self._shape_ids.clear()
            raise

    def shrink(self) -> None:
        """Give some free pages back to the disk."""
        self._connection.execute("PRAGMA incremental_vacuum(1000)").fetchall()

    def _host_id(self, host: str) -> int:
        found = self._host_ids.get(host)
        if found is None:
            found = self._host_ids[host] = self._id_of("hosts", "name", host)
        return found

    def _shape_id(self, names: tuple[str, ...]) -> int:
        found = self._shape_ids.get(names)
        if found is None:
            found = self._shape_ids[names] = self._id_of("shapes", "names", "\n".join(names))
        return found

    def _id_of(self, table: str, column: str, value: str) -> int:
        # Table and column are the two constants above, never data.
        self._connection.execute(f"INSERT OR IGNORE INTO {table} ({column}) VALUES (?)", (value,))  # noqa: S608
        query = f"SELECT id FROM {table} WHERE {column} = ?"  # noqa: S608 - as above
        found: int = self._connection.execute(query, (value,)).fetchone()[0]
        return found

    def _roll_up(self, now_ms: int, hosts: int) -> None:
        """Turn raw rows older than an hour into minutes, and drop minutes older than 30 days."""
        query = "SELECT id FROM hosts WHERE id > ? ORDER BY id LIMIT ?"
        ids = [row[0] for row in self._connection.execute(query, (self._rolled_up_to, hosts))]
        self._rolled_up_to = ids[-1] if ids else 0
        cut = (now_ms - RAW_SECONDS * 1000) // _MINUTE_MS * _MINUTE_MS
        for host_id in ids:
            self._roll_up_host(host_id, cut)
            self._connection.execute(
                "DELETE FROM minutes WHERE host_id = ? AND at_ms < ?",
                (host_id, now_ms - MINUTES_SECONDS * 1000),
            )

    def _roll_up_host(self, host_id: int, cut: int) -> None:
        sizes = self._shape_sizes()
        minutes: dict[tuple[int, int], list[tuple[float, ...]]] = {}
        query = "SELECT at_ms, shape_id, samples FROM raw WHERE host_id = ? AND at_ms < ?"
        for at_ms, shape_id, blob in self._connection.execute(query, (host_id, cut)):
            if shape_id in sizes:
                minute = (at_ms // _MINUTE_MS * _MINUTE_MS, shape_id)
                minutes.setdefault(minute, []).extend(unpack_samples(blob, sizes[shape_id]))
        if not minutes:
            return
        rows = [(host_id, at, shape, pack_minute(found)) for (at, shape), found in minutes.items() if found]
        self._connection.executemany("INSERT OR IGNORE INTO minutes VALUES (?, ?, ?, ?)", rows)
        self._connection.execute("DELETE FROM raw WHERE host_id = ? AND at_ms < ?", (host_id, cut))

    def _shape_sizes(self) -> dict[int, int]:
        shapes = self._connection.execute("SELECT id, names FROM shapes")
        return {shape_id: names.count("\n") + 1 for shape_id, names in shapes}

    def points(self, host: str, name: str, since_ms: int, until_ms: int) -> list[Point]:
        """Return a value's points, oldest first: minutes' means where it is old, else raw."""
        row = self._connection.execute("SELECT id FROM hosts WHERE name = ?", (host,)).fetchone()
        if row is None:
            return []
        return self._points(row[0], self._places([name]), since_ms, until_ms).get(name, [])

    def recall(self, host: str, since_ms: int) -> dict[str, list[Point]]:
        """Return all of a host's points since then, by value name, oldest first."""
        row = self._connection.execute("SELECT id FROM hosts WHERE name = ?", (host,)).fetchone()
        return {} if row is None else self._points(row[0], self._places(None), since_ms, 1 << 62)

    def _places(self, wanted: Iterable[str] | None) -> dict[int, tuple[int, dict[str, int]]]:
        """Return by shape id how many names it has, and where in it the wanted ones (None: all) are."""
        chosen = None if wanted is None else set(wanted)
        found = {}
        for shape_id, text in self._connection.execute("SELECT id, names FROM shapes"):
            shape = text.split("\n")
            places = {name: place for place, name in enumerate(shape) if chosen is None or name in chosen}
            if places:
                found[shape_id] = (len(shape), places)
        return found

    def _points(
        self, host_id: int, places: dict[int, tuple[int, dict[str, int]]], since_ms: int, until_ms: int
    ) -> dict[str, list[Point]]:
        found: dict[str, list[Point]] = {}
        where = "WHERE host_id = ? AND at_ms >= ? AND at_ms < ?"
        # A raw row starts up to a minute before its last sample.
        window = (host_id, since_ms - _MINUTE_MS, until_ms)
        minutes = self._connection.execute(f"SELECT at_ms, shape_id, summary FROM minutes {where}", window)  # noqa: S608 - constant
        for at_ms, shape_id, blob in minutes:
            if shape_id in places and at_ms >= since_ms:
                size, wanted = places[shape_id]
                summary = unpack_minute(blob, size)
                for name, place in wanted.items():
                    found.setdefault(name, []).append((at_ms, summary[1 + 3 * place]))
        raw = self._connection.execute(f"SELECT at_ms, shape_id, samples FROM raw {where}", window)  # noqa: S608 - constant
        for at_ms, shape_id, blob in raw:
            if shape_id in places:
                size, wanted = places[shape_id]
                samples = [(at_ms + int(one[0]), one) for one in unpack_samples(blob, size)]
                for name, place in wanted.items():
                    found.setdefault(name, []).extend(
                        (at, one[1 + place]) for at, one in samples if since_ms <= at < until_ms
                    )
        known = {name: sorted(one for one in points if not isnan(one[1])) for name, points in found.items()}
        return {name: points for name, points in known.items() if points}
