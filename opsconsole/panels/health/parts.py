"""The frames that `scripts` puts around each tool's output, and the readers that many parts share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from opsconsole.data.text import clean_line
from opsconsole.panels.health.reading import Problem

TIMED_OUT_STATUSES = (124, 137, 143)  # of GNU timeout, of KILL, of BusyBox timeout (TERM)


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
    def lines(self) -> list[str]:
        """The lines that are not empty, decoded but not cleaned."""
        return [line for line in self.body.decode("utf-8", "replace").split("\n") if line.strip()]

    @property
    def text(self) -> str:
        """All of it on one cleaned line."""
        return clean_line(self.body)

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
    name = ""
    body = b""
    for chunk in (b"\n" + text).split(b"\n@@")[1:]:
        head, _, rest = chunk.partition(b"\n")
        if head.startswith(b"="):
            if name:
                found[name] = Part(body, _status(head[1:]))
            name = ""
        else:
            if name:
                found[name] = Part(body, None)
            name, body = head.decode("utf-8", "replace"), rest
    if name:
        found[name] = Part(body, None)
    return found


def _status(raw: bytes) -> int | None:
    number = whole(raw.decode("utf-8", "replace"))
    return number if number is not None and 0 <= number <= 255 else None


def missing(found: Mapping[str, Part], name: str, what: str) -> Problem | None:
    """Return why nothing can be known when a part is not there at all."""
    return None if name in found else Problem(what, f"the host's answer has no part {name!r}")


def properties(part: Part) -> Iterator[dict[str, str]]:
    """Yield each block of `Key=value` lines, as `systemctl show` writes them, split by empty lines."""
    block: dict[str, str] = {}
    for line in part.body.decode("utf-8", "replace").split("\n"):
        key, equals, value = line.partition("=")
        if equals:
            block[key] = value
        elif not line.strip() and block:
            yield block
            block = {}
    if block:
        yield block


def whole(text: str | None) -> int | None:
    """Return the whole number that `text` is, or None; never more than 19 figures."""
    stripped = (text or "").strip()
    if not stripped.lstrip("-").isascii() or not stripped.lstrip("-").isdigit() or len(stripped) > 20:
        return None
    try:
        return int(stripped)
    except ValueError:  # such as "--1"
        return None


def real(text: str | None) -> float | None:
    """Return the finite number that `text` is, or None."""
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if abs(number) < 1e18 else None  # also false for NaN


def moment(seconds: float | None) -> datetime | None:
    """Return the UTC time of seconds since 1970, or None when there is no such time."""
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
