"""A ledger of very many events, chained and anchored like any other, made in one transaction."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

from opsconsole.data.ledger import Head, Ledger
from opsconsole.data.ledger_anchor import Anchors, anchors_path
from opsconsole.data.ledger_chain import event_hash, genesis
from opsconsole.data.ledger_query import EVENT_COLUMNS, to_us

EVENTS_A_RUN = 8
_KINDS = ("start", "lock-taken", "intent", "outcome", "check", "echo", "lock-released", "verdict")
_VERDICTS = ("done", "done", "done", "undone", "refused", "needs-person")


def many(path: Path, events: int) -> None:
    """Make a ledger of so many events in runs of eight; the newest ended just now."""
    ledger = Ledger.open(path)
    ledger_id = ledger.ledger_id
    ledger.close()
    connection = sqlite3.connect(path, isolation_level=None)
    began = datetime.now(UTC) - timedelta(minutes=events)
    previous = genesis(ledger_id)
    rows = []
    at = began
    for seq in range(1, events + 1):
        at = began + timedelta(minutes=seq)
        number, place = divmod(seq - 1, EVENTS_A_RUN)
        kind = _KINDS[place]
        host, recipe = f"host{number % 997:04}", ("log-rotation", "scaling", "backup")[number % 3]
        verdict = _VERDICTS[number % len(_VERDICTS)] if kind == "verdict" else ""
        who = ("ada", "bob", "eve")[number % 3]
        values = (
            *(seq, 1, to_us(at), kind, host, "10.0.0.7:22", "", f"run{number:06}", f"plan{number % 50}", ""),
            *(recipe, verdict, "disk alarm", f"INC-{number % 100}", who, "ops", "", "{}", previous),
        )
        previous = event_hash(values)
        rows.append((*values, previous))
    connection.execute("BEGIN")
    marks = ", ".join("?" * len(EVENT_COLUMNS))
    names = ", ".join(EVENT_COLUMNS)
    connection.executemany(f"INSERT INTO events ({names}) VALUES ({marks})", rows)  # noqa: S608 - constants
    connection.execute("COMMIT")
    connection.close()
    anchors = Anchors(anchors_path(path))
    anchors.write(Head(ledger_id, events, previous, at))
    anchors.close()
