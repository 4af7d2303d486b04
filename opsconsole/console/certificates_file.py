"""Writes an export to a file of the engineer's machine."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile


def write_file(path: Path, data: bytes, *, force: bool = False) -> None:
    """Write a file whole or not at all, readable by its owner alone.

    Args:
        path: Where to.
        data: What.
        force: Replace a file that is there.

    Raises:
        FileExistsError: It is there, and `force` is not set.
        OSError: It cannot be written.
    """
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name[:100]}.", delete=False) as file:
        try:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            if force:
                os.replace(file.name, path)
            else:
                os.link(file.name, path)  # fails where the name is taken, also by a link that leads nowhere
        finally:
            with suppress(FileNotFoundError):
                os.unlink(file.name)
