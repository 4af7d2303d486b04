"""Writing a configuration file so that nothing is lost: checked first, atomic, and with a backup."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

FILE_MODE = 0o600
FOLDER_MODE = 0o700


def write_config(file: Path, text: str, *, force: bool, check: Callable[[Path], object]) -> Path | None:
    """Write the text, readable by its owner only, after proving that it loads.

    Args:
        file: Where to; a symbolic link is followed.
        text: The configuration.
        force: Replace a file that is there, after copying it to a backup beside it.
        check: Reads the new file, beside its later place, and raises when it has problems.

    Returns:
        The backup, if one was made.

    Raises:
        FileExistsError: The file is there and `force` is false; it was not touched.
        SettingsError: The check found problems; nothing was written.
        OSError: It cannot be written.
    """
    file = file.resolve()
    file.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")  # has FILE_MODE
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        check(temporary)
        if not force:
            os.link(temporary, file)  # unlike a rename it fails when the name is taken
            return None
        backup = _back_up(file) if file.exists() else None
        temporary.replace(file)
        return backup
    finally:
        temporary.unlink(missing_ok=True)


def _back_up(file: Path) -> Path:
    """Copy the file to a new name beside it; both stay."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    number = 0
    while True:
        suffix = f".{number}" if number else ""
        backup = file.with_name(f"{file.name}.{stamp}{suffix}.bak")
        try:
            with backup.open("xb") as target, file.open("rb") as source:
                backup.chmod(FILE_MODE)
                shutil.copyfileobj(source, target)
        except FileExistsError:
            number += 1
        else:
            return backup
