"""An exception that nobody expected, told in one line."""

from __future__ import annotations

import traceback
from pathlib import Path

from opsconsole.data.text import clean_line

_PACKAGE = Path(__file__).parents[1]


def mistake(error: BaseException) -> str:
    """Return `a mistake of opsconsole: KeyError at console/cli/check.py:57`.

    What an exception says of itself is left out, for it may quote anything, a password as well; but what the
    system says of a file is told.
    """
    what = type(error).__name__
    if isinstance(error, OSError) and error.strerror:
        what = f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    return clean_line(f"a mistake of opsconsole: {what}{_place(error)}")


def _place(error: BaseException) -> str:
    """Return the line of ours where it was raised, or that called what raised it."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        file = Path(frame.filename)
        if file.is_relative_to(_PACKAGE):
            return f" at {file.relative_to(_PACKAGE)}:{frame.lineno}"
    return ""
