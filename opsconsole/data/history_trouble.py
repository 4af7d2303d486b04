"""What can be wrong with the history file, in words, and how a damaged one is set aside."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from enum import Enum, auto
from pathlib import Path

from opsconsole.data.history_store import NewerVersionError


class Trouble(Enum):
    """Kinds of trouble that are treated differently."""

    DAMAGED = auto()
    LOCKED = auto()
    OTHER = auto()


_WAITS = "not written for now, trying again"
_WORDS = {
    sqlite3.SQLITE_BUSY: (Trouble.LOCKED, "history {path} is locked by another program: " + _WAITS),
    sqlite3.SQLITE_LOCKED: (Trouble.LOCKED, "history {path} is locked by another program: " + _WAITS),
    sqlite3.SQLITE_FULL: (Trouble.OTHER, "the disk of the history {path} is full: " + _WAITS),
    sqlite3.SQLITE_READONLY: (Trouble.OTHER, "history {path} is read-only: " + _WAITS),
    sqlite3.SQLITE_CORRUPT: (Trouble.DAMAGED, "history {path} was damaged"),
    sqlite3.SQLITE_NOTADB: (Trouble.DAMAGED, "history {path} was damaged"),
}


def explain(error: Exception, path: Path) -> tuple[Trouble, str]:
    """Return the kind of trouble and one line for a person."""
    if isinstance(error, NewerVersionError):
        return (
            Trouble.OTHER,
            f"history {path} is of a newer opsconsole ({error}): left alone, nothing is kept",
        )
    code = getattr(error, "sqlite_errorcode", None)
    kind, words = _WORDS.get(code & 0xFF, (Trouble.OTHER, "")) if code is not None else (Trouble.OTHER, "")
    if words:
        return kind, words.format(path=path)
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return Trouble.OTHER, f"history {path} cannot be written ({reason}): trying again"


def set_aside(path: Path, inode: int | None) -> Path | None:
    """Rename a damaged file and its journal to a name that tells when, and return the new path.

    None, and nothing is done, when the file at `path` is no longer the one with this inode: another console
    set it aside already.
    """
    if inode is not None and (not path.exists() or path.stat().st_ino != inode):
        return None
    now = datetime.now(UTC)
    copy = path.with_name(f"{path.name}.corrupt-{now:%Y%m%dT%H%M%S}Z")
    number = 1
    while copy.exists():
        number += 1
        copy = path.with_name(f"{path.name}.corrupt-{now:%Y%m%dT%H%M%S}Z-{number}")
    path.rename(copy)
    for suffix in ("-wal", "-shm"):
        journal = path.with_name(path.name + suffix)
        if journal.exists():
            journal.rename(copy.with_name(copy.name + suffix))
    return copy
