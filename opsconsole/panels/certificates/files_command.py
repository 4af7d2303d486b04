"""Reads certificate files, and what their keys look like from outside, by one command; paths on its input.

POSIX sh for dash and BusyBox ash, constant text. Of a file only its certificates are sent: a private key's
bytes never leave the host. Of a key: mode, owner, group, and the SHA-256 of its public key, made there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from opsconsole.data.host import Asking, Command
from opsconsole.panels.certificates.probe import script

MOST_FILES = 1000
DEADLINE_SECONDS = 30.0
OUTPUT_LIMIT_BYTES = 6 * 1024 * 1024
NOTHING = b"\n@@files\n\n@@=0\n"
"""The answer when there is nothing to read."""

Kind = Literal["certificate", "bundle", "key", "glob"]
"""`bundle`: a certificate whose key is in the same file, or beside it, or a folder of such (HAProxy)."""
_SIGNS: Mapping[Kind, str] = {"certificate": "c", "bundle": "h", "key": "k", "glob": "g"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file to look at.

    Attributes:
        path: Absolute path as exact text (`surrogateescape`); of kind `glob` a pattern.
        kind: What it is.
        password: Of PKCS#12; kept in memory only.
    """

    path: str
    kind: Kind
    password: str = field(default="", repr=False)


# Reads itself up to a line, then runs itself; the rest of the input is its own. `read` never reads too far.
_LOADER = """\
n='
'
s=; while IFS= read -r l; do [ "$l" = "@@paths" ] && break; s=$s$l$n; done; eval "$s" 2>/dev/null"""

_SCRIPT = script("files")


def command(wanted: Iterable[Wanted], *, root: bool, asking: Asking = Asking.NEVER) -> Command:
    """Return the command that reads these files, at most `MOST_FILES`; its answer is for `parse_files`.

    Args:
        wanted: The files; one whose path has a line break is left out.
        root: Read them as root.
        asking: Whether a person may be asked for the sudo password.
    """
    lines: list[str] = []
    chosen = [one for one in dict.fromkeys(wanted) if one.path.startswith("/") and _fits(one)][:MOST_FILES]
    for one in chosen:
        if one.password:
            lines.append("p" + one.password)
        lines.append(_SIGNS[one.kind] + one.path)
    text = "\n".join((_SCRIPT, "@@paths", *lines, ""))
    return Command(
        ("sh", "-c", _LOADER),
        stdin=text.encode("utf-8", "surrogateescape"),
        sudo=root,
        asking=asking,
        deadline_seconds=DEADLINE_SECONDS,
        output_limit_bytes=OUTPUT_LIMIT_BYTES,
        redact=tuple(one.password for one in chosen if one.password),
    )


def _fits(one: Wanted) -> bool:
    return not any(sign in one.path + one.password for sign in "\n\r\0") and len(one.path) <= 4096
