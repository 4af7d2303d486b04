"""What the ledger's tests share: a ledger with a story in it, and ways to tamper with its file."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from opsconsole.data.ledger import Entry, Event, Ledger, Operator
from opsconsole.data.ledger_anchor import anchors_path

ME = Operator("ada", "ops", "SHA256:Lo6s0b2M")
PLAN = {
    "version": 1,
    "plan_id": "7f3a91c2d4e5f601",
    "recipe": "log-rotation",
    "host": "web1",
    "risk": "reversible",
    "summary": "frees 11.8 GiB of /var",
    "steps": [{"name": "rotate", "title": "rotate the logs"}],
}


def entry(kind: str, **more: Any) -> Entry:
    known: dict[str, Any] = {
        "host": "web1",
        "address": "10.0.0.7",
        "host_key": "SHA256:hostkey",
        "run_id": "r1",
        "plan_id": PLAN["plan_id"],
        "recipe": "log-rotation",
        "reason": "disk alarm",
        "incident": "INC-7",
        "operator": ME,
    }
    return Entry(kind=kind, **(known | more))


def appended(ledger: Ledger, one: Entry, **more: Any) -> Event:
    """Append an event, and return it as the ledger holds it."""
    head = ledger.append(one, **more)
    (event,) = ledger.all_events(after_seq=head.seq - 1)
    assert (event.seq, event.hash, event.at) == (head.seq, head.hash, head.at)
    return event


def tell(ledger: Ledger) -> None:
    """Write a plan and two runs: eleven events."""
    ledger.keep_plan(PLAN, operator=ME)
    ledger.append(entry("start", body={"parameters": {"older_than": 30}}))
    ledger.append(entry("intent", step="rotate", body={"argv": ["logrotate", "-v", "/etc/logrotate.d/x"]}))
    ledger.append(entry("outcome", step="rotate", body={"exit_status": 0, "stdout": "rotated 3\n"}))
    ledger.append(entry("check", step="rotate", body={"holds": True, "evidence": "inode 52311"}))
    ledger.append(entry("verdict", verdict="done"))
    ledger.append(
        entry("start", run_id="r2", host="db1", recipe="scaling", incident="", operator=Operator("bob"))
    )
    ledger.append(entry("intent", run_id="r2", host="db1", step="more", operator=Operator("bob")))
    ledger.append(entry("outcome", run_id="r2", host="db1", step="more", body={"exit_status": 1}))
    ledger.append(entry("undo-intent", run_id="r2", host="db1", step="more"))
    ledger.append(entry("verdict", run_id="r2", host="db1", verdict="undone"))


EVENTS = 11


def made(folder: Path) -> Path:
    """Return a closed ledger: all of it in the one file, its log empty."""
    path = folder / "ledger.db"
    ledger = Ledger.open(path)
    tell(ledger)
    ledger.close()
    return path


def copied(path: Path, folder: Path) -> Path:
    """Return a copy of a ledger and its anchors."""
    folder.mkdir(parents=True, exist_ok=True)
    for source in (path, anchors_path(path), path.with_name(f"{path.name}-wal")):
        if source.exists():
            shutil.copy(source, folder / source.name)
    return folder / path.name


@contextmanager
def tampering(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the file as somebody with all rights would: the triggers away, and put back afterwards."""
    connection = sqlite3.connect(path, isolation_level=None)
    triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    connection.execute("BEGIN")
    for name, _ in triggers:
        connection.execute(f"DROP TRIGGER {name}")
    yield connection
    for _, sql in triggers:
        connection.execute(sql)
    connection.execute("COMMIT")
    connection.close()


def content(path: Path) -> list[tuple[Any, ...]]:
    """Return all that is remembered."""
    connection = sqlite3.connect(path)
    try:
        rows = connection.execute("SELECT * FROM events NOT INDEXED ORDER BY seq").fetchall()
        return [*rows, *connection.execute("SELECT * FROM plans NOT INDEXED ORDER BY plan_id").fetchall()]
    finally:
        connection.close()
