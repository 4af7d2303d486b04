"""`audit verify` against what a real host remembers: agreeing, forgotten, of a rewritten ledger."""

from __future__ import annotations

import sqlite3

import pytest

from opsconsole.data.ledger import Entry, Ledger
from tests.lab import faults
from tests.lab.test_cli_runs import HOST, Room, room

pytestmark = pytest.mark.lab
_ = room  # a fixture that every test uses


@pytest.fixture
def echoed(room: Room) -> Room:
    """A ledger whose head is echoed to a host by a run."""
    status, _document = room.run(HOST)
    assert status == 0
    return room


def test_a_host_s_echo_agrees(echoed: Room) -> None:
    status, document = echoed.json("audit-verify", "audit", "verify")
    assert (status, document["intact"], document["hosts"]) == (0, True, {HOST: ""})
    assert document["echoes"] >= 1
    status, document = echoed.json("audit-verify", "audit", "verify", "--offline")
    assert (status, document["echoes"]) == (0, 0)


def test_a_rewritten_ledger_is_detected_by_the_echo(echoed: Room) -> None:
    """All is written anew under the old id, anchors too: it agrees with itself, but not with the host."""
    old = Ledger.read(echoed.ledger)
    events, identity = old.all_events(), old.ledger_id
    old.close()
    for path in echoed.ledger.parent.glob(f"{echoed.ledger.name}*"):
        path.unlink()
    Ledger.open(echoed.ledger).close()
    with sqlite3.connect(echoed.ledger) as forger:
        names = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'ledger'"
        triggers = forger.execute(names).fetchall()
        for name, _sql in triggers:
            forger.execute(f"DROP TRIGGER {name}")
        forger.execute("UPDATE ledger SET id = ?", (identity,))
        for _name, sql in triggers:
            forger.execute(sql)
    forger.close()
    forged = Ledger.open(echoed.ledger)
    for event in events:
        kind = "echo" if event.kind == "echo" else "outcome"
        forged.append(Entry(kind=kind, host=HOST, run_id="r-1", body=event.body))
    forged.close()
    status, document = echoed.json("audit-verify", "audit", "verify", "--offline")
    assert (status, document["intact"]) == (0, True), document
    status, document = echoed.json("audit-verify", "audit", "verify")
    assert (status, document["intact"]) == (1, False), document
    assert f"{HOST} remembers it" in document["problems"][0]["text"]


def test_a_host_that_forgot_is_told(echoed: Room) -> None:
    """The journal was emptied on the host: no echo agrees, and that is said."""
    script = """journalctl --rotate -q; sleep 1; journalctl --vacuum-time=1s -q
    for file in /var/log/syslog /var/log/messages; do [ -f $file ] && : >$file; done; true"""
    done = faults.execute(HOST, ["sh", "-c", script])
    assert done.returncode == 0, done.stderr
    _status, document = echoed.json("audit-verify", "audit", "verify")
    assert document["echoes"] == 0
    said = " ".join([*document["notes"], *(problem["text"] for problem in document["problems"])])
    assert HOST in said, document
