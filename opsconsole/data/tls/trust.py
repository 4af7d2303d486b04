"""Roots that are trusted: those of this machine's system store, and those of the configuration."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from opsconsole.data.text import clean_line
from opsconsole.data.tls.issuers import by_subject
from opsconsole.data.tls.read import CertificateError, contents

if TYPE_CHECKING:
    from OpenSSL.crypto import X509Store

    from opsconsole.data.tls.certificate import Certificate

# Where systems keep their bundle, for a Python that was built with other paths: Debian, Fedora, SUSE, RHEL,
# Alpine and macOS.
_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
_HASHED = re.compile(r"[0-9a-f]{8}\.[0-9]{1,3}")  # as c_rehash makes them; OpenSSL reads no others
_MOST_FILES = 2000
_MOST_BYTES = 8 * 1024 * 1024


class Roots:
    """Certificates that end a chain. Without any, trust is not known. The same ones are equal.

    Attributes:
        certificates: Each once. One that is no root ends a chain as well (OpenSSL's partial chain).
        source: Where they are from, to show: `/etc/ssl/certs/ca-certificates.crt`.
        problems: What could not be read of them.
    """

    def __init__(
        self, certificates: Iterable[Certificate], source: str, problems: Iterable[str] = ()
    ) -> None:
        self.certificates = tuple(dict.fromkeys(certificates))
        self.source = source
        self.problems = tuple(problems)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Roots) and self._marks == other._marks

    def __hash__(self) -> int:
        return hash(self._marks)

    @cached_property
    def _marks(self) -> tuple[str, ...]:
        return tuple(one.fingerprint_sha256 for one in self.certificates)

    def with_more(self, certificates: Iterable[Certificate], source: str) -> Roots:
        """Return these and others, such as the root of a CA of one's own."""
        return Roots((*self.certificates, *certificates), f"{self.source}, {source}", self.problems)

    @cached_property
    def by_subject(self) -> Mapping[str, Sequence[Certificate]]:
        """They by their subject."""
        return by_subject(self.certificates)

    @cached_property
    def by_der(self) -> dict[bytes, Certificate]:
        """They by their bytes."""
        return {one.der: one for one in self.certificates}

    @cached_property
    def store(self) -> X509Store:
        """They as OpenSSL takes them. Made once: it takes some milliseconds."""
        from opsconsole.data.tls.verify import store

        return store(self.certificates)


def read_roots(paths: Iterable[str | Path]) -> Roots:
    """Return the roots of files on this machine; what cannot be read is in `problems`."""
    certificates: list[Certificate] = []
    problems: list[str] = []
    names = [str(path) for path in paths]
    for name in names:
        found, wrong = _file(Path(name))
        certificates += found
        problems += wrong
    return Roots(certificates, ", ".join(clean_line(name, 200) for name in names), problems)


def system_roots() -> Roots:
    """Return this machine's own roots, as its OpenSSL has them; read anew when the files changed.

    `SSL_CERT_FILE` and `SSL_CERT_DIR` are heeded. None found: `certificates` is empty, `problems` says so.
    """
    import ssl

    paths: Any = ssl.get_default_verify_paths()  # its paths can be None, which typeshed does not say
    file, folder = paths.cafile, paths.capath
    if file is None and (folder is None or not _hashed(folder)):
        file = next((one for one in _BUNDLES if os.path.isfile(one)), None)
    return _system(*_state(file), *_state(folder))


@lru_cache(maxsize=2)
def _system(file: str, file_state: int, folder: str, folder_state: int) -> Roots:
    del file_state, folder_state  # only make the cache notice a change
    certificates: list[Certificate] = []
    problems: list[str] = []
    for path in (Path(file), *_hashed(folder)) if file else _hashed(folder):
        found, wrong = _file(path)
        certificates += found
        problems += wrong
    if not certificates:
        problems.append(
            "no trusted roots found on this machine: install ca-certificates, or set SSL_CERT_FILE"
        )
    return Roots(certificates, file or folder or "(none)", problems)


def _state(path: str | None) -> tuple[str, int]:
    if not path:
        return "", 0
    try:
        about = os.stat(path)
    except OSError:
        return path, 0
    return path, hash((about.st_mtime_ns, about.st_size, about.st_ino))


def _hashed(folder: str | None) -> list[Path]:
    if not folder:
        return []
    try:
        names = sorted(name for name in os.listdir(folder) if _HASHED.fullmatch(name))
    except OSError:
        return []
    return [Path(folder, name) for name in names[:_MOST_FILES]]


def _file(path: Path) -> tuple[tuple[Certificate, ...], list[str]]:
    name = clean_line(str(path), 200)
    try:
        with path.open("rb") as file:
            found = contents(file.read(_MOST_BYTES + 1))
    except OSError as error:
        return (), [f"{name}: {error.strerror}"]
    except CertificateError as error:
        return (), [f"{name}: {error}"]
    return found.certificates, [f"{name}: {one}" for one in found.broken]
