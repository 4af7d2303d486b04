"""The anchors: heads of the ledger in a file of their own, so that a cut tail or a rewrite of it shows.

One line of JSON a head. Each event's head is written right after the event is durable; a signed one is
written through to the disk. An anchor that is lost leaves less vouched for, never a false alarm.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from opsconsole.data.ledger_entry import Head, Signature
from opsconsole.data.paths import is_absent

_TAIL_BYTES = 256 * 1024
_LINE_LIMIT_BYTES = 16 * 1024
_ENCODE = json.JSONEncoder(separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the file.

    Attributes:
        number: From 1.
        head: What it says; None: it cannot be read.
    """

    number: int
    head: Head | None


def anchors_path(ledger: Path) -> Path:
    """Return where the anchors of a ledger are."""
    return ledger.with_name(f"{ledger.name}.anchors.jsonl")


def has_traces(ledger: Path) -> bool:
    """Return whether there is a ledger, or was one: its anchors are there when it was taken away."""
    return not (is_absent(ledger) and is_absent(anchors_path(ledger)))


def missing_words(ledger: Path) -> str:
    """Return what is to be said of a ledger that is not there."""
    if is_absent(anchors_path(ledger)):
        return f"there is no ledger {ledger}: nothing was ever done from here"
    return f"the ledger {ledger} is gone; {_what_anchors_know(ledger)}"


def empty_words(ledger: Path) -> str:
    """Return what is to be said of a ledger that is a file with nothing in it."""
    if is_absent(anchors_path(ledger)):
        return f"the ledger {ledger} is empty: nothing was ever done from here"
    return f"the ledger {ledger} is empty; {_what_anchors_know(ledger)}"


def _what_anchors_know(ledger: Path) -> str:
    anchors = anchors_path(ledger)
    try:
        newest, _signed = last_heads(anchors)
    except OSError:
        newest = None
    known = f"know {newest.seq} event{'' if newest.seq == 1 else 's'}" if newest else "are still there"
    return f"its anchors {known} ({anchors})"


class Anchors:
    """The file of anchors, open for appending. Several processes may append to it at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor = -1
        self._torn = False  # whether a write may have stopped in the middle of a line

    def write(self, head: Head) -> None:
        """Append one head; a signed one is on the disk when this returns.

        Raises:
            OSError: It could not be written.
        """
        if self._descriptor < 0:
            self._open()
        if self._torn:
            self._end_torn_line()
        line = _to_line(head)
        written = os.write(self._descriptor, line)
        if written != len(line):  # The disk filled up in the middle: a line feed has no room now either.
            self._torn = True
            raise OSError(f"only {written} of {len(line)} bytes were written")
        if head.signature is not None:
            os.fsync(self._descriptor)

    def close(self) -> None:
        """Close the file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _open(self) -> None:
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        self._descriptor = os.open(self.path, flags, 0o600)
        if os.fstat(self._descriptor).st_mode & 0o077:
            os.fchmod(self._descriptor, 0o600)
        self._torn = True  # perhaps, by a power cut

    def _end_torn_line(self) -> None:
        """See that what is written next begins a line of its own."""
        size = os.fstat(self._descriptor).st_size
        if size and os.pread(self._descriptor, 1, size - 1) != b"\n":
            os.write(self._descriptor, b"\n")
        self._torn = False


def lines(path: Path) -> Iterator[Line]:
    """Yield every line of the file; a missing file has none.

    Raises:
        OSError: It cannot be read.
    """
    try:
        stream = path.open("rb")
    except FileNotFoundError:
        return
    with stream:
        number = 0
        while raw := stream.readline(_LINE_LIMIT_BYTES):
            number += 1
            if raw != b"\n":
                yield Line(number, _parsed(raw))


def last_heads(path: Path) -> tuple[Head | None, Head | None]:
    """Return the newest head, and the newest signed one, of the end of the file; None: none there.

    Raises:
        OSError: It cannot be read.
    """
    newest = signed = None
    try:
        with path.open("rb") as stream:
            size = stream.seek(0, os.SEEK_END)
            stream.seek(max(0, size - _TAIL_BYTES))
            tail = stream.read(_TAIL_BYTES)
    except FileNotFoundError:
        return None, None
    whole = tail.split(b"\n") if size <= _TAIL_BYTES else tail.split(b"\n")[1:]
    for raw in reversed(whole):
        head = _parsed(raw) if raw else None
        if head is not None:
            newest = head if newest is None or head.seq > newest.seq else newest
            if head.signature is not None:
                signed = head
                break
    return newest, signed


def _to_line(head: Head) -> bytes:
    at = head.at.isoformat(timespec="seconds")
    # Put together here, for one is written with every event: half the time of an encoder for the whole.
    line = f'{{"ledger":{_quoted(head.ledger_id)},"seq":{head.seq},"hash":{_ENCODE(head.hash)},"at":"{at}"'
    if head.signature is not None:
        line += (
            f',"signer":{_ENCODE(head.signature.fingerprint)},"signature":{_ENCODE(head.signature.armored)}'
        )
    return f"{line}}}\n".encode()


@lru_cache(maxsize=4)
def _quoted(ledger_id: str) -> str:
    return _ENCODE(ledger_id)


def _parsed(raw: bytes) -> Head | None:
    try:
        document = json.loads(raw)
        signature = None
        if "signature" in document:
            signature = Signature(_text(document["signer"]), _text(document["signature"]))
        seq = document["seq"]
        if type(seq) is not int or seq < 1:
            return None
        at = datetime.fromisoformat(_text(document["at"]))
        if at.tzinfo is None:
            return None
        return Head(_text(document["ledger"]), seq, _text(document["hash"]), at, signature)
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value
