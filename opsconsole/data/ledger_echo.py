"""Echoes: the head of the ledger written to the journals of the hosts it is about, out of our own reach.

Pure: what to run on a host, and how to read what it says. Any user of a host may write to its log, so an
echo that differs says that either side was tampered with, not which.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from opsconsole.data.host import Command

TAG = "opsconsole"
_ECHO = re.compile(r"\bledger ([0-9a-f]{32}) event ([0-9]{1,18}) hash ([0-9a-f]{64})\b")
_READ_LIMIT_BYTES = 4 * 1024 * 1024
# The journal where there is one; else the files that syslog daemons write. Bounded on the host already.
_READ = (
    "if command -v journalctl >/dev/null 2>&1 && [ -d /run/systemd/system ]; then"
    f" journalctl -t {TAG} -o cat --no-pager -q -n 20000; fi;"
    " for file in /var/log/syslog.1 /var/log/syslog /var/log/messages.1 /var/log/messages; do"
    f' [ -r "$file" ] && grep -a "{TAG}.*: ledger " "$file" | tail -n 20000; done; exit 0'
)


@dataclass(frozen=True, slots=True)
class Echo:
    """What a host remembers of a ledger."""

    ledger_id: str
    seq: int
    hash: str


def echo_command(ledger_id: str, seq: int, digest: str) -> Command:
    """Return the command that writes a head to the host's log, of syslog priority notice."""
    words = f"ledger {ledger_id} event {seq} hash {digest}"
    return Command(("logger", "-t", TAG, "-p", "auth.notice", words), deadline_seconds=10.0)


def read_command(*, sudo: bool = False) -> Command:
    """Return the command that reads all echoes which a host still has."""
    return Command(
        ("sh", "-c", _READ), sudo=sudo, deadline_seconds=30.0, output_limit_bytes=_READ_LIMIT_BYTES
    )


def read_echoes(output: bytes) -> Iterator[Echo]:
    """Yield the echoes in what `read_command` wrote; lines that are none are passed over."""
    for line in output.decode("utf-8", "replace").splitlines():
        found = _ECHO.search(line)
        if found is not None:
            yield Echo(found[1], int(found[2]), found[3])
