"""Exact texts of paths, as this program holds them, on one line of ASCII and back."""

from __future__ import annotations

import re

from opsconsole.recipes.paths import escape

_ESCAPED = re.compile(r"\\0([0-3][0-7]{2})")


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
