"""The ledger: who did what, where, when, why, and what came of it. Append-only, chained, anchored, signed.

An event is durable when `append` returns, and nothing that looks like a secret is in it. Everything here
blocks: call it by `asyncio.to_thread` where an event loop runs. A `Ledger` may be used by several threads,
its file by several consoles at once.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from opsconsole.data import ledger_query
from opsconsole.data.ledger_anchor import Anchors, anchors_path, last_heads
from opsconsole.data.ledger_chain import FORMAT, Value, event_hash, genesis, head_message, plan_digest
from opsconsole.data.ledger_echo import Echo
from opsconsole.data.ledger_entry import (
    OPEN,
    PLAN,
    Entry,
    Event,
    Head,
    LedgerError,
    Operator,
    RunQuery,
    RunRow,
    SecretError,
    Signature,
    Signer,
    SigningError,
)
from opsconsole.data.ledger_ready import Ready, canonical, ready
from opsconsole.data.ledger_store import TROUBLES, Store, damaged, explain
from opsconsole.data.ledger_verify import Check, Verification, verify
from opsconsole.data.redact import find_secret, spellings

__all__ = [
    "Entry",
    "Event",
    "Head",
    "Ledger",
    "LedgerError",
    "Operator",
    "RunQuery",
    "RunRow",
    "SecretError",
    "Signature",
    "Signer",
    "SigningError",
    "Verification",
]

RUNS_LIMIT = 1000
PLAN_LIMIT_BYTES = 64 * 1024 * 1024
_INSERT = (
    f"INSERT INTO events ({', '.join(ledger_query.EVENT_COLUMNS)})"  # noqa: S608 - constant names
    f" VALUES ({', '.join('?' * len(ledger_query.EVENT_COLUMNS))})"
)
_INSERT_PLAN = "INSERT INTO plans SELECT ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM plans WHERE plan_id = ?)"
_Answer = TypeVar("_Answer")
_HEAD = "SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1"


class Ledger:
    """One ledger file with its anchors. Made by `Ledger.open`, or `Ledger.read` to look only.

    Attributes:
        path: The file.
        problem: What is wrong with its protection, for a person; empty: nothing that is known.
    """

    def __init__(self, store: Store, anchors: Anchors) -> None:
        self.path = store.path
        self.problem = ""
        self._store = store
        self._anchors = anchors
        self._secrets: set[str] = set()
        self._hidden = spellings(())  # the secrets as they may be spelt
        self._unanchored = False
        self._last: tuple[int, str] | None = None  # what we appended last; None: look

    @classmethod
    def open(cls, path: Path) -> Ledger:
        """Return the ledger kept in `path`; it is made, with its folder, when there is none. Mode 0600.

        Raises:
            LedgerError: It cannot be opened or written.
        """
        path = Path(path)
        ledger = cls(Store(path), Anchors(anchors_path(path)))
        ledger._compare_with_anchor()
        return ledger

    @classmethod
    def read(cls, path: Path) -> Ledger:
        """Return the ledger kept in `path` to look at it only; nothing is made or changed.

        Raises:
            LedgerError: There is none, or it cannot be read.
        """
        path = Path(path)
        ledger = cls(Store(path, write=False), Anchors(anchors_path(path)))
        ledger._compare_with_anchor()
        return ledger

    @property
    def ledger_id(self) -> str:
        """What tells this ledger from all others."""
        return self._store.ledger_id

    def hide(self, *secrets: str) -> None:
        """Never write these values from now on, such as a password that was just typed."""
        self._secrets.update(secret for secret in secrets if secret)
        self._hidden = spellings(self._secrets)

    def append(self, entry: Entry, *, secrets: Collection[str] = ()) -> Head:
        """Append an event, and return the head that the ledger has with it; the event is durable then.

        Args:
            entry: What happened, or is about to.
            secrets: Values that must not be written, beside those of `hide` and what looks like a secret.

        Raises:
            LedgerError: It was not written.
        """
        return self._append(self._ready(entry, secrets))

    def keep_plan(
        self, document: Mapping[str, Any], *, address: str = "", operator: Operator | None = None
    ) -> None:
        """Keep a plan word for word, and append the `plan` event whose digest binds it into the chain.

        Keeping one again appends another event: somebody planned it again.

        Raises:
            LedgerError: It was not kept.
            SecretError: There is something in it that looks like a secret.
        """
        text = canonical(document, self.path)
        if len(text) > PLAN_LIMIT_BYTES:
            raise LedgerError(f"plan {document.get('plan_id')} is too large for the ledger {self.path}")
        plan_id = str(document.get("plan_id") or "")
        if not plan_id:
            raise LedgerError(f"ledger {self.path} keeps no plan without an id")
        secret = find_secret(document, self._hidden)
        if secret is not None:
            raise SecretError(
                f"plan {plan_id} is not kept, and so cannot be run: {secret} looks like it holds a secret"
            )
        digest = plan_digest(plan_id, text)
        entry = Entry(
            kind=PLAN,
            host=str(document.get("host", "")),
            address=address,
            plan_id=plan_id,
            recipe=str(document.get("recipe", "")),
            body={"digest": digest, "risk": document.get("risk"), "summary": document.get("summary")},
            operator=operator or Operator.local(),
        )
        self._append(self._ready(entry, ()), (plan_id, text))

    def plan(self, plan_id: str) -> dict[str, Any] | None:
        """Return a kept plan, or None when there is none of that id.

        Raises:
            LedgerError: It cannot be read, or is not what was kept.
        """
        found = self._ask(lambda connection: ledger_query.plan(connection, plan_id))
        if found is None:
            return None
        text, digest = found
        document = _document(text) if digest == plan_digest(plan_id, text) else None
        if document is None:
            raise LedgerError(f"plan {plan_id} in the ledger {self.path} is not what was kept")
        return document

    def events(self, run_id: str) -> list[Event]:
        """Return the events of one run, in order; empty: there is no such run."""
        return self._ask(lambda connection: ledger_query.events(connection, run_id))

    def all_events(self, *, after_seq: int = 0, limit: int = 1000) -> list[Event]:
        """Return events of whatever run, in order: the `limit` next after `after_seq`."""
        return self._ask(lambda connection: ledger_query.events(connection, after_seq=after_seq, limit=limit))

    def runs(self, query: RunQuery | None = None, limit: int = RUNS_LIMIT) -> list[RunRow]:
        """Return runs, newest first, at most `limit`; the next page is `before_seq` the last one's first."""
        wanted = query or RunQuery()
        return self._ask(lambda connection: ledger_query.runs(connection, wanted, limit))

    def open_runs(self) -> list[RunRow]:
        """Return the runs that began and have no verdict: interrupted, or still going on somewhere."""
        return self.runs(RunQuery(verdict=OPEN))

    def echoed_hosts(self) -> list[str]:
        """Return the hosts that the head was ever echoed to, in alphabetical order."""
        return self._ask(ledger_query.echoed_hosts)

    def head(self) -> tuple[int, str]:
        """Return the number of the last event and its hash; (0, …) of an empty ledger."""
        row = self._ask(lambda connection: connection.execute(_HEAD).fetchone())
        return (int(row[0]), str(row[1])) if row is not None else (0, genesis(self.ledger_id))

    def sign_head(self, signer: Signer | None) -> Head:
        """Anchor the head with a signature, and return it.

        Args:
            signer: Who signs. None: nobody can, and the head that is returned says so: it has no signature.

        Raises:
            LedgerError: The anchor could not be written.
            SigningError: The signer could not.
        """
        seq, digest = self.head()
        at = datetime.now(UTC).replace(microsecond=0)
        head = Head(self.ledger_id, seq, digest, at)
        if signer is not None and seq:
            message = head_message(head.ledger_id, head.seq, head.hash, head.at.isoformat())
            head = replace(head, signature=signer.sign(message))
        if seq:
            try:
                self._anchors.write(head)
            except OSError as error:
                raise LedgerError(self._anchors_trouble(error)) from error
        return head

    def verify(
        self,
        *,
        check: Check | None = None,
        signers: Collection[str] = (),
        echoes: Mapping[str, Iterable[Echo]] | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Verification:
        """Return whether all of it is what was written; see `ledger_verify.verify`."""
        return verify(self.path, check=check, signers=signers, echoes=echoes, progress=progress)

    def last_signed(self) -> Head | None:
        """Return the newest signed head; None: there is none among the newest anchors."""
        try:
            return last_heads(self._anchors.path)[1]
        except OSError:
            return None

    def ensure_there(self) -> None:
        """See that the file is still the one that was opened.

        Raises:
            LedgerError: It is gone, or another is in its place.
        """
        self._store.ensure_there()

    def close(self) -> None:
        """Close the files."""
        self._anchors.close()
        self._store.close()

    def _ask(self, question: Callable[[sqlite3.Connection], _Answer]) -> _Answer:
        try:
            with self._store.reading():
                return question(self._store.connection)
        except TROUBLES as error:
            raise explain(error, self.path) from error
        except (TypeError, ValueError) as error:  # a row that was never written so
            raise LedgerError(damaged(self.path)) from error

    def _ready(self, entry: Entry, secrets: Collection[str]) -> Ready:
        hidden = spellings(self._secrets.union(secrets)) if secrets else self._hidden
        return ready(entry, hidden, self.path)

    def _append(self, event: Ready, plan: tuple[str, str] | None = None) -> Head:
        """Write an event, and a plan with it, in one transaction; then anchor it."""
        store = self._store
        store.ensure_writable()
        try:
            with store.reading():
                head = self._written_next(event) if plan is None else None
                if head is None:
                    head = self._written(event, plan)
                self._last = (head.seq, head.hash)
        except TROUBLES as error:
            self._last = None
            raise explain(error, self.path) from error
        self._anchor(head)
        return head

    def _written_next(self, event: Ready) -> Head | None:
        """Write an event right behind our own last one, as one statement that is a transaction by itself.

        None: there is none of ours, or another console wrote meanwhile. The file itself tells: it takes an
        event in its turn only, and nothing that is in it ever goes away.
        """
        if self._last is None:
            return None
        try:
            return self._insert(self._store.connection, self._last, event)
        except sqlite3.IntegrityError:
            return None

    def _written(self, event: Ready, plan: tuple[str, str] | None) -> Head:
        """Write an event behind whatever is the last one, and a plan with it."""
        store = self._store
        with store.transaction() as connection:
            last = connection.execute(_HEAD).fetchone() or (0, genesis(store.ledger_id))
            head = self._insert(connection, last, event)
            if plan is not None:
                plan_id, document = plan
                connection.execute(_INSERT_PLAN, (plan_id, ledger_query.to_us(head.at), document, plan_id))
        return head

    def _insert(self, connection: sqlite3.Connection, last: tuple[int, str], event: Ready) -> Head:
        seq, previous = last
        at = datetime.now(UTC)
        numbers: tuple[Value, ...] = (seq + 1, FORMAT, ledger_query.to_us(at))
        values = (*numbers, *event.texts, *event.who, event.text, previous)
        digest = event_hash(values)
        connection.execute(_INSERT, (*values, digest))
        return Head(self._store.ledger_id, seq + 1, digest, at)

    def _anchor(self, head: Head) -> None:
        """Anchor an event that is durable. Where that fails the event stands all the same, less protected."""
        try:
            self._anchors.write(head)
        except OSError as error:
            self._unanchored = True
            self.problem = self._anchors_trouble(error)
        else:
            if self._unanchored:  # An anchor vouches for all before it as well.
                self._unanchored, self.problem = False, ""

    def _compare_with_anchor(self) -> None:
        """Note at once where the ledger is not what its newest anchor says."""
        seq, _ = self.head()
        try:
            newest, _signed = last_heads(self._anchors.path)
        except OSError as error:
            self.problem = self._anchors_trouble(error)
            return
        if newest is None:
            if seq:
                self.problem = f"the anchors of the ledger ({self._anchors.path}) are missing"
            return
        query = "SELECT hash FROM events WHERE seq = ?"
        row = self._ask(lambda connection: connection.execute(query, (newest.seq,)).fetchone())
        if newest.ledger_id != self.ledger_id or row is None or row[0] != newest.hash:
            self.problem = (
                f"ledger {self.path} is not what it was: event {newest.seq} of {newest.at:%Y-%m-%d %H:%M} UTC"
                " is missing or was changed; `opsconsole audit verify` says more"
            )

    def _anchors_trouble(self, error: OSError) -> str:
        return f"the anchors of the ledger ({self._anchors.path}): {error.strerror or error}"


def _document(text: str) -> dict[str, Any] | None:
    """Return a plan's text as it was kept; None: somebody wrote another, and its digest as well."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None
