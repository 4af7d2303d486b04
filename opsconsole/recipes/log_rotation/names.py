"""Paths of files as a host has them: on one line of ASCII, back again, and for a person to read."""

from __future__ import annotations

import re

from opsconsole.recipes.paths import escape

__all__ = ["escape", "show", "unescape"]

_ESCAPED = re.compile(r"\\0([0-7]{3})")
_WHOLE = re.compile(r"(?:[!-\[\]-~]|\\0[0-3][0-7]{2})*")


def unescape(text: str) -> bytes:
    r"""Return what `escape` was given.

    Raises:
        ValueError: `escape` never returns this.
    """
    if not _WHOLE.fullmatch(text):
        raise ValueError(f"not an escaped path: {text!r:.200}")
    plain = _ESCAPED.sub(lambda found: chr(int(found[1], 8)), text)
    return plain.encode("latin-1")


def show(path: bytes) -> str:
    r"""Return a name for a person: what cannot be seen is shown as an escape, so no two names look alike.

    >>> show(b"/var/log/a\nb\xff \xe2\x80\xae")
    '/var/log/a\\nb\\xff \\u202e'
    """
    text = path.decode("utf-8", "backslashreplace")
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)
