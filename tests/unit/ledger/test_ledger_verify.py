"""Whatever is done to the ledger, `verify` sees it, and names the first bad record."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ledger_room import EVENTS, PLAN, content, copied, entry, tampering

from opsconsole.data import ledger_chain
from opsconsole.data.ledger import Ledger, LedgerError
from opsconsole.data.ledger_anchor import anchors_path, lines
from opsconsole.data.ledger_query import EVENT_COLUMNS, rows_in_order
from opsconsole.data.ledger_verify import verify
from opsconsole.data.ledger_verify_chain import Chain

FLIPS = 400


def rows_of(path: Path) -> tuple[str, list[tuple[Any, ...]]]:
    connection = sqlite3.connect(path)
    try:
        ledger_id = connection.execute("SELECT id FROM ledger").fetchone()[0]
        return ledger_id, list(rows_in_order(connection))
    finally:
        connection.close()


def first_bad(
    ledger_id: str, rows: list[tuple[Any, ...]], anchors: dict[int, str] | None = None
) -> int | None:
    chain = Chain(ledger_id, anchors or {})
    for row in rows:
        chain.add(row)
    chain.end()
    problems = chain.found.problems
    return problems[0].seq if problems else None


def rechained(rows: list[tuple[Any, ...]], previous: str) -> list[tuple[Any, ...]]:
    """Return the rows as a clever forger would make them: numbered and hashed anew."""
    forged = []
    for seq, row in enumerate(rows, rows[0][0] if rows else 1):
        values = dict(zip(EVENT_COLUMNS, row, strict=True)) | {"seq": seq, "previous": previous}
        covered = [values[name] for name in ledger_chain.COLUMNS[ledger_chain.FORMAT]]
        previous = values["hash"] = ledger_chain.event_hash(covered)
        forged.append(tuple(values[name] for name in EVENT_COLUMNS))
    return forged


def put_rows(path: Path, rows: list[tuple[Any, ...]]) -> None:
    with tampering(path) as connection:
        connection.execute("DELETE FROM events")
        marks = ", ".join("?" * len(EVENT_COLUMNS))
        connection.executemany(f"INSERT INTO events ({', '.join(EVENT_COLUMNS)}) VALUES ({marks})", rows)  # noqa: S608 - constant names


def test_an_untouched_ledger_is_intact(path: Path) -> None:
    found = verify(path)
    assert (found.intact, found.events, found.first_bad) == (True, EVENTS, None)
    assert content(path)
    # Looking changes nothing, and what is appended afterwards is seen as well.
    ledger = Ledger.open(path)
    ledger.append(entry("start", run_id="r3"))
    assert (ledger.verify().intact, ledger.verify().events) == (True, EVENTS + 1)


def test_every_changed_byte_of_every_field_of_every_event_is_seen(original: Path) -> None:
    ledger_id, rows = rows_of(original)
    assert first_bad(ledger_id, rows) is None
    tried = 0
    for at, row in enumerate(rows):
        for column, value in enumerate(row):
            for changed in every_change(value):
                forged = [*rows[:at], (*row[:column], changed, *row[column + 1 :]), *rows[at + 1 :]]
                bad = first_bad(ledger_id, forged)
                tried += 1
                assert bad == at + 1, (EVENT_COLUMNS[column], value, changed)
    assert tried > 3_000


def every_change(value: Any) -> list[Any]:
    """Return the value with each of its bytes changed, one added, one taken away, and of another type."""
    if isinstance(value, int):
        return [value + 1, value - 1, value ^ (1 << 20), str(value), float(value), None]
    raw = value.encode()
    changes: list[Any] = []
    for at in range(len(raw)):
        one = bytearray(raw)
        one[at] ^= 1
        changes.append(bytes(one).decode("utf-8", "surrogateescape"))
    return [*changes, value + "x", f"\0{value}", raw, None, *([value[:-1]] if value else [])]


@pytest.mark.parametrize("column", [name for name in EVENT_COLUMNS if name not in {"seq", "at_us", "format"}])
def test_a_changed_field_in_the_file_is_seen(path: Path, column: str) -> None:
    with tampering(path) as connection:
        connection.execute(f"UPDATE events SET {column} = {column} || 'x' WHERE seq = 5")  # noqa: S608 - constant names
    found = verify(path)
    assert found.first_bad == 5
    assert "event 5 was changed" in found.problems[0].text


@pytest.mark.parametrize("column", ["at_us", "format"])
def test_a_changed_number_in_the_file_is_seen(path: Path, column: str) -> None:
    with tampering(path) as connection:
        connection.execute(f"UPDATE events SET {column} = {column} + 1 WHERE seq = 5")  # noqa: S608 - constant names
    assert verify(path).first_bad == 5


def test_characters_cannot_move_from_one_field_to_the_next(original: Path) -> None:
    ledger_id, rows = rows_of(original)
    host, address = EVENT_COLUMNS.index("host"), EVENT_COLUMNS.index("address")
    row = list(rows[1])
    row[host], row[address] = row[host][:-1], row[host][-1] + row[address]
    assert first_bad(ledger_id, [rows[0], tuple(row), *rows[2:]]) == 2


@pytest.mark.parametrize("gone", [1, 5, EVENTS])
def test_a_deleted_event_is_seen(path: Path, gone: int) -> None:
    with tampering(path) as connection:
        connection.execute("DELETE FROM events WHERE seq = ?", (gone,))
    found = verify(path)
    assert found.first_bad == gone
    assert f"event {gone} is missing" in found.problems[0].text


def test_a_deleted_event_is_seen_when_the_rest_is_chained_anew(path: Path) -> None:
    ledger_id, rows = rows_of(path)
    forged = rechained([row for row in rows if row[0] != 5], ledger_chain.genesis(ledger_id))
    assert first_bad(ledger_id, forged) is None, "the forger did well: the chain alone does not tell"
    put_rows(path, forged)
    assert verify(path).first_bad == 5


def test_an_inserted_event_is_seen(path: Path) -> None:
    ledger_id, rows = rows_of(path)
    strange = rows[3]
    naive = [*rows[:5], (6, *strange[1:]), *((row[0] + 1, *row[1:]) for row in rows[5:])]
    put_rows(path, naive)
    assert verify(path).first_bad == 6
    put_rows(path, rechained([*rows[:5], strange, *rows[5:]], ledger_chain.genesis(ledger_id)))
    assert verify(path).first_bad == 6


def test_swapped_events_are_seen(path: Path) -> None:
    ledger_id, rows = rows_of(path)
    swapped = [*rows[:3], (4, *rows[6][1:]), *rows[4:6], (7, *rows[3][1:]), *rows[7:]]
    put_rows(path, swapped)
    assert verify(path).first_bad == 4
    put_rows(path, rechained(swapped, ledger_chain.genesis(ledger_id)))
    assert verify(path).first_bad == 4


@pytest.mark.parametrize("left", [0, 1, EVENTS - 1])
def test_a_cut_tail_is_seen(path: Path, left: int) -> None:
    with tampering(path) as connection:
        connection.execute("DELETE FROM events WHERE seq > ?", (left,))
    found = verify(path)
    assert found.first_bad == left + 1
    assert "missing" in found.problems[0].text


def test_a_cut_tail_is_seen_even_after_it_grew_again(path: Path) -> None:
    with tampering(path) as connection:
        connection.execute("DELETE FROM events WHERE seq > 9")
    ledger = Ledger.open(path)
    assert "is not what it was" in ledger.problem
    for _ in range(4):
        ledger.append(entry("intent", run_id="r3"))
    assert ledger.verify().first_bad == 10


def test_a_rewritten_event_is_seen_when_all_after_it_is_chained_anew(path: Path) -> None:
    ledger_id, rows = rows_of(path)
    host = EVENT_COLUMNS.index("host")
    changed = [row if row[0] != 4 else (*row[:host], "db9", *row[host + 1 :]) for row in rows]
    put_rows(path, rechained(changed, ledger_chain.genesis(ledger_id)))
    assert verify(path).first_bad == 4


def test_a_whole_other_ledger_in_its_place_is_seen(path: Path, tmp_path: Path) -> None:
    other = Ledger.open(tmp_path / "other" / "ledger.db")
    for number in range(EVENTS):
        other.append(entry("start", run_id=f"r{number}"))
    other.close()
    shutil.copy(other.path, path)
    found = verify(path)
    assert found.first_bad == 1
    assert "put in its place" in found.problems[0].text
    assert Ledger.open(path).problem


def test_a_ledger_that_is_gone_is_seen(path: Path, tmp_path: Path) -> None:
    path.unlink()
    assert not verify(path).intact
    with pytest.raises(LedgerError, match="there is no ledger"):
        verify(tmp_path / "never.db")


def test_an_emptied_ledger_is_seen(path: Path) -> None:
    path.write_bytes(b"")
    words = f"the ledger {path} is empty; its anchors know {EVENTS} events ({anchors_path(path)})"
    assert [problem.text for problem in verify(path).problems] == [words]
    anchors_path(path).unlink()
    with pytest.raises(LedgerError, match="is empty: nothing was ever done from here"):
        Ledger.read(path)


def test_missing_anchors_are_seen(path: Path) -> None:
    anchors_path(path).unlink()
    assert "anchors" in verify(path).problems[0].text
    assert "anchors" in Ledger.open(path).problem


def test_a_changed_anchor_is_seen(path: Path) -> None:
    anchors = anchors_path(path)
    text = anchors.read_text().splitlines(keepends=True)
    head = list(lines(anchors))[6].head
    assert head is not None
    text[6] = text[6].replace(head.hash, head.hash[::-1])
    anchors.write_text("".join(text))
    assert verify(path).first_bad == 7


def test_a_torn_anchor_is_no_alarm_once_a_later_one_stands_in_for_it(path: Path) -> None:
    anchors = anchors_path(path)
    anchors.write_bytes(anchors.read_bytes()[:-40])
    assert not verify(path).intact, "the last event is not vouched for"
    ledger = Ledger.open(path)
    ledger.append(entry("start", run_id="r3"))
    found = ledger.verify()
    assert found.intact
    assert "cannot be read" in found.notes[0]


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TRIGGER events_no_update",
        "DROP INDEX events_by_run",
        "CREATE TRIGGER more AFTER INSERT ON events BEGIN SELECT 1; END",
        "ALTER TABLE events ADD COLUMN more TEXT",
        "CREATE TABLE more (x)",
    ],
)
def test_a_changed_guard_is_seen(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(statement)
    connection.close()
    assert not verify(path).intact


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE plans SET document = replace(document, '11.8', '11.9')", "was changed"),
        ("DELETE FROM plans", "is missing"),
        ("INSERT INTO plans VALUES ('forged', 0, '{}')", "was added"),
    ],
)
def test_a_changed_plan_is_seen_and_not_given_out(path: Path, statement: str, words: str) -> None:
    with tampering(path) as connection:
        connection.execute(statement)
    found = verify(path)
    assert any("plan" in problem.text and words in problem.text for problem in found.problems)
    ledger = Ledger.open(path)
    if words == "was changed":
        with pytest.raises(LedgerError, match="is not what was kept"):
            ledger.plan(str(PLAN["plan_id"]))
    elif words == "was added":
        with pytest.raises(LedgerError, match="is not what was kept"):
            ledger.plan("forged")


def flipped(path: Path, at: int, bit: int) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ (1 << bit)]))


def seen_or_the_same(path: Path, before: list[tuple[Any, ...]], where: str) -> bool:
    """Return whether the damage was seen; fail when it was not, and something else is remembered."""
    try:
        found = verify(path)
    except LedgerError:
        return True
    if not found.intact:
        return True
    assert content(path) == before, where
    return False


def test_flipped_bits_of_the_file_are_seen_or_change_nothing(original: Path, tmp_path: Path) -> None:
    before = content(original)
    chance = random.Random(7)  # noqa: S311 - no secret
    size = original.stat().st_size
    seen = 0
    for number in range(FLIPS):
        path = copied(original, tmp_path / str(number))
        at, bit = chance.randrange(size), chance.randrange(8)
        flipped(path, at, bit)
        seen += seen_or_the_same(path, before, f"bit {bit} of byte {at}")
        shutil.rmtree(path.parent)
    assert seen > 20


def test_flipped_bits_of_the_log_are_seen_or_change_nothing(tmp_path: Path) -> None:
    source = tmp_path / "source" / "ledger.db"
    ledger = Ledger.open(source)
    for number in range(6):
        ledger.append(entry("start", run_id=f"r{number}"))
    before = ledger._store.connection.execute("SELECT * FROM events ORDER BY seq").fetchall()
    chance = random.Random(8)  # noqa: S311 - no secret
    size = source.with_name("ledger.db-wal").stat().st_size
    seen = 0
    for number in range(80):
        path = copied(source, tmp_path / str(number))
        flipped(path.with_name("ledger.db-wal"), chance.randrange(size), chance.randrange(8))
        seen += seen_or_the_same(path, before, str(number))
        shutil.rmtree(path.parent)
    assert seen > 5
    ledger.close()


def test_progress_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Ledger.open(tmp_path / "ledger.db")
    ledger._store.connection.execute("PRAGMA synchronous = OFF")
    for _ in range(1001):
        ledger.append(entry("intent"))
    told: list[tuple[int, int]] = []
    tell: Callable[[int, int], None] = lambda done, total: told.append((done, total))  # noqa: E731 - typed
    assert ledger.verify(progress=tell).intact
    assert told == [(500, 1001), (1000, 1001)]
