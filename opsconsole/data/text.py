"""Turning bytes from a host into text that is safe to show.

Everything a host sends is hostile until it went through `clean`: escape sequences could move the
cursor or set the clipboard, bidirectional marks could swap what an engineer reads, and NUL or invalid
UTF-8 could end a parser. What is removed leaves no trace but `…` where text was cut for length.
"""

from __future__ import annotations

import re

# CSI (ESC [ … final), OSC/DCS/SOS/PM/APC (ESC ] P X ^ _ … BEL or ST), and two-byte escapes: ECMA-48 §5, §8.
_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]?"
    r"|[\x9b][0-?]*[ -/]*[@-~]?"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]?"
)
# C0 and C1 controls but tab and newline; Unicode bidirectional, zero-width and line-separator controls; tags.
_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


def clean(raw: bytes | str, limit_chars: int = 4096) -> str:
    r"""Return `raw` as text with no escape sequences or invisible controls; tabs and newlines stay.

    Args:
        raw: Bytes (decoded as UTF-8, invalid ones shown as U+FFFD) or text from a host.
        limit_chars: At most this many characters are looked at; a cut is marked with `…`.

    >>> clean(b"\x1b[31mred\x1b[0m\x00 \xff")
    'red \ufffd'
    """
    cut = len(raw) > limit_chars * 4 if isinstance(raw, bytes) else False
    text = raw[: limit_chars * 4].decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    if len(text) > limit_chars:
        text, cut = text[:limit_chars], True
    text = _CONTROLS.sub("", _ESCAPES.sub("", text.replace("\r\n", "\n")))
    return text + "…" if cut else text


def clean_line(raw: bytes | str, limit_chars: int = 512) -> str:
    """Like `clean`, on one line: every run of white space becomes one space."""
    return " ".join(clean(raw, limit_chars).split())
