r"""Paths of files as a host has them: any bytes but NUL, on one line of ASCII and back.

Lists reach the host's sh on standard input, one path a line: every byte that could end or split a line is
written as `\0ooo`, which `printf %b` of every sh turns back. Nothing of a name is evaluated or an option.
"""

from __future__ import annotations

import re

_UNSAFE = re.compile(rb"[^!-\[\]-~]")
_ESCAPED = re.compile(r"\\0([0-3][0-7]{2})")


def escape(path: bytes) -> str:
    r"""Return `path` as printable ASCII without blanks.

    >>> escape(b"/a b\n\xff")
    '/a\\0040b\\0012\\0377'
    """
    return _UNSAFE.sub(lambda found: b"\\0%03o" % found.group()[0], path).decode("ascii")


def escaped(path: str) -> str:
    """Return the exact text of a path, as this program holds it, for a line of a script's input."""
    return escape(path.encode("utf-8", "surrogateescape"))


def unescape(text: str) -> str:
    r"""Return the path that `escaped` was given.

    >>> unescape(escaped("/a b"))
    '/a b'
    """
    plain = _ESCAPED.sub(lambda found: chr(int(found[1], 8)), text)
    return plain.encode("latin-1", "replace").decode("utf-8", "surrogateescape")
