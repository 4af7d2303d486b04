"""Questions to the ledger's tables: events, runs, plans."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from opsconsole.data.ledger_chain import COLUMNS, FORMAT
from opsconsole.data.ledger_entry import OPEN, Event, Operator, RunQuery, RunRow

EVENT_COLUMNS = (*COLUMNS[FORMAT], "hash")
_SELECT_EVENTS = f"SELECT {', '.join(EVENT_COLUMNS)} FROM events"  # noqa: S608 - constant names
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# SQLite keeps bytes, a text or a number in any column: these are the types that we wrote.
_EVENT_TYPES = [
    int if name in {"seq", "format", "at_us"} else str for name in EVENT_COLUMNS if name != "body"
]
_RUN_TYPES = [str, int, str, str, str, str, str, str, str, str, int]
_ENDS_TYPES = ([type(None), str], [int, str])

# A run is its first opening event. Its verdict is the last one, unless it was taken up again after that.
_RUNS = """
SELECT s.run_id, s.seq, s.plan_id, s.host, s.recipe, s.local_user, s.ssh_user, s.key_fingerprint,
       s.reason, s.incident, s.at_us, v.at_us, COALESCE(v.verdict, '')
FROM events AS s
LEFT JOIN events AS v ON v.seq = (
    SELECT MAX(e.seq) FROM events AS e
    WHERE e.run_id = s.run_id AND e.run_id != '' AND e.kind = 'verdict'
      AND e.seq > COALESCE((SELECT MAX(a.seq) FROM events AS a
                            WHERE a.run_id = s.run_id AND a.kind IN ('start', 'resumed', 'undo-asked')), 0))
WHERE s.kind IN ('start', 'refused')
  AND NOT EXISTS (SELECT 1 FROM events AS b
                  WHERE b.run_id = s.run_id AND b.run_id != '' AND b.seq < s.seq
                    AND b.kind IN ('start', 'refused'))
"""


def to_us(at: datetime) -> int:
    """Return a time as microseconds of UTC."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def from_us(at_us: int) -> datetime:
    """Return microseconds of UTC as a time; what no calendar has becomes its first or last moment."""
    try:
        return _EPOCH + timedelta(microseconds=at_us)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC) if at_us > 0 else datetime.min.replace(tzinfo=UTC)


def events(
    connection: sqlite3.Connection, run_id: str | None = None, *, after_seq: int = 0, limit: int = -1
) -> list[Event]:
    """Return events in order: of one run, or of all."""
    where, values = ("run_id = ? AND run_id != '' AND ", [run_id]) if run_id is not None else ("", [])
    query = f"{_SELECT_EVENTS} WHERE {where}seq > ? ORDER BY seq LIMIT ?"
    return [event_of(row) for row in connection.execute(query, (*values, after_seq, limit))]


def event_of(row: tuple[Any, ...]) -> Event:
    """Return the event of a row of `EVENT_COLUMNS`; a damaged body is `{"unreadable": true}`.

    Raises:
        ValueError: The row is damaged.
    """
    values = dict(zip(EVENT_COLUMNS, row, strict=True))
    try:
        body = json.loads(values.pop("body"))
    except (ValueError, TypeError, RecursionError):
        body = None
    if list(map(type, values.values())) != _EVENT_TYPES:
        raise ValueError("an event is damaged")
    del values["format"]
    return Event(
        at=from_us(values.pop("at_us")),
        operator=Operator(values.pop("local_user"), values.pop("ssh_user"), values.pop("key_fingerprint")),
        body=body if isinstance(body, dict) else {"unreadable": True},
        **values,
    )


def runs(connection: sqlite3.Connection, query: RunQuery, limit: int) -> list[RunRow]:
    """Return runs, newest first."""
    wheres, values = _conditions(query)
    statement = f"{_RUNS} {''.join(f' AND {where}' for where in wheres)} ORDER BY s.seq DESC LIMIT ?"
    return [_run_of(row) for row in connection.execute(statement, (*values, limit))]


def _conditions(query: RunQuery) -> tuple[list[str], list[str | int]]:
    wheres: list[str] = []
    values: list[str | int] = []

    def add(where: str, *more: str | int) -> None:
        wheres.append(where)
        values.extend(more)

    for column in ("host", "recipe", "incident"):
        if wanted := getattr(query, column):
            add(f"s.{column} = ?", wanted)
    if query.operator:
        add("? IN (s.local_user, s.ssh_user, s.key_fingerprint)", query.operator)
    if query.since is not None:
        add("s.at_us >= ?", to_us(query.since))
    if query.until is not None:
        add("s.at_us < ?", to_us(query.until))
    if query.verdict == OPEN:
        add("v.seq IS NULL")
    elif query.verdict:
        add("v.verdict = ?", query.verdict)
    if query.run_id:
        add("substr(s.run_id, 1, ?) = ?", len(query.run_id), query.run_id)
    if query.before_seq is not None:
        add("s.seq < ?", query.before_seq)
    return wheres, values


def _run_of(row: tuple[Any, ...]) -> RunRow:
    run_id, seq, plan_id, host, recipe, local_user, ssh_user, key, reason, incident, began, ended, verdict = (
        row
    )
    types = list(map(type, row))
    if types[:-2] != _RUN_TYPES or types[-2:] not in _ENDS_TYPES:
        raise ValueError("the first or last event of a run is damaged")
    return RunRow(
        run_id=run_id,
        first_seq=seq,
        plan_id=plan_id,
        host=host,
        recipe=recipe,
        operator=Operator(local_user, ssh_user, key),
        reason=reason,
        incident=incident,
        started_at=from_us(began),
        ended_at=None if ended is None else from_us(ended),
        verdict=verdict,
    )


def plan(connection: sqlite3.Connection, plan_id: str) -> tuple[str, str] | None:
    """Return a kept plan's text, and the digest that the chain has for it (empty: none)."""
    row = connection.execute("SELECT document FROM plans WHERE plan_id = ?", (plan_id,)).fetchone()
    if row is None:
        return None
    return str(row[0]), bound_digest(connection, plan_id)


def bound_digest(connection: sqlite3.Connection, plan_id: str) -> str:
    """Return the digest that the chain has for a plan; empty: none."""
    query = "SELECT body FROM events WHERE kind = 'plan' AND plan_id = ? ORDER BY seq LIMIT 1"
    row = connection.execute(query, (plan_id,)).fetchone()
    try:
        return str(json.loads(row[0])["digest"]) if row is not None else ""
    except (ValueError, TypeError, KeyError, RecursionError):
        return ""


def echoed_hosts(connection: sqlite3.Connection) -> list[str]:
    """Return the hosts of which an `echo` event tells, in alphabetical order."""
    query = "SELECT DISTINCT host FROM events WHERE kind = 'echo' AND host != '' ORDER BY host"
    return [str(row[0]) for row in connection.execute(query)]


def rows_in_order(connection: sqlite3.Connection) -> Iterator[tuple[Any, ...]]:
    """Yield every row (`EVENT_COLUMNS`) of the events' table itself, whatever its indexes say."""
    names = ", ".join(EVENT_COLUMNS)
    return iter(connection.execute(f"SELECT {names} FROM events NOT INDEXED ORDER BY seq"))  # noqa: S608
