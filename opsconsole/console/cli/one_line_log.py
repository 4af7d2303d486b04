"""What modules log is one line each on stderr, without a traceback: that quotes what an exception says."""

from __future__ import annotations

import logging

from opsconsole.console.cli.context import tell
from opsconsole.console.mistakes import mistake
from opsconsole.data.text import clean_line


class OneLine(logging.Handler):
    """Tells a record in a line, and an exception by its kind and place only."""

    def emit(self, record: logging.LogRecord) -> None:
        """Tell it."""
        said = clean_line(record.getMessage())
        error = record.exc_info[1] if record.exc_info else None
        tell(said if error is None else f"{said}: {mistake(error)}")


def begin() -> None:
    """Take over what nobody else does, of other libraries as well."""
    root = logging.getLogger()
    if not any(isinstance(handler, OneLine) for handler in root.handlers):
        root.addHandler(OneLine(logging.WARNING))
