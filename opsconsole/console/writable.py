"""What keeps a file of ours from being written, found out by looking: nothing is made and nothing opened."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path
from typing import NamedTuple

from opsconsole.data.paths import is_absent

FREE_BYTES = 100 * 1024 * 1024
"""A disk with less room than this is nearly full."""


class Obstacle(NamedTuple):
    """What is in the way.

    Attributes:
        found: What was found.
        advice: What to type against it.
    """

    found: str
    advice: str


def obstacle(path: Path, *, reading: bool = False, beside: bool = False) -> Obstacle | None:
    """Return what keeps a file from being written, or made with its folder; None: nothing.

    Args:
        path: The file.
        reading: It is read as well.
        beside: Files are made beside it, as databases do.
    """
    closed = _closed(path)
    if closed is not None:
        return Obstacle(f"{path} cannot be looked at: {closed} may not be entered", f"chown $USER {closed}")
    folder = _nearest(path)
    if not (folder.is_dir() and may(folder, os.W_OK)) and (beside or is_absent(path)):
        return Obstacle(f"{path} cannot be written: {folder} may not be", f"chown $USER {folder}")
    if is_absent(path):
        return None
    if not path.lstat().st_mode & stat.S_IWUSR:  # which root could write all the same
        return Obstacle(f"{path} was made read-only", f"chmod u+w {path}")
    if not may(path, os.W_OK | (os.R_OK if reading else 0)):
        what = "read and written" if reading else "written"
        return Obstacle(f"{path} cannot be {what}", f"chown $USER {path}")
    return None


def full(path: Path) -> str:
    """Return how little room there is on the disk of a file; empty: enough."""
    free = shutil.disk_usage(_nearest(path)).free
    return f"{path}: {free // 1024 // 1024} MiB free on its disk" if free < FREE_BYTES else ""


def may(path: Path, mode: int) -> bool:
    """Return whether we may, as the user we act as."""
    return os.access(path, mode, effective_ids=os.access in os.supports_effective_ids)


def _closed(path: Path) -> Path | None:
    """Return the first folder on the way that may not be entered."""
    way = reversed(path.absolute().parents)
    return next((folder for folder in way if os.path.isdir(folder) and not may(folder, os.X_OK)), None)


def _nearest(path: Path) -> Path:
    """Return the nearest of what is there above a path."""
    return next(folder for folder in path.absolute().parents if not is_absent(folder))
