"""The frames that `probe` puts around each part, and what many parts share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from opsconsole.data.text import clean_line

TIMED_OUT_STATUSES = (124, 137, 143)  # of GNU timeout, of KILL, of BusyBox timeout (TERM)
LARGEST_BYTES = 1 << 60  # what claims more is no size
_PATH_CHARS = 1024
_END = re.compile(rb"end (\d{1,3})")
_NUMBER = re.compile(rb"\d{1,19}")


@dataclass(frozen=True, slots=True)
class Part:
    """One part's output, hostile; `status` is None when it was cut before its end."""

    body: bytes
    status: int | None

    @property
    def lines(self) -> list[bytes]:
        """Its lines that are not empty."""
        return [line for line in self.body.split(b"\n") if line]

    @property
    def ended(self) -> int | None:
        """The status in its `end` line: of the tool at the head of a pipe; None when it is not there."""
        for line in reversed(self.lines):
            if found := _END.fullmatch(line):
                return int(found[1])
        return None


def parts(text: bytes) -> Mapping[str, Part]:
    """Return the parts by name; anything outside a frame is dropped."""
    found: dict[str, Part] = {}
    name, body = "", b""
    for chunk in (b"\n" + text).split(b"\n@@")[1:]:
        head, _, rest = chunk.partition(b"\n")
        if head.startswith(b"="):
            if name:
                found[name] = Part(body, number(head[1:]))
            name = ""
        else:
            name, body = head.decode("ascii", "replace"), rest
            found[name] = Part(body, None)
    return found


def number(raw: bytes) -> int | None:
    """Return the whole number that these bytes are, or None."""
    return int(raw) if _NUMBER.fullmatch(raw) else None


def size(raw: bytes, unit: int = 1) -> int | None:
    """Return a size in bytes, or None where it cannot be one."""
    count = number(raw)
    return count * unit if count is not None and count * unit <= LARGEST_BYTES else None


def path_text(raw: bytes) -> str:
    """Return a path as exact text (`surrogateescape`), with the newlines that travelled as the byte 1."""
    return raw.replace(b"\x01", b"\n").decode("utf-8", "surrogateescape")


def shown_path(path: str) -> str:
    """Return a path to show: cleaned, on one line, bounded; bytes that are no UTF-8 as U+FFFD."""
    return clean_line(path.encode("utf-8", "surrogateescape"), _PATH_CHARS) or "?"


def moment(raw: bytes | None) -> datetime | None:
    """Return the UTC time of whole seconds since 1970 (a fraction is dropped), or None."""
    seconds = None if raw is None else number(raw.partition(b".")[0])
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
