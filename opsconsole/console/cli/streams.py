"""Stdout and stderr as verbs write them: a reader that goes away ends nothing, and changes no exit status.

`opsconsole run … 2>&1 | head` drives its run to the end, and a host is as critical when nobody reads so.
"""

from __future__ import annotations

import errno
import io
import os
import stat
import sys
from contextlib import suppress
from typing import TextIO


class Stream:
    """One of the two streams. Writing to it never raises.

    Args:
        name: Its name in `sys`: `stdout` or `stderr`.

    Attributes:
        gone: Nobody reads it any more: what is written goes nowhere.
        trouble: Why what was written is lost although somebody waits for it, such as a full disk.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self.gone = False
        self.trouble = ""

    def begin(self) -> None:
        """Make the stream fit for whatever a verb says; it may not even be open (`2>&-`)."""
        self.gone, self.trouble = False, ""
        if getattr(sys, self._name) is None:
            setattr(sys, self._name, open(os.devnull, "w"))  # noqa: SIM115 - as long as we run
        stream = self._stream
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")  # a locale without `✓` is no reason to say nothing

    def write(self, said: str | bytes) -> None:
        """Write, for the next `flush` at the latest."""
        try:
            if isinstance(said, bytes):
                self._stream.flush()
                self._stream.buffer.write(said)
            else:
                self._stream.write(said)
        except OSError as error:
            self._lose(error)

    def flush(self) -> None:
        """Let whoever reads have all that was written."""
        try:
            self._stream.flush()
        except OSError as error:
            self._lose(error)

    def isatty(self) -> bool:
        """Return whether it is a terminal, for who prints in colour."""
        return self._stream.isatty()

    @property
    def encoding(self) -> str:
        """Its encoding, for who prints signs."""
        return self._stream.encoding

    @property
    def _stream(self) -> TextIO:
        stream: TextIO = getattr(sys, self._name)  # not kept: it may be exchanged
        return stream

    def _lose(self, error: OSError) -> None:
        """Send the rest to nowhere, what still waits in its buffer as well."""
        with suppress(OSError):  # one that is no file has nothing behind it
            number = self._stream.fileno()
            if not _is_reader_gone(error, number):
                self.trouble = error.strerror or str(error)
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, number)
            os.close(nowhere)
        self.gone = True


def _is_reader_gone(error: OSError, number: int) -> bool:
    """Whether a pipe was closed or a terminal hung up; else the bytes could not be kept."""
    is_file = stat.S_ISREG(os.fstat(number).st_mode)
    return isinstance(error, ConnectionError) or (error.errno == errno.EIO and not is_file)


OUT = Stream("stdout")
"""Results."""
ERR = Stream("stderr")
"""Diagnostics."""
