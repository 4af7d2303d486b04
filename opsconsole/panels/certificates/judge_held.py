"""The distinct certificates of a reading, each with its files and the endpoints that serve it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from opsconsole.data.text import clean_line
from opsconsole.panels.certificates.reading import (
    CONFIGURED,
    CertificateFile,
    CertificatesReading,
    Endpoint,
    Renewer,
    Use,
)
from opsconsole.panels.panel import Finding

if TYPE_CHECKING:
    from opsconsole.data.certbot import Lineage
    from opsconsole.data.tls.certificate import Certificate
    from opsconsole.data.tls.handshake import Served

_NAME_CHARS = 100


@dataclass(frozen=True, slots=True)
class Held:
    """One certificate, however many files hold it and endpoints serve it.

    Attributes:
        certificate: It.
        files: Files whose first certificate it is, those that a server shows first.
        served: (endpoint, what it served) wherever it was seen on the wire.
        lacked_by: What endpoints are called that should show one of its files, and have none of its kind of
            key.
    """

    certificate: Certificate
    files: tuple[CertificateFile, ...] = ()
    served: tuple[tuple[Endpoint, Served], ...] = ()
    lacked_by: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """A short name for a person."""
        return name_of(self.certificate)

    @property
    def title(self) -> str:
        """The name, and that no file here holds it."""
        return self.name if self.files else f"{self.name} (served only)"

    @property
    def subject(self) -> str:
        """What findings about its dates are filed under: its first file, else endpoint and fingerprint."""
        if self.files:
            return self.files[0].path
        return f"{label(*self.served[0])} {self.certificate.fingerprint_sha256[:8]}"

    @property
    def subjects(self) -> frozenset[str]:
        """What any finding about it may be filed under."""
        keys = (key.path for file in self.files for key in file.keys)
        labels = (label(*pair) for pair in self.served)
        paths = (file.path for file in self.files)
        return frozenset([self.subject, *paths, *keys, *labels, *self.lacked_by])

    def among(self, findings: Mapping[str, Sequence[Finding]]) -> list[Finding]:
        """Return those about it, worst first.

        Args:
            findings: By their subjects, see `by_subject`.
        """
        found = (finding for subject in self.subjects for finding in findings.get(subject, ()))
        return sorted(found, key=lambda finding: (-finding.level, finding.rule, finding.subject))

    @property
    def used_by(self) -> tuple[Use, ...]:
        """The servers that are told to show it."""
        return tuple(use for file in self.files for use in file.used_by)

    @property
    def lineage(self) -> Lineage | None:
        """The lineage of certbot that it is of."""
        return next((file.lineage for file in self.files if file.lineage is not None), None)

    @property
    def renewer(self) -> Renewer | None:
        """Who renews it; None: not known, or not by a tool that we know."""
        return next((file.renewer for file in self.files if file.renewer is not None), None)

    @property
    def is_idle(self) -> bool:
        """Whether only certbot's records name it: no server shows it, and nobody asked to watch it."""
        found = {by for file in self.files for by in file.found_by}
        return bool(self.files) and found <= {"certbot"} and not self.used_by and not self.served


def held(reading: CertificatesReading) -> list[Held]:
    """Return the certificates of a reading, the one that ends first before the others."""
    files: dict[str, list[CertificateFile]] = {}
    served: dict[str, list[tuple[Endpoint, Served]]] = {}
    known: dict[str, Certificate] = {}
    for file in reading.files or ():
        if file.leaf is not None:
            known.setdefault(file.leaf.fingerprint_sha256, file.leaf)
            files.setdefault(file.leaf.fingerprint_sha256, []).append(file)
    for endpoint, one in answers(reading):
        leaf = one.chain[0]
        known.setdefault(leaf.fingerprint_sha256, leaf)
        served.setdefault(leaf.fingerprint_sha256, []).append((endpoint, one))
    lacking = _lacking(reading)
    found = [
        Held(
            certificate,
            tuple(sorted(files.get(mark, ()), key=lambda file: (not file.used_by, file.path))),
            tuple(served.get(mark, ())),
            tuple(words for file in files.get(mark, ()) for words in lacking.get(file.path, ())),
        )
        for mark, certificate in known.items()
    ]
    return sorted(found, key=lambda one: (one.certificate.not_after, one.subject))


def _lacking(reading: CertificatesReading) -> dict[str, list[str]]:
    """Return path -> endpoints that answer, and have no certificate with the kind of key of that file."""
    found: dict[str, list[str]] = {}
    for endpoint in reading.endpoints or ():
        for one in endpoint.served:
            if one.error_kind == "key":
                for path in endpoint.expects:
                    found.setdefault(path, []).append(label(endpoint, one))
    return found


def answers(reading: CertificatesReading) -> Iterator[tuple[Endpoint, Served]]:
    """Yield what was served, wherever there was an answer with a certificate."""
    for endpoint in reading.endpoints or ():
        for one in endpoint.served:
            if one.chain:
                yield endpoint, one


def by_subject(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """Return the findings by what they are about."""
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        found.setdefault(finding.subject, []).append(finding)
    return found


def name_of(certificate: Certificate) -> str:
    """Return a short name: the common name, else the first name, else the subject or the serial number."""
    first = certificate.names[0] if certificate.names else ""
    words = certificate.common_name or first or certificate.subject or f"serial {certificate.serial_hex}"
    return clean_line(words, _NAME_CHARS)


def label(endpoint: Endpoint, one: Served) -> str:
    """Return what an endpoint is called in findings: its target, and what is asked for and not in it."""
    target = clean_line(endpoint.target, _NAME_CHARS)
    if endpoint.found_by == CONFIGURED:
        name = clean_line(endpoint.name, _NAME_CHARS)
        return target if name in ("", target) else f"{name} ({target})"
    asked = clean_line(one.server_name, _NAME_CHARS)
    words = target if not asked or target.startswith(f"{asked}:") else f"{asked} at {target}"
    return f"{words} ({one.key_kind})" if one.key_kind else words


def place(one: Served) -> str:
    """Return where it was seen: `192.0.2.1:443 from the host`."""
    address = clean_line(one.address, _NAME_CHARS)
    shown = f"[{address}]" if ":" in address else address
    return f"{shown}:{one.port} from the {one.seen_from}"


def by_label(reading: CertificatesReading) -> dict[str, list[tuple[Endpoint, Served]]]:
    """Return all looks at endpoints, also those without an answer, by what they are called."""
    found: dict[str, list[tuple[Endpoint, Served]]] = {}
    for endpoint in reading.endpoints or ():
        for one in endpoint.served:
            found.setdefault(label(endpoint, one), []).append((endpoint, one))
    return found


def short(mark: str) -> str:
    """Return the beginning of a fingerprint, enough to tell two apart."""
    return mark[:16]


def listed(words: Iterable[str], most: int = 5) -> str:
    """Return the words with commas, and how many there are beyond the first few."""
    every = list(dict.fromkeys(words))
    return ", ".join(every[:most]) + (f" (+{len(every) - most} more)" if len(every) > most else "")
