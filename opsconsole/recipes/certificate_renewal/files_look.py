"""What is on the host in the place of what was given: the files as they are, never a key's bytes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from opsconsole.data.host import Shell
from opsconsole.data.text import clean_line
from opsconsole.recipes.certificate_renewal.names import escaped
from opsconsole.recipes.certificate_renewal.records import ask, records
from opsconsole.recipes.certificate_renewal.scripts import command

_MOST_BYTES = 256 * 1024
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass
class FileAt:
    """A file of the host.

    Attributes:
        path: As it was asked for; exact text.
        real: Where links lead.
        kind: `file`, `link`, `missing` or `other`.
        stat: `MODE UID GID` of what it leads to.
        owner: `USER:GROUP`.
        links: How many names it has.
        context: SELinux context, or `-`.
        labels: Of its PEM blocks.
        sha256: Of its bytes; empty when a private key is in it.
        public: SHA-256 of the public half of its private key; empty: none, or encrypted.
        lineage: certbot's lineage that it belongs to, or empty.
        locked: Whether its folder cannot be written.
    """

    path: str
    real: str = ""
    kind: str = "missing"
    stat: str = ""
    owner: str = ""
    links: int = 1
    context: str = "-"
    labels: list[str] = field(default_factory=list)
    sha256: str = ""
    public: str = ""
    lineage: str = ""
    locked: bool = False

    @property
    def mode(self) -> int:
        """Its mode, or 0."""
        first = self.stat.partition(" ")[0]
        return int(first, 8) if re.fullmatch(r"[0-7]{1,4}", first) else 0

    @property
    def has_certificate(self) -> bool:
        """Whether it has a certificate in PEM."""
        return any(label.endswith("CERTIFICATE") for label in self.labels)

    @property
    def has_key(self) -> bool:
        """Whether it has a private key in PEM."""
        return any(label.endswith("PRIVATE KEY") for label in self.labels)


@dataclass(frozen=True)
class Look:
    """What the host said.

    Attributes:
        files: Path -> file.
        has_openssl: Whether it can prove anything of a key.
        now: Its clock, in seconds since 1970; None: not known.
        lineages: Fingerprint of the certificate in each of certbot's lineages -> its name.
    """

    files: Mapping[str, FileAt]
    has_openssl: bool
    now: int | None
    lineages: Mapping[str, str]


async def look(shell: Shell, paths: list[str]) -> Look:
    """Look at files; changes nothing.

    Raises:
        ShellError: The host could not be asked.
        PlanError: Its answer cannot be read.
    """
    wanted = command(
        "files_look",
        _MOST_BYTES,
        lines=[escaped(path) for path in dict.fromkeys(paths)],
        parts=("tls",),
        output_limit_bytes=_MOST_BYTES + 99,
    )
    return parsed(await ask(shell, wanted))


def parsed(raw: bytes) -> Look:
    """Return what `sh/files_look.sh` wrote.

    Raises:
        PlanError: It is cut.
    """
    files: dict[str, FileAt] = {}
    lineages: dict[str, str] = {}
    has_openssl = False
    now: int | None = None
    one: FileAt | None = None
    for word, rest in records(raw):
        if word == "file":
            one = files[rest] = FileAt(rest)
        elif word == "openssl":
            has_openssl, one = True, None
        elif word == "now":
            now, one = int(rest) if re.fullmatch(r"[0-9]{1,12}", rest) else None, None
        elif word == "lineage-copy":
            print_, _, name = rest.partition(" ")
            if _DIGEST.fullmatch(print_):
                lineages[print_] = clean_line(name, 200)
        elif one is not None:
            _into(one, word, rest)
    return Look(files, has_openssl, now, lineages)


def _into(one: FileAt, word: str, rest: str) -> None:
    if word == "real":
        one.real = rest
    elif word == "kind" and rest in {"file", "link", "missing", "other"}:
        one.kind = rest
    elif word == "stat":
        parts = clean_line(rest, 200).split(" ")
        if len(parts) == 6:
            one.stat, one.owner = " ".join(parts[:3]), f"{parts[3]}:{parts[4]}"
            one.links = int(parts[5]) if parts[5].isdecimal() and len(parts[5]) < 7 else 1
    elif word == "context":
        one.context = clean_line(rest, 200)
    elif word == "label" and len(one.labels) < 20:
        one.labels.append(clean_line(rest, 60))
    elif word == "sha256" and _DIGEST.fullmatch(rest):
        one.sha256 = rest
    elif word == "public" and _DIGEST.fullmatch(rest):
        one.public = rest
    elif word == "lineage":
        one.lineage = clean_line(rest, 200)
    elif word == "locked":
        one.locked = True
