"""Paths of files as a host has them, for a person to read."""

from __future__ import annotations


def show(path: bytes) -> str:
    r"""Return a name for a person: what cannot be seen is shown as an escape, so no two names look alike.

    >>> show(b"/var/log/a\nb\xff \xe2\x80\xae")
    '/var/log/a\\nb\\xff \\u202e'
    """
    text = path.decode("utf-8", "backslashreplace")
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)
