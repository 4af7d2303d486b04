r"""Paths of files as a host has them: any bytes but NUL, on one line of ASCII.

Lists of files reach the host's sh on standard input, one a line. POSIX sh can read lines, not NUL-separated
fields, so every byte that could end or split a line is written as `\0ooo`, which `printf %b` of every sh
turns back. Nothing of a name is ever evaluated or given as an option.
"""

from __future__ import annotations

import re

_UNSAFE = re.compile(rb"[^!-\[\]-~]")
_ESCAPED = re.compile(r"\\0([0-7]{3})")
_WHOLE = re.compile(r"(?:[!-\[\]-~]|\\0[0-3][0-7]{2})*")


def escape(path: bytes) -> str:
    r"""Return `path` as printable ASCII without blanks.

    >>> escape(b"/a b\n\xff")
    '/a\\0040b\\0012\\0377'
    """
    return _UNSAFE.sub(lambda found: b"\\0%03o" % found.group()[0], path).decode("ascii")


def unescape(text: str) -> bytes:
    r"""Return what `escape` was given.

    Raises:
        ValueError: `escape` never returns this.
    """
    if not _WHOLE.fullmatch(text):
        raise ValueError(f"not an escaped path: {text!r:.200}")
    plain = _ESCAPED.sub(lambda found: chr(int(found[1], 8)), text)
    return plain.encode("latin-1")
