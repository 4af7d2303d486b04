"""Intents a second, each durable before its action may start, against a bare insert with the same pragmas."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from opsconsole.data.ledger import Entry, Ledger, Operator
from tests.bench.table import Aim, Column, Row, Table, ratio

EACH = 2000
_BODY = {
    "argv": ["logrotate", "-v", "-s", "/var/lib/logrotate/status", "/etc/logrotate.d/orders"],
    "effect": "9.2 GiB → 1.1 GiB",
    "deadline_seconds": 300.0,
}
_TEXTS = (
    *(
        "intent",
        "db1",
        "10.0.0.7",
        "SHA256:LCKtO6tzXBdpmJDlbS1iNGa6YjnWfjc5g4Nz5wVhGyI",
        "20261126-140512-3f2a",
    ),
    *(
        "7f3a91c2d4e5f601",
        "rotate",
        "log-rotation",
        "",
        "disk alarm",
        "INC-7",
        "ada",
        "ops",
        "SHA256:Lo6s0b2M",
    ),
)
_BARE_BODY = (
    '{"argv":["logrotate","-v","-s","/var/lib/logrotate/status","/etc/logrotate.d/orders"],"n":300.0}'
)
_HASH = "9f0ce1c64e0442a190fb101de72675e69f0ce1c64e0442a190fb101de72675e6"


def tables() -> Iterator[Table]:
    """Measure both in turns, one by one, so that whatever else the disk has to do falls on both."""
    ours: list[float] = []
    theirs: list[float] = []
    with tempfile.TemporaryDirectory(prefix="opsconsole-bench-", dir=Path.cwd()) as folder:
        ledger = Ledger.open(Path(folder) / "ledger.db")
        bare = _bare(Path(folder) / "bare.db")
        for number in range(EACH):
            began = time.perf_counter()
            _insert(bare, number)
            between = time.perf_counter()
            ledger.append(_intent())
            theirs.append(between - began)
            ours.append(time.perf_counter() - between)
        intact = ledger.verify()
        ledger.close()
        bare.close()
    table = Table(
        "ledger",
        f"intents into the ledger, WAL and synchronous=FULL ({EACH:,} of each, in turns, medians)",
        (Column("ms", "ms each"), Column("rate", "a second", 0), Column("ratio", "× bare")),
    )
    # Medians: one flush that the disk holds up for a second must not decide.
    base, figure = median(theirs), median(ours)
    table.rows.append(_row("bare sqlite3 insert", base, base, "the same columns in one table, no index"))
    table.rows.append(_row("Ledger.append", figure, base, "redacted, chained, indexed, guarded, anchored"))
    table.aims.append(Aim("time of an intent against a bare insert", ratio(figure, base), 1.5, "×"))
    if not intact.intact:
        table.notes.append(f"the ledger is not intact: {intact.problems[0].text}")
    yield table


def _row(name: str, seconds: float, base: float, note: str) -> Row:
    return Row(name, {"ms": seconds * 1e3, "rate": 1 / seconds, "ratio": ratio(seconds, base)}, note)


def _intent() -> Entry:
    kind, host, address, host_key, run_id, plan_id, step, recipe, verdict, reason, incident, *who = _TEXTS
    return Entry(
        kind=kind,
        host=host,
        address=address,
        host_key=host_key,
        run_id=run_id,
        plan_id=plan_id,
        step=step,
        recipe=recipe,
        verdict=verdict,
        reason=reason,
        incident=incident,
        body=_BODY,
        operator=Operator(*who),
    )


def _bare(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    texts = ", ".join(f"t{number} TEXT" for number in range(len(_TEXTS)))
    connection.execute(
        f"CREATE TABLE events (seq INTEGER PRIMARY KEY, format INTEGER, at_us INTEGER, {texts},"
        " body TEXT, previous TEXT, hash TEXT)"
    )
    return connection


def _insert(connection: sqlite3.Connection, number: int) -> None:
    values = (1, number, *_TEXTS, _BARE_BODY, _HASH, _HASH)
    marks = ", ".join("?" * len(values))
    connection.execute(f"INSERT INTO events VALUES (NULL, {marks})", values)
