r"""Paths of files as a host has them: any bytes but NUL, on one line of ASCII.

Lists of files reach the host's sh on standard input, one a line. POSIX sh can read lines, not NUL-separated
fields, so every byte that could end or split a line is written as `\0ooo`, which `printf %b` of every sh
turns back. Nothing of a name is ever evaluated or given as an option.
"""

from __future__ import annotations

import re

_UNSAFE = re.compile(rb"[^!-\[\]-~]")


def escape(path: bytes) -> str:
    r"""Return `path` as printable ASCII without blanks.

    >>> escape(b"/a b\n\xff")
    '/a\\0040b\\0012\\0377'
    """
    return _UNSAFE.sub(lambda found: b"\\0%03o" % found.group()[0], path).decode("ascii")
