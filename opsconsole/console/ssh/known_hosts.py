"""The known_hosts files: parsed line by line as OpenSSH does, searched by name, appended to safely.

asyncssh's own reader gives up on a whole file for one bad line and cannot say where a key stands; this one
ignores what it cannot read and imports only the keys of lines that match. Format: sshd(8), "SSH_KNOWN_HOSTS
FILE FORMAT".
"""

from __future__ import annotations

import base64
import binascii
import fcntl
import hashlib
import hmac
import os
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

DEFAULT_FILES = ("~/.ssh/known_hosts", "/etc/ssh/ssh_known_hosts")
_FILE_LIMIT_BYTES = 32 * 1024 * 1024
_MARKERS = ("@cert-authority", "@revoked")


class KnownKey(NamedTuple):
    """A line of a known_hosts file that names the host looked for.

    Attributes:
        marker: "", "@cert-authority" or "@revoked".
        algorithm: Key type of the line, such as `ssh-ed25519`.
        blob: The public key, RFC 4253 encoding.
        file: The file.
        line: Its line number.
    """

    marker: str
    algorithm: str
    blob: bytes
    file: str
    line: int

    @property
    def text(self) -> str:
        """Algorithm and key as in a file."""
        return f"{self.algorithm} {base64.b64encode(self.blob).decode()}"

    @property
    def fingerprint(self) -> str:
        """As OpenSSH shows it."""
        return fingerprint(self.blob)


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    marker: str
    patterns: str
    algorithm: str
    key: str


@dataclass(frozen=True, slots=True)
class _File:
    """A parsed file: lines of plain names by name, and the others, which must be tried one by one."""

    plain: dict[str, list[_Line]]
    others: tuple[_Line, ...]


def fingerprint(blob: bytes) -> str:
    """Return `SHA256:…` of a public key, as OpenSSH writes it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def lookup_name(address: str, port: int, alias: str | None) -> str:
    """Return the name under which OpenSSH keeps a host: the alias, `name`, or `[name]:port`."""
    if alias:
        return alias.lower()
    name = address.lower()
    return name if port == 22 else f"[{name}]:{port}"


def find(files: Iterable[str], name: str) -> list[KnownKey]:
    """Return the lines of these files that match `name`, in order."""
    return [key for path in files for key in _find_in(path, name)]


def forget() -> None:
    """Let go of the parsed files: of a thousand hosts' keys they take 2 MB. Who looks again reads again."""
    _parse.cache_clear()


def append(path: str, line: str) -> None:
    """Add a line to a known_hosts file, which is made when missing (0600, in a folder of 0700).

    Two writers wait for each other; a last line without a newline is not joined to ours; it is on disk when
    this returns.

    Raises:
        OSError: It cannot be written.
    """
    file = Path(path).expanduser()
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    with open(descriptor, "rb+", buffering=0) as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        size = os.fstat(stream.fileno()).st_size
        start = b"\n" if size and os.pread(stream.fileno(), 1, size - 1) != b"\n" else b""
        # One write with O_APPEND: a reader sees the whole line or none of it.
        stream.write(start + line.encode() + b"\n")
        os.fsync(stream.fileno())


def _find_in(path: str, name: str) -> Iterator[KnownKey]:
    file = str(Path(path).expanduser())
    try:
        stat = os.stat(file)
        parsed = _parse(file, stat.st_mtime_ns, stat.st_size, stat.st_ino)
    except OSError:
        return
    lines = [*parsed.plain.get(name, ()), *(line for line in parsed.others if _matches(line.patterns, name))]
    for line in sorted(lines, key=lambda line: line.number):
        try:
            blob = binascii.a2b_base64(line.key, strict_mode=True)
        except ValueError:  # no base64 (binascii.Error is one), or not even ASCII
            continue
        yield KnownKey(line.marker, line.algorithm, blob, file, line.number)


@lru_cache(maxsize=32)
def _parse(file: str, _modified: int, _size: int, _inode: int) -> _File:
    """Read a file; the last three arguments make the cache notice that it changed."""
    with open(file, "rb") as stream:
        text = stream.read(_FILE_LIMIT_BYTES).decode("utf-8", "replace")
    plain: dict[str, list[_Line]] = {}
    others = []
    for number, raw in enumerate(text.split("\n"), 1):
        fields = raw.split()
        marker = fields.pop(0) if fields and fields[0] in _MARKERS else ""
        if len(fields) < 3 or fields[0].startswith(("#", "@")):
            continue
        names, algorithm, key = fields[:3]
        if any(sign in names for sign in "*?!|"):
            others.append(_Line(number, marker, names, sys.intern(algorithm), key))
            continue
        line = _Line(number, marker, "", sys.intern(algorithm), key)  # a file may have thousands
        for name in names.lower().split(","):
            plain.setdefault(name, []).append(line)
    return _File(plain, tuple(others))


def _matches(patterns: str, name: str) -> bool:
    """Return whether a name field with hashes, wildcards or negations means `name`."""
    if patterns.startswith("|"):
        return _hash_matches(patterns, name)
    matched = False
    for pattern in patterns.lower().split(","):
        negated = pattern.startswith("!")
        if _wildcard(pattern.removeprefix("!")).fullmatch(name):
            if negated:
                return False
            matched = True
    return matched


@lru_cache(maxsize=4096)
def _wildcard(pattern: str) -> re.Pattern[str]:
    """`*` and `?` only: `[` is a plain character here, unlike in shells."""
    return re.compile("".join({"*": ".*", "?": "."}.get(sign, re.escape(sign)) for sign in pattern))


def _hash_matches(field: str, name: str) -> bool:
    try:
        _, kind, salt, digest = field.split("|")
        expected = binascii.a2b_base64(digest)
        found = hmac.digest(binascii.a2b_base64(salt), name.encode(), "sha1")
    except (ValueError, binascii.Error):
        return False
    return kind == "1" and hmac.compare_digest(expected, found)
