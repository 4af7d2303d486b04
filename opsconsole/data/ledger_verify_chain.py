"""The chain looked at row by row: what does not follow, what was changed, what is missing. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from opsconsole.data.ledger_chain import COLUMNS, FORMAT, event_hash, genesis, plan_digest
from opsconsole.data.ledger_entry import PLAN
from opsconsole.data.ledger_query import EVENT_COLUMNS

_LIMIT = 50
_SEQ, _FORMAT, _PREVIOUS, _HASH = (
    EVENT_COLUMNS.index(name) for name in ("seq", "format", "previous", "hash")
)
_KIND, _PLAN_ID, _BODY = (EVENT_COLUMNS.index(name) for name in ("kind", "plan_id", "body"))


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is broken.

    Attributes:
        seq: Number of the event; None: it is not one event.
        text: For a person; names the event.
    """

    seq: int | None
    text: str

    @staticmethod
    def rank(problem: Problem) -> tuple[bool, int]:
        """Order by the number of the event; what is not of one event comes last."""
        return problem.seq is None, problem.seq or 0


@dataclass(slots=True)
class Found:
    """What is there.

    Attributes:
        events: How many rows.
        head: Hash of the last one.
        hashes: Number of the event -> hash, of those whose hash is that of their content.
        problems: What is broken.
    """

    events: int = 0
    head: str = ""
    hashes: dict[int, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


class Chain:
    """Takes the rows in order.

    Args:
        ledger_id: Whose chain it is.
        anchors: Number of an event -> the hash it had when it was written.
    """

    def __init__(self, ledger_id: str, anchors: Mapping[int, str]) -> None:
        self.found = Found(head=genesis(ledger_id))
        self._anchors = anchors
        self._next = 1
        self._plans: dict[str, str] = {}
        self._kept: set[str] = set()

    def add(self, row: tuple[Any, ...]) -> None:
        """Look at the next row of the events' table (`EVENT_COLUMNS`)."""
        seq = row[_SEQ]
        found = self.found
        found.events += 1
        if type(seq) is not int or seq < self._next:
            self._say(self._next, f"an event of number {seq!r} stands behind event {self._next - 1}")
            return
        if seq > self._next:
            first, last = self._next, seq - 1
            self._say(first, _missing(first, last))
        columns = COLUMNS.get(row[_FORMAT]) if type(row[_FORMAT]) is int else None
        if columns is None:
            self._say(seq, f"event {seq} was changed: there is no format {row[_FORMAT]!r}")
        elif event_hash(_values(row, columns)) != row[_HASH]:
            self._say(seq, f"event {seq} was changed: its hash is not that of its content")
        elif row[_PREVIOUS] != found.head and seq == self._next:
            self._say(seq, f"event {seq} does not follow on the event before it")
        elif self._anchors.get(seq, row[_HASH]) != row[_HASH]:
            self._say(seq, f"event {seq} is not the one that was written: its anchor has another hash")
        else:
            found.hashes[seq] = row[_HASH]
            if row[_KIND] == PLAN:
                self._plans.setdefault(row[_PLAN_ID], _digest(row[_BODY]))
        found.head = row[_HASH]
        self._next = seq + 1

    def end(self) -> None:
        """All rows were seen: what the anchors know beyond them was cut off."""
        last = max(self._anchors, default=0)
        if last >= self._next:
            self._say(self._next, f"{_missing(self._next, last)}: the anchors know them")

    def plan(self, plan_id: object, document: object) -> None:
        """Look at one kept plan."""
        bound = self._plans.get(plan_id) if isinstance(plan_id, str) else None
        if bound is None:
            self._say(None, f"plan {plan_id!r} was added: the chain knows nothing of it")
            return
        self._kept.add(str(plan_id))
        if not isinstance(document, str) or plan_digest(str(plan_id), document) != bound:
            self._say(None, f"plan {plan_id} was changed: its digest is not the one in the chain")

    def plans_end(self) -> None:
        """All plans were seen."""
        for plan_id in self._plans.keys() - self._kept:
            self._say(None, f"plan {plan_id} is missing")

    def broken(self, text: str) -> None:
        """Note what is wrong with the file rather than with an event."""
        self._say(None, text)

    def unreadable(self, reason: str) -> None:
        """Note that the file cannot be read any further."""
        self._say(self._next, f"event {self._next} cannot be read: {reason}")

    def _say(self, seq: int | None, text: str) -> None:
        if len(self.found.problems) < _LIMIT:
            self.found.problems.append(Problem(seq, text))


def _values(row: tuple[Any, ...], columns: tuple[str, ...]) -> list[Any]:
    if columns == COLUMNS[FORMAT]:
        return list(row[:_HASH])
    return [row[EVENT_COLUMNS.index(name)] for name in columns]


def _missing(first: int, last: int) -> str:
    return f"event {first} is missing" if first == last else f"events {first} to {last} are missing"


def _digest(body: object) -> str:
    try:
        return str(json.loads(str(body))["digest"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return ""
