"""A transaction of a SQLite file that is all of it or nothing."""

from __future__ import annotations

import sqlite3
import threading
from typing import Literal


class Transaction:
    """`BEGIN IMMEDIATE` … `COMMIT`, or `ROLLBACK` on any error.

    Args:
        connection: In autocommit mode (`isolation_level=None`).
        lock: Held meanwhile, where several threads use the connection.
    """

    def __init__(self, connection: sqlite3.Connection, lock: threading.RLock | None = None) -> None:
        self._connection = connection
        self._lock = lock or threading.RLock()

    def __enter__(self) -> sqlite3.Connection:
        self._lock.acquire()
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except BaseException:
            self._lock.release()
            raise
        return self._connection

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> Literal[False]:
        try:
            if kind is None:
                try:
                    self._connection.execute("COMMIT")
                except sqlite3.Error:
                    self._roll_back()
                    raise
            else:
                self._roll_back()
        finally:
            self._lock.release()
        return False

    def _roll_back(self) -> None:
        if self._connection.in_transaction:  # SQLite rolls back by itself on some errors.
            self._connection.execute("ROLLBACK")
