"""Reads the answer of `files_command`: certificate files with what is in them, and keys from outside."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from opsconsole.data.text import clean_line
from opsconsole.data.tls.certificate import Certificate, CertificateError
from opsconsole.data.tls.read import contents
from opsconsole.panels.certificates.reading import FileState, KeyFile
from opsconsole.panels.frames import moment, parts, path_text, shown_path

MOST_ENTRIES = 2000
_SHA256 = re.compile(rb"[0-9a-f]{64}")
_MODE = re.compile(rb"[0-7]{1,5}")
_REACH = re.compile(rb"([0-7]{1,5}):(\d{1,10})")
_WORDS: dict[bytes, tuple[FileState, str]] = {
    b"missing": ("missing", "there is no such file"),
    b"forbidden": ("forbidden", "we may not read it"),
    b"special": ("broken", "it is no ordinary file"),
    b"large": ("unknown", "it is too large to be read"),
    b"late": ("unknown", "there was no time left to read it"),
    b"empty": ("broken", "it is a folder without certificates"),
    b"nocert": ("broken", "it holds no certificate"),
    b"noawk": ("unknown", "this host has no awk to take the certificates out of it"),
    b"noopenssl": ("unknown", "this host has no openssl"),
    b"encrypted": ("unknown", "the key is encrypted with a pass phrase"),
    b"password": ("unknown", "it is PKCS#12 with a password"),
    b"broken": ("broken", "openssl cannot read it"),
}


@dataclass(frozen=True, slots=True)
class Seen:
    """A file as it was found; paths are exact text.

    Attributes:
        path: Its path.
        state: Whether it could be read.
        why: Why not, or what is wrong with it.
        kind: `pem`, `der`, `pkcs12`, or empty.
        certificates: What is in it.
        password_needed: See `CertificateFile`.
        has_key: Whether a private key is in it too.
        target: Where a link leads; empty: it is none.
        modified_at: When it was last written (UTC).
        key: Its key, where it is in the same file or beside it.
    """

    path: str
    state: FileState
    why: str = ""
    kind: Literal["pem", "der", "pkcs12", ""] = ""
    certificates: tuple[Certificate, ...] = ()
    password_needed: bool = False
    has_key: bool = False
    target: str = ""
    modified_at: datetime | None = None
    key: KeyFile | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What `files_command` found: files and keys by their exact paths; whether the answer is whole."""

    files: dict[str, Seen]
    keys: dict[str, KeyFile]
    whole: bool


@dataclass(slots=True)
class _Entry:
    sign: bytes
    head: list[bytes]
    path: str = ""
    target: str = ""
    pem: list[bytes] = field(default_factory=list)
    der: bytes = b""
    word: bytes = b""
    has_key: bool = False
    is_pkcs12: bool = False
    sha256: bytes = b""
    reach: bytes = b""
    of: str = ""


def read(answer: bytes) -> Answer:
    """Return what was found, whatever the bytes."""
    part = parts(answer).get("files")
    entries = _entries(part.body if part else b"")
    files: dict[str, Seen] = {}
    keys: dict[str, KeyFile] = {}
    known: dict[bytes, Seen] = {}
    for one in entries[:MOST_ENTRIES]:
        if one.sign == b"c":
            files[one.path] = _seen(one, known)
        else:
            keys[one.path] = made = _key(one)
            if one.of in files:
                together = replace(made, in_certificate=one.of == one.path)
                keys[one.path] = together
                files[one.of] = replace(files[one.of], key=together)
    whole = part is not None and part.status is not None and len(entries) <= MOST_ENTRIES
    return Answer(files, keys, whole)


def _entries(body: bytes) -> list[_Entry]:
    entries: list[_Entry] = []
    for line in body.split(b"\n"):
        sign, rest = line[:1], line[1:]
        if sign == b">":
            entries.append(_Entry(rest[:1], rest[1:].split()))
        elif not entries:
            continue
        elif sign == b"|":
            entries[-1].pem.append(rest)
        else:
            _take(entries[-1], sign, rest)
    return [one for one in entries if one.path.startswith("/") and one.sign in (b"c", b"k")]


def _take(entry: _Entry, sign: bytes, rest: bytes) -> None:
    """Take one line about an entry."""
    if sign == b"=":
        entry.path = entry.path or path_text(rest)
    elif sign == b"@":
        entry.target = path_text(rest).removesuffix("\n")
    elif sign == b"#":
        entry.der = rest
    elif sign == b"?":
        entry.word = rest
    elif sign == b"+":
        entry.has_key = True
    elif sign == b"*":
        entry.is_pkcs12 = True
    elif sign == b"%" and _SHA256.fullmatch(rest):
        entry.sha256 = rest
    elif sign == b"^":
        entry.reach = rest
    elif sign == b"&":
        entry.of = path_text(rest)


def _seen(one: _Entry, known: dict[bytes, Seen]) -> Seen:
    state, why = _WORDS.get(one.word, ("read", ""))
    blank = Seen(
        one.path,
        state,
        why,
        "pkcs12" if one.is_pkcs12 else "",
        password_needed=one.word == b"password",
        has_key=one.has_key,
        target=one.target,
        modified_at=moment(one.head[4]) if len(one.head) > 4 else None,
    )
    data = b"\n".join(one.pem) + b"\n" if one.pem else _unhexed(one.der)
    if not data:
        if not one.word:
            why = "it holds a private key and no certificate" if one.has_key else "it holds no certificate"
            return replace(blank, state="broken", why=why)
        return _with_key(blank, one)
    read_before = known.get(data)
    if read_before is None:
        read_before = known[data] = _contents(data)
    found = replace(
        blank,
        state="read" if read_before.certificates else read_before.state,
        why=read_before.why or why,
        kind=blank.kind or read_before.kind,
        certificates=read_before.certificates,
    )
    return _with_key(found, one)


def _with_key(seen: Seen, one: _Entry) -> Seen:
    """Add the key of PKCS#12, which lies in the same file."""
    return (
        replace(seen, key=replace(_key(one), in_certificate=True)) if one.is_pkcs12 and one.sha256 else seen
    )


def _contents(data: bytes) -> Seen:
    try:
        found = contents(data)
    except CertificateError as error:
        return Seen("", "broken", clean_line(str(error), 300))
    return Seen("", "read", clean_line("; ".join(found.broken[:3]), 300), found.kind, found.certificates)


def _unhexed(text: bytes) -> bytes:
    try:
        return bytes.fromhex(text.decode("ascii"))
    except ValueError:
        return b""


def _key(one: _Entry) -> KeyFile:
    state, why = _WORDS.get(one.word, ("read", ""))
    if one.word == b"broken":
        why = "openssl finds no private key in it"
    if not one.word and not one.sha256:
        state, why = "unknown", "openssl did not say its public key"
    mode, owner, group = None, "", ""
    if len(one.head) > 6 and _MODE.fullmatch(one.head[0]):
        mode = int(one.head[0], 8)
        owner, group = (_name(one.head[at], one.head[at - 4]) for at in (5, 6))
    return KeyFile(
        shown_path(one.path),
        state,
        one.sha256.decode("ascii") or None,
        why,
        mode,
        owner,
        group,
        "" if mode is None else _readable_by(mode, owner, group, one.head[2], one.reach),
    )


def _name(name: bytes, identity: bytes) -> str:
    """Return a user or group by name, or by number where it has none."""
    return clean_line(identity if name == b"UNKNOWN" else name, 64)


def _readable_by(
    mode: int, owner: str, group: str, gid: bytes, reach: bytes
) -> Literal["owner", "group", "others"]:
    """Return who may read a file, by its own bits and those of the folders above it."""
    above = [(int(bits, 8), number) for bits, number in _REACH.findall(reach)]
    if mode & 0o004 and all(bits & 0o001 for bits, _ in above):
        return "others"
    passes = all(bits & 0o001 or (bits & 0o010 and number == gid) for bits, number in above)
    own = gid == b"0" or group == owner
    return "group" if mode & 0o040 and passes and not own else "owner"
