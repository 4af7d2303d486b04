"""Appending and asking: what is written comes back, and nothing else can be done to it."""

from __future__ import annotations

import sqlite3
import stat
from dataclasses import asdict, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ledger_room import EVENTS, ME, PLAN, appended, entry

from opsconsole.data.ledger import Entry, Ledger, LedgerError, Operator, RunQuery, SecretError
from opsconsole.data.ledger_anchor import anchors_path, lines
from opsconsole.data.ledger_chain import genesis


@pytest.fixture
def ledger(path: Path) -> Ledger:
    return Ledger.open(path)


def test_an_event_comes_back_as_it_was_appended(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "deep" / "ledger.db")
    began = datetime.now(UTC)
    entered = entry("intent", step="rotate", body={"argv": ["a", "b"], "n": 1.5, "é": None})
    written = appended(ledger, entered)
    assert written.seq == 1
    assert written.previous == genesis(ledger.ledger_id)
    assert began - timedelta(seconds=1) <= written.at <= datetime.now(UTC)
    assert ledger.events("r1") == [written]
    assert {each.name: getattr(written, each.name) for each in fields(Entry)} == asdict(entered) | {
        "operator": ME
    }
    assert ledger.head() == (1, written.hash)
    second = appended(ledger, entry("outcome"))
    assert second.previous == written.hash
    ledger.close()
    again = Ledger.open(tmp_path / "deep" / "ledger.db")
    assert again.events("r1") == [written, second]


def test_its_files_are_for_the_operator_only(tmp_path: Path) -> None:
    path = tmp_path / "state" / "ledger.db"
    ledger = Ledger.open(path)
    ledger.append(entry("start"))
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    ledger.close()
    path.chmod(0o644)
    anchors_path(path).chmod(0o666)
    ledger = Ledger.open(path)
    ledger.append(entry("verdict", verdict="done"))
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(anchors_path(path).stat().st_mode) == 0o600


def test_every_append_is_written_through_to_the_disk(ledger: Ledger) -> None:
    connection = ledger._store.connection
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET host = 'other' WHERE seq = 1",
        "DELETE FROM events WHERE seq = 11",
        "DELETE FROM events",
        "INSERT OR REPLACE INTO events SELECT * FROM events WHERE seq = 2",
        "INSERT INTO events (seq, format, at_us) VALUES (13, 1, 0)",
        "UPDATE plans SET document = '{}'",
        "DELETE FROM plans",
        "INSERT OR REPLACE INTO plans SELECT * FROM plans",
        "UPDATE ledger SET id = 'x'",
        "DELETE FROM ledger",
        "INSERT INTO ledger VALUES ('second')",
    ],
)
def test_the_file_itself_refuses_to_be_changed(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(statement)
    connection.close()


def test_every_event_is_anchored(path: Path) -> None:
    ledger = Ledger.open(path)
    written = ledger.append(entry("start", run_id="r3"))
    heads = [line.head for line in lines(anchors_path(path))]
    assert [head.seq for head in heads if head] == list(range(1, EVENTS + 2))
    assert heads[-1] is not None
    assert (heads[-1].hash, heads[-1].ledger_id) == (written.hash, ledger.ledger_id)


def test_runs_newest_first_with_their_verdicts(ledger: Ledger) -> None:
    db, web = ledger.runs()
    assert (web.run_id, web.host, web.recipe, web.verdict) == ("r1", "web1", "log-rotation", "done")
    assert (web.plan_id, web.reason, web.incident) == (PLAN["plan_id"], "disk alarm", "INC-7")
    assert web.operator == ME
    assert (db.run_id, db.verdict, db.is_open) == ("r2", "undone", False)
    assert web.ended_at is not None
    assert web.started_at <= web.ended_at
    assert ledger.open_runs() == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"host": "db1"}, ["r2"]),
        ({"recipe": "log-rotation"}, ["r1"]),
        ({"operator": "ada"}, ["r1"]),
        ({"operator": "ops"}, ["r1"]),
        ({"operator": ME.key_fingerprint}, ["r1"]),
        ({"operator": "bob"}, ["r2"]),
        ({"verdict": "done"}, ["r1"]),
        ({"verdict": "open"}, []),
        ({"incident": "INC-7"}, ["r1"]),
        ({"run_id": "r"}, ["r2", "r1"]),
        ({"run_id": "r1"}, ["r1"]),
        ({"since": datetime(2000, 1, 1, tzinfo=UTC)}, ["r2", "r1"]),
        ({"until": datetime(2000, 1, 1, tzinfo=UTC)}, []),
        ({"host": "web1", "verdict": "undone"}, []),
        ({"host": "' OR 1=1 --"}, []),
    ],
)
def test_runs_are_filtered(ledger: Ledger, query: dict[str, object], found: list[str]) -> None:
    assert [row.run_id for row in ledger.runs(RunQuery(**query))] == found  # type: ignore[arg-type]  # keywords


def test_runs_come_in_pages(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "ledger.db")
    for number in range(5):
        ledger.append(entry("start", run_id=f"r{number}"))
    first = ledger.runs(limit=2)
    rest = ledger.runs(RunQuery(before_seq=first[-1].first_seq), limit=9)
    assert [row.run_id for row in (*first, *rest)] == ["r4", "r3", "r2", "r1", "r0"]


def test_a_run_is_open_until_its_verdict_and_again_when_it_is_taken_up(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "ledger.db")
    ledger.append(entry("start"))
    ledger.append(entry("intent"))
    assert [row.run_id for row in ledger.open_runs()] == ["r1"]
    ledger.append(entry("verdict", verdict="needs-person"))
    assert ledger.open_runs() == []
    ledger.append(entry("undo-asked"))
    assert [(row.verdict, row.ended_at) for row in ledger.open_runs()] == [("", None)]
    ledger.append(entry("verdict", verdict="undone"))
    assert [row.verdict for row in ledger.runs()] == ["undone"]


def test_a_refused_run_is_listed_once(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "ledger.db")
    for kind in ("start", "refused", "verdict"):
        ledger.append(entry(kind, verdict="refused" if kind == "verdict" else ""))
    ledger.append(entry("refused", run_id="r2"))
    ledger.append(entry("verdict", run_id="r2", verdict="refused"))
    assert [(row.run_id, row.verdict) for row in ledger.runs()] == [("r2", "refused"), ("r1", "refused")]


def test_a_plan_is_kept_word_for_word_and_once(ledger: Ledger) -> None:
    assert ledger.plan(str(PLAN["plan_id"])) == PLAN
    assert ledger.plan("none such") is None
    ledger.keep_plan(PLAN)
    assert [event.kind for event in ledger.all_events(after_seq=EVENTS)] == ["plan"]
    assert ledger.verify().intact


def test_a_plan_with_a_secret_is_refused_and_the_place_named(ledger: Ledger) -> None:
    step = {"commands": [{"argv": ["mysql", "--password", "hunter2"], "stdin_base64": None}]}
    with pytest.raises(SecretError, match=r"steps\[0\]\.commands\[0\]\.argv\[2\]") as caught:
        ledger.keep_plan({**PLAN, "plan_id": "abc", "steps": [step]})
    assert "hunter2" not in str(caught.value)
    assert ledger.plan("abc") is None
    assert ledger.head()[0] == EVENTS


def test_secrets_are_not_written(tmp_path: Path) -> None:
    path = tmp_path / "state" / "ledger.db"
    ledger = Ledger.open(path)
    ledger.hide("canary-Sudo-1")
    event = appended(
        ledger,
        entry(
            "outcome",
            reason="with canary-Sudo-1",
            step="canary-param-2",
            body={"stdout": "token=canary-token-3 https://u:canary-url-4@h/", "password": "canary-key-5"},
        ),
        secrets=["canary-param-2"],
    )
    assert "canary" not in repr(event)
    ledger.close()
    for file in path.parent.iterdir():
        assert b"canary" not in file.read_bytes(), file


@pytest.mark.parametrize("body", [{"x": b"bytes"}, {"x": float("nan")}, {"x": {1, 2}}])
def test_what_is_no_json_is_refused(ledger: Ledger, body: dict[str, object]) -> None:
    with pytest.raises(LedgerError, match="JSON"):
        ledger.append(entry("outcome", body=body))
    assert ledger.head()[0] == EVENTS


def test_what_is_too_large_is_refused(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match="too large"):
        ledger.append(entry("outcome", body={"stdout": "x" * 2_000_000}))


def test_odd_text_does_not_break_it(ledger: Ledger) -> None:
    odd = entry("outcome", host="\ud800\x00'\"", reason="x" * 10_000, body={"\udfff": "\x00\ud800"})
    event = appended(ledger, odd)
    assert len(event.reason) == 4096
    assert (event.host, event.body) == ("?\x00'\"", odd.body)
    assert ledger.verify().intact


def test_a_reader_changes_nothing_and_makes_nothing(path: Path, tmp_path: Path) -> None:
    before = path.read_bytes()
    ledger = Ledger.read(path)
    assert len(ledger.all_events()) == EVENTS
    with pytest.raises(LedgerError, match="reading only"):
        ledger.append(entry("start"))
    ledger.close()
    assert path.read_bytes() == before
    with pytest.raises(LedgerError, match="there is no ledger"):
        Ledger.read(tmp_path / "none.db")
    assert not (tmp_path / "none.db").exists()


def test_who_is_at_the_console_is_known() -> None:
    assert Entry(kind="start").operator == Operator.local()
    assert Operator.local().local_user
    assert str(Operator("ada", "ops")) == "ada as ops"
    assert str(Operator("ada", "ada")) == "ada"
