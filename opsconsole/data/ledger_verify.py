"""Is the ledger what was written? Everything is computed anew; the first bad record is named.

A chain by itself does not show a cut tail or a whole rewrite. So it is held against the anchors beside it,
the operators' signatures in those, and the echoes that hosts remember.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from opsconsole.data import ledger_chain, ledger_query
from opsconsole.data.ledger_anchor import anchors_path, has_traces, lines, missing_words
from opsconsole.data.ledger_echo import Echo
from opsconsole.data.ledger_entry import Head, LedgerError, Signature
from opsconsole.data.ledger_store import TROUBLES, Store, expected_schema, schema_of
from opsconsole.data.ledger_verify_chain import Chain, Found, Problem

__all__ = ["Check", "Problem", "Verification", "verify"]

PROBLEMS_LIMIT = 50
Check = Callable[[bytes, Signature], str]
"""Returns what is wrong with a signature over a message, or an empty text."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What `verify` found.

    Attributes:
        path: The ledger.
        ledger_id: Its id; empty when it cannot be read at all.
        events: How many events there are.
        head: Hash of the last one.
        problems: What is broken, the first bad record first. Empty: it is intact.
        notes: What else a person should know.
        signed: The newest head with a good signature; None: there is none.
        signatures: How many good signatures there are.
        echoes: How many echoes of hosts agree.
    """

    path: Path
    ledger_id: str = ""
    events: int = 0
    head: str = ""
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    signed: Head | None = None
    signatures: int = 0
    echoes: int = 0

    @property
    def intact(self) -> bool:
        """Whether nothing is broken."""
        return not self.problems

    @property
    def first_bad(self) -> int | None:
        """Number of the first event that is wrong or missing; None: none, or it cannot be said which."""
        return next((problem.seq for problem in self.problems if problem.seq is not None), None)


@dataclass(slots=True)
class _Anchored:
    """What the anchors say."""

    hashes: dict[int, str] = field(default_factory=dict)
    signed: list[Head] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def verify(
    path: Path,
    *,
    check: Check | None = None,
    signers: Collection[str] = (),
    echoes: Mapping[str, Iterable[Echo]] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Verification:
    """Return whether the ledger in `path` is what was written. Changes nothing; others may append meanwhile.

    Args:
        path: The ledger.
        check: Checks a signature; None: signatures are not checked, and a note says so.
        signers: Fingerprints of which one must have signed the newest signed head; empty: any key may have.
        echoes: Host name -> the echoes it remembers.
        progress: Called now and then with how many events were looked at, and of how many.

    Raises:
        LedgerError: There is no ledger.
    """
    if not has_traces(path):
        raise LedgerError(missing_words(path))
    # Anchors first: what is appended while we look is then missing from them, never from the ledger.
    raw_lines = list(_lines(path))
    try:
        store = Store(path, write=False)
    except LedgerError as error:
        return Verification(path, problems=(Problem(None, str(error)),))
    try:
        anchored = _anchored(raw_lines, store.ledger_id)
        connection = store.connection
        connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
        found = _look(connection, store.ledger_id, anchored.hashes, progress)
    finally:
        store.close()
    problems = [*found.problems, *anchored.problems]
    notes = list(anchored.notes)
    if found.events and not anchored.hashes:
        problems.append(Problem(None, f"the anchors {anchors_path(path)} are missing or name another ledger"))
    good, bad = _signatures(anchored.signed, found, check)
    problems += bad
    agreeing, differing, remarks = _echoes(echoes or {}, store.ledger_id, found)
    problems += differing
    notes += remarks
    signed = max(good, key=lambda head: head.seq, default=None)
    notes += _unsigned(found, signed, anchored.signed, check)
    if signers and found.events and (signed is None or _fingerprint(signed) not in signers):
        by = f"by {_fingerprint(signed)}" if signed else "by nobody"
        problems.append(Problem(None, f"the newest signed head is {by}, not by {' or '.join(signers)}"))
    return Verification(
        path=path,
        ledger_id=store.ledger_id,
        events=found.events,
        head=found.head,
        problems=tuple(sorted(problems, key=Problem.rank)[:PROBLEMS_LIMIT]),
        notes=tuple(notes),
        signed=signed,
        signatures=len(good),
        echoes=agreeing,
    )


def _look(
    connection: sqlite3.Connection,
    ledger_id: str,
    anchors: Mapping[int, str],
    progress: Callable[[int, int], None] | None,
) -> Found:
    """Look at the file, its tables and every row of them, all as they were at one moment."""
    chain = Chain(ledger_id, anchors)
    try:
        connection.execute("BEGIN")
        total = connection.execute("SELECT COALESCE(MAX(seq), 0) FROM events").fetchone()[0]
        _schema(connection, chain)
        for number, row in enumerate(ledger_query.rows_in_order(connection), 1):
            chain.add(row)
            if progress is not None and number % 500 == 0:
                progress(number, total)
        chain.end()
        for plan_id, document in connection.execute("SELECT plan_id, document FROM plans NOT INDEXED"):
            chain.plan(plan_id, document)
        chain.plans_end()
        for (words,) in connection.execute("PRAGMA integrity_check(5)"):
            if words != "ok":
                chain.broken(f"SQLite finds: {words}")
    except (*TROUBLES, OverflowError) as error:
        chain.unreadable(str(error))
    return chain.found


def _schema(connection: sqlite3.Connection, chain: Chain) -> None:
    wanted, there = expected_schema(), schema_of(connection)
    for name in sorted(wanted.keys() | there.keys()):
        if wanted.get(name) != there.get(name):
            how = "is missing" if name not in there else "was added" if name not in wanted else "was changed"
            chain.broken(f"{name}, which guards or holds the events, {how}")


def _lines(path: Path) -> Iterable[Any]:
    try:
        yield from lines(anchors_path(path))
    except OSError:
        return


def _anchored(raw_lines: Iterable[Any], ledger_id: str) -> _Anchored:
    found = _Anchored()
    damaged = strange = newest = 0
    newest_damage = 0
    for line in raw_lines:
        head = line.head
        if head is None:
            damaged, newest_damage = damaged + 1, newest
        elif head.ledger_id != ledger_id:
            strange += 1
        else:
            newest = max(newest, head.seq)
            before = found.hashes.setdefault(head.seq, head.hash)
            if before != head.hash:
                found.problems.append(
                    Problem(head.seq, f"event {head.seq}: the anchors know two of that number")
                )
            if head.signature is not None:
                found.signed.append(head)
    if strange:
        found.problems.append(
            Problem(1, f"{strange} anchors are of another ledger: this one was put in its place")
        )
    if damaged and newest_damage < newest:
        # A later anchor vouches for all events before it too.
        found.notes.append(f"{damaged} lines of the anchors cannot be read; later ones stand in for them")
    elif damaged:
        found.problems.append(
            Problem(None, "the last lines of the anchors cannot be read: a cut tail would not show")
        )
    return found


def _signatures(
    signed: Iterable[Head], found: Found, check: Check | None
) -> tuple[list[Head], list[Problem]]:
    if check is None:
        return [], []
    good, bad = [], []
    for head in signed:
        if head.signature is None:
            continue
        message = ledger_chain.head_message(head.ledger_id, head.seq, head.hash, head.at.isoformat())
        trouble = check(message, head.signature)
        if trouble:
            bad.append(Problem(head.seq, f"head of event {head.seq}: {trouble}"))
        elif found.hashes.get(head.seq) == head.hash:
            good.append(head)
    return good, bad


def _echoes(
    echoes: Mapping[str, Iterable[Echo]], ledger_id: str, found: Found
) -> tuple[int, list[Problem], list[str]]:
    agreeing = 0
    problems: list[Problem] = []
    notes: list[str] = []
    for host, remembered in echoes.items():
        count = 0
        for echo in dict.fromkeys(remembered):  # A host has it twice where a syslog reads from the journal.
            if echo.ledger_id != ledger_id:
                continue
            count += 1
            here = found.hashes.get(echo.seq)
            if here == echo.hash:
                agreeing += 1
            else:
                how = "is missing here" if here is None else "is another one here"
                problems.append(Problem(echo.seq, f"event {echo.seq}: {host} remembers it, but it {how}"))
        if not count:
            notes.append(f"{host} remembers no echo of this ledger")
    return agreeing, problems, notes


def _unsigned(found: Found, signed: Head | None, all_signed: list[Head], check: Check | None) -> list[str]:
    if not found.events:
        return []
    if check is None:
        return [f"{len(all_signed)} signatures were not checked"]
    if signed is None:
        return ["no head is signed: who can write the ledger and its anchors could rewrite both"]
    after = found.events - signed.seq
    return [f"{after} events after the newest signed head are not signed yet"] if after else []


def _fingerprint(head: Head) -> str:
    return head.signature.fingerprint if head.signature is not None else ""
