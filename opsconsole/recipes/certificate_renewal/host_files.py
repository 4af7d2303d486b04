"""Files of the host: configuration as text, and the certificates in files, never a key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from opsconsole.data.host import Shell
from opsconsole.data.text import clean_line
from opsconsole.data.tls.certificate import Certificate, CertificateError
from opsconsole.data.tls.read import read
from opsconsole.recipes.certificate_renewal.names import escaped
from opsconsole.recipes.certificate_renewal.records import MOST_BYTES, ask, records
from opsconsole.recipes.certificate_renewal.scripts import command
from opsconsole.recipes.recipe import PlanError

_LEFT_OUT = {
    b"large": "larger than 1 MiB, not read",
    b"binary": "holds NUL bytes, so it is no text; not read",
    b"closed": "cannot be read",
}
"""Word of `sh/files.sh` -> what it means for a person."""


@dataclass(frozen=True, slots=True)
class Texts:
    """Configuration files.

    Attributes:
        files: Path -> content.
        left_out: Path -> why it was not read.
    """

    files: Mapping[str, bytes]
    left_out: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CertificateAt:
    """A certificate file on the host.

    Attributes:
        path: As it was asked for.
        real: Where links lead.
        certificates: What is in it, as far as it can be read.
        stat: `MODE OWNER GROUP`.
        modified_at: Seconds since 1970.
    """

    path: str
    real: str
    certificates: tuple[Certificate, ...] = ()
    stat: str = ""
    modified_at: int = 0

    @property
    def print(self) -> str:
        """SHA-256 of the first certificate, or empty."""
        return self.certificates[0].fingerprint_sha256 if self.certificates else ""


async def read_files(shell: Shell, paths: list[str]) -> Texts:
    """Return configuration files; paths may be globs.

    Raises:
        ShellError: The host could not be asked.
        PlanError: They are more than can be read, or the answer cannot be read.
    """
    lines = [escaped(path) for path in paths]
    wanted = command(
        "files", MOST_BYTES, lines=lines, deadline_seconds=60, output_limit_bytes=MOST_BYTES + 99
    )
    parts = (await ask(shell, wanted)).split(b"\0")
    if parts[-2:] != [b"end ", b""]:
        raise PlanError("the configuration files are larger than can be read")
    heads, contents = parts[:-2:2], parts[1:-2:2]
    if len(heads) != len(contents):
        raise PlanError("the host's answer about configuration files cannot be read")
    files: dict[str, bytes] = {}
    left_out: dict[str, str] = {}
    for head, content in zip(heads, contents, strict=True):
        word, _, rest = head.partition(b" ")
        path = rest.decode("utf-8", "surrogateescape")
        if word == b"file":
            files[path] = content
        elif word in _LEFT_OUT:
            left_out[path] = _LEFT_OUT[word]
        else:
            raise PlanError("the host's answer about configuration files cannot be read")
    return Texts(files, left_out)


async def certificates(shell: Shell, paths: list[str]) -> dict[str, CertificateAt]:
    """Return path -> what is in it; of folders one for each file. Paths that are not there are left out."""
    if not paths:
        return {}
    lines = [escaped(path) for path in dict.fromkeys(paths)]
    wanted = command(
        "certificates", MOST_BYTES, lines=lines, deadline_seconds=60, output_limit_bytes=MOST_BYTES + 99
    )
    found: dict[str, CertificateAt] = {}
    path = real = stat = ""
    modified_at = 0
    for word, rest in records(await ask(shell, wanted)):
        if word == "certificate":
            path = rest
        elif word == "real":
            real = rest
        elif word == "stat":
            first, _, stat = rest.partition(" ")
            modified_at = int(first) if first.isascii() and first.isdigit() and len(first) < 13 else 0
        elif word == "pem":
            found[path] = CertificateAt(path, real, _pem(rest), clean_line(stat, 40), modified_at)
    return found


def _pem(text: str) -> tuple[Certificate, ...]:
    try:
        return read(text.encode("utf-8", "surrogateescape"))
    except CertificateError:
        return ()
