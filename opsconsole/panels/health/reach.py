"""Why a connection could not be made, told apart in words."""

from __future__ import annotations

import errno
import socket
from dataclasses import dataclass

from opsconsole.data.host import ShellError
from opsconsole.data.text import clean_line

ERRORS = {
    "refused": "connection refused",
    "timeout": "timed out",
    "name": "name not found",
    "route": "no route to host",
    "closed": "connection closed before the whole answer was there",
    "connection": "connection failed",
}


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a check failed; `kind` is empty when it did not. Kinds are those of `CheckResult.error`."""

    kind: str = ""
    words: str = ""


def failure_of(error: BaseException) -> Failure:
    """Say why a connection could not be made."""
    if isinstance(error, ShellError):
        return Failure("console", clean_line(str(error), 200))
    number = error.errno if isinstance(error, OSError) else None
    if isinstance(error, socket.gaierror):
        if error.errno == socket.EAI_AGAIN:
            return Failure("name", "name not looked up: no answer from the name servers")
        kind = "name"
    elif isinstance(error, ConnectionRefusedError) or number == errno.ECONNREFUSED:
        kind = "refused"
    elif isinstance(error, TimeoutError) or number == errno.ETIMEDOUT:
        kind = "timeout"
    elif number in {errno.EHOSTUNREACH, errno.ENETUNREACH}:
        kind = "route"
    else:
        # asyncio joins the errors of several addresses into the text of one OSError.
        text = str(error)
        kind = (
            "refused" if "Connect call failed" in text and str(errno.ECONNREFUSED) in text else "connection"
        )
    return Failure(kind, ERRORS[kind])
