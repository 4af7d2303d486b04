"""The one place where an argv becomes what a host is asked to run.

Every command carries `OPSCONSOLE_RUN=<nonce>` in its environment. All its descendants inherit it, also
those that start a new session, so that `reap.py` finds every process a command left behind.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence

from opsconsole.data.host import ShellError

MARKER = "OPSCONSOLE_RUN"
KILL_AFTER_SECONDS = 5
"""How long a command may take to end by SIGTERM before `timeout` sends SIGKILL."""

_PLAIN = re.compile(r"[A-Za-z0-9@%+:,./_-]+")


def quote(word: str) -> str:
    r"""Return `word` as one word of sh, dash, bash, ash, zsh and fish; of csh too, unless it has newlines.

    Like `shlex.quote`, but a backslash stands outside the quotes, each with one before it: fish, unlike
    POSIX, takes it for an escape within single quotes, csh keeps both of two within double quotes. So does
    `!`, which csh replaces by what was typed before.

    >>> quote("a b"), quote("it's"), quote("")
    ("'a b'", "'it'\"'\"'s'", "''")
    """
    if _PLAIN.fullmatch(word):
        return word
    # One pass: the replacement of one character must not be touched by that of the other.
    return "'" + re.sub(r"'+|[\\!]+", lambda found: _between_quotes(found.group()), word) + "'"


def _between_quotes(run: str) -> str:
    """Leave the single quotes, give a run of quotes, or of backslashes and `!`, enter them again."""
    return f"'\"{run}\"'" if run[0] == "'" else "'" + "".join(f"\\{one}" for one in run) + "'"


# No newline and no backslash in it: csh cannot be given the one and does not agree on the other.
_WITH_LINES = (
    "n=$(echo; echo x); n=${n%x}; set -f; IFS=$2; S=; for L in $1; do S=$S$L$n; done; unset IFS L; set +f;"
    ' shift 2; eval "$S"'
)
_LINE_END = "\x1e"  # record separator: bash has uses of its own for the byte 1


def script_argv(script: str, *arguments: str) -> list[str]:
    """Return the argv that runs a script of several lines, also where the login shell is csh or tcsh.

    Those end a quoted word at the end of its line. So the script travels in one line, and `sh` cuts it.
    """
    if _LINE_END in script:
        raise ValueError("a script holds the byte 30")
    return ["sh", "-c", _WITH_LINES, "sh", script.replace("\n", _LINE_END), _LINE_END, *arguments]


def command_line(argv: Sequence[str]) -> bytes:
    """Return the line for the login shell of a host: it is replaced by the command, so no process is added.

    `exec PROGRAM` is understood by every login shell met so far; a leading `NAME=value` is not (csh).

    Raises:
        ShellError: A word holds a NUL byte, which no argv can carry.
    """
    if any("\0" in word for word in argv):
        raise ShellError("a command cannot hold a NUL byte")
    # Names on a host need not be UTF-8: what was decoded with surrogateescape goes back as it came.
    return ("exec " + " ".join(quote(word) for word in argv)).encode("utf-8", "surrogateescape")


def new_nonce() -> str:
    """Return a random word that nobody on the host can guess."""
    return secrets.token_hex(12)


def with_environment(argv: Sequence[str], nonce: str) -> list[str]:
    """Return `argv` with the C locale and the marker in its environment; `env` is replaced by the command."""
    return ["env", "LC_ALL=C", f"{MARKER}={nonce}", *argv]


def with_timeout(argv: Sequence[str], seconds: float, style: str) -> list[str]:
    """Return `argv` under the host's own `timeout`, so that it ends even when we are gone.

    GNU's kills its process group, BusyBox's only the command: `reap.py` gets the rest in both cases.

    Args:
        argv: The command.
        seconds: Its deadline.
        style: `Facts.timeout_style`; with "none" nothing is added.
    """
    limit = f"{max(seconds, 0.1):.3f}".rstrip("0").rstrip(".")
    if style == "gnu":
        return ["timeout", "-k", str(KILL_AFTER_SECONDS), limit, *argv]
    whole = str(max(1, -int(-seconds // 1)))  # BusyBox may know whole seconds only: round up
    if style == "busybox":
        return ["timeout", "-k", str(KILL_AFTER_SECONDS), whole, *argv]
    if style == "busybox-t":
        return ["timeout", "-t", whole, *argv]
    return list(argv)
