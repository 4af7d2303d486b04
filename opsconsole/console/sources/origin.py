"""Where a value came from, so that a person can go there and change it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value came from. `file` is None for a built-in default or the command line; `note` says."""

    file: Path | None
    line: int | None = None
    note: str = ""

    def __str__(self) -> str:
        """`~/.ssh/config:12`, or the note."""
        if self.file is None:
            return self.note or "default"
        return f"{short_path(self.file)}:{self.line}" if self.line is not None else short_path(self.file)


@dataclass(frozen=True, slots=True)
class Located:
    """A value with its origin.

    Attributes:
        value: The value.
        origin: Where it stands.
        general: It stands in a rule for many hosts (`Host *`), not in one that names this host.
    """

    value: Any
    origin: Origin
    general: bool = False


def short_path(path: Path) -> str:
    """Return the path as a person writes it: `~/…` below the home folder."""
    text = str(path)
    try:
        home = str(Path.home())
    except RuntimeError:  # no HOME and no passwd entry
        return text
    return "~" + text[len(home) :] if home != "/" and text.startswith(home + "/") else text
