"""Whether there is something at a path, when folders on the way may be closed to us."""

from __future__ import annotations

from pathlib import Path


def is_absent(path: Path) -> bool:
    """Return whether there is certainly nothing at a path, not even a link.

    What may not be looked at may be there: it is not absent, and who reads it is told why that cannot be.
    `Path.exists` raises then, or says that there is nothing, by the version of Python.
    """
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError, ValueError):  # the last: no file can have such a name
        return True
    except OSError:
        pass
    return False
