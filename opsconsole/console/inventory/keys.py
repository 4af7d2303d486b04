"""Key files that cannot be used, said before an authentication fails for it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from opsconsole.console.sources.origin import Origin, short_path


def key_file_warnings(files: Iterable[tuple[str, Origin]]) -> list[str]:
    """Return a warning for every key file that is missing or unreadable, with the line that names it.

    A missing file whose `.pub` is there is fine: its key is in the agent.
    """
    first: dict[str, Origin] = {}
    for path, origin in files:
        first.setdefault(path, origin)
    warnings = []
    for path, origin in first.items():
        trouble = "" if path.lower() == "none" else _trouble(path)
        if trouble:
            warnings.append(f"{origin}: key file {short_path(Path(path))} {trouble}")
    return warnings


def _trouble(path: str) -> str:
    try:  # os.path, not pathlib: three times as fast, and there may be ten thousand
        if os.path.isfile(path):
            return "" if os.access(path, os.R_OK) else "cannot be read: permission denied"
        if os.path.isdir(path):
            return "is a folder"
        return "" if os.path.exists(path) or os.path.exists(path + ".pub") else "does not exist"
    except ValueError:
        return "has no valid name"
