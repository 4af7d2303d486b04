"""The frames that scripts put around the output of each tool, and what many parts share."""

from __future__ import annotations

import re
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
    """One tool's output.

    Attributes:
        body: Standard output and errors, bounded, hostile.
        status: Exit status; None when the output was cut before it came.
    """

    body: bytes
    status: int | None

    @property
    def lines(self) -> list[bytes]:
        """Its lines that are not empty."""
        return [line for line in self.body.split(b"\n") if line]

    @property
    def text_lines(self) -> list[str]:
        """Its lines that are not blank, decoded but not cleaned."""
        return [line for line in self.body.decode("utf-8", "replace").split("\n") if line.strip()]

    @property
    def text(self) -> str:
        """All of it on one cleaned line."""
        return clean_line(self.body)

    @property
    def ended(self) -> int | None:
        """The status in its `end` line: of the tool at the head of a pipe; None when it is not there."""
        for line in reversed(self.lines):
            if found := _END.fullmatch(line):
                return int(found[1])
        return None

    def reason(self, tool: str) -> str:
        """Say in words why the tool gave nothing useful."""
        if self.status in TIMED_OUT_STATUSES:
            return f"{tool} timed out"
        if self.status == 127:
            return f"{tool} is not installed"
        shown = clean_line(self.body, 160)
        return f"{tool}: {shown}" if shown else f"{tool} failed with status {self.status}"


def parts(text: bytes) -> dict[str, Part]:
    """Return the parts of a section's output by name; anything outside a frame is dropped."""
    found: dict[str, Part] = {}
    name, body = "", b""
    for chunk in (b"\n" + text).split(b"\n@@")[1:]:
        head, _, rest = chunk.partition(b"\n")
        if head.startswith(b"="):
            if name:
                found[name] = Part(body, _status(head[1:].strip()))
            name = ""
        else:
            name, body = head.decode("ascii", "replace"), rest
            if name:
                found[name] = Part(body, None)
    return found


def _status(raw: bytes) -> int | None:
    status = number(raw)
    return status if status is not None and status <= 255 else None


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
