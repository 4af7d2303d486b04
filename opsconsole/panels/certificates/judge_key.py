"""Whether a file can be used: it is read, its key is its own and kept from others, nothing is weak. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from opsconsole.data.tls.strength import unjudged, weaknesses
from opsconsole.panels.certificates.judge_expiry import HELPS
from opsconsole.panels.certificates.judge_held import Held, held, listed, name_of
from opsconsole.panels.certificates.limits import CertificatesLimits
from opsconsole.panels.certificates.reading import CertificateFile, CertificatesReading, KeyFile
from opsconsole.panels.panel import Finding, Level

if TYPE_CHECKING:
    from opsconsole.data.tls.certificate import Certificate


def findings(reading: CertificatesReading, limits: CertificatesLimits) -> Iterator[Finding]:
    """Yield what is wrong with files and keys, and what is not known of them."""
    for file in reading.files or ():
        evidence = evidence_of(reading, file)
        yield from _state(reading, file, evidence)
        yield from _match(file, evidence)
        yield from _exposed(file, evidence)
    for one in held(reading):
        yield from _weak(one, limits)


def evidence_of(reading: CertificatesReading, file: CertificateFile) -> str:
    """Return from where it is known, and who shows the file."""
    at = reading.files_taken_at or reading.taken_at
    lines = [f"{file.path}, {at:%H:%M:%S} UTC"]
    if file.used_by:
        lines.append(f"shown by {listed(f'{use.server} ({use.place})' for use in file.used_by)}")
    elif file.found_by:
        lines.append(f"named by {listed(file.found_by)}")
    return "\n".join(lines)


def _state(reading: CertificatesReading, file: CertificateFile, evidence: str) -> Iterator[Finding]:
    used = (
        f", which {listed(sorted({use.server for use in file.used_by}))} is to show" if file.used_by else ""
    )
    if file.password_needed:
        words = f"{file.path} needs its password: what is in it is not known"
        yield Finding(Level.UNKNOWN, "file-unread", file.path, words, evidence)
    elif file.state in ("forbidden", "unknown"):
        why = file.error or ("permission denied" if file.state == "forbidden" else "it was not looked at")
        help_words = "\nread without root: the sudo password may help" if reading.is_root is False else ""
        words = f"{file.path} is not known: {why}"
        yield Finding(Level.UNKNOWN, "file-unread", file.path, words, evidence + help_words)
    elif file.state == "missing":
        level = Level.CRITICAL if file.used_by else Level.WARNING
        words = f"{file.path} is missing{used}: the next reload fails" if used else f"{file.path} is missing"
        yield Finding(level, "file-missing", file.path, words, evidence, suggests=HELPS)
    elif file.state == "broken" or not file.certificates:
        level = Level.CRITICAL if file.used_by else Level.WARNING
        words = f"{file.path}{used} holds no certificate: {file.error or 'nothing was found in it'}"
        yield Finding(level, "file-broken", file.path, words, evidence, suggests=HELPS)
    elif file.error:
        words = f"{file.path}: {file.error}"
        yield Finding(Level.WARNING, "file-broken", file.path, words, evidence, suggests=HELPS)


def _match(file: CertificateFile, evidence: str) -> Iterator[Finding]:
    if file.leaf is None:
        return
    other = [key for key in file.keys if key.matches is False]
    unknown = [key for key in file.keys if key.matches is None]
    if other:
        marks = listed(f"{(key.public_key_sha256 or '–')[:16]}…" for key in other)
        yield Finding(
            Level.CRITICAL,
            "key-mismatch",
            file.path,
            f"the key {listed(key.path for key in other)} is not the one of certificate {name_of(file.leaf)}",
            f"{evidence}\npublic key of the certificate {file.leaf.public_key_sha256[:16]}…, "
            f"of the key {marks} (SHA-256, made on the host)",
            suggests=HELPS,
        )
    if unknown:
        first = unknown[0]
        words = f"whether the key {first.path} belongs to {name_of(file.leaf)} is not known: {_why(first)}"
        more = [f"{key.path}: {_why(key)}" for key in unknown[1:]]
        yield Finding(Level.UNKNOWN, "key-unknown", file.path, words, "\n".join([evidence, *more[:5]]))


def _why(key: KeyFile) -> str:
    return key.why or "it could not be looked at"


def _exposed(file: CertificateFile, evidence: str) -> Iterator[Finding]:
    for key in file.keys:
        if key.readable_by != "others":
            continue
        mode = "" if key.mode is None else f", mode {key.mode:04o}"
        owner = f" of {key.owner}:{key.group}" if key.owner else ""
        path = key.path or file.path
        yield Finding(
            Level.CRITICAL,
            "key-exposed",
            path,
            f"the private key {path} can be read by everybody on the host",
            f"{path}{owner}{mode}\n{evidence}",
        )


def _weak(one: Held, limits: CertificatesLimits) -> Iterator[Finding]:
    every = (one.certificate, *_above(one))

    def told(certificate: Certificate, words: str) -> str:
        return words if certificate is one.certificate else f"{name_of(certificate)}: {words}"

    bits = {"least_rsa_bits": limits.rsa_bits_least, "least_ec_bits": limits.ec_bits_least}
    found = [told(each, words) for each in every for words in weaknesses(each, **bits)]
    unknown = [told(each, words) for each in every for words in unjudged(each)]
    if unknown:
        yield Finding(
            Level.UNKNOWN,
            "strength-unknown",
            one.subject,
            f"whether certificate {one.name} is strong is not known: {unknown[0]}",
            "\n".join(unknown),
        )
    if one.certificate.server_auth is False and (one.served or one.used_by):
        yield Finding(
            Level.CRITICAL,
            "not-for-servers",
            one.subject,
            f"certificate {one.name} is not for servers: clients refuse it",
            "its extended key usage does not name serverAuth (RFC 5280 §4.2.1.12)",
            suggests=HELPS,
        )
    if found:
        more = f" (+{len(found) - 1})" if len(found) > 1 else ""
        yield Finding(
            Level.WARNING,
            "weak",
            one.subject,
            f"certificate {one.name} is weak: {found[0]}{more}",
            "\n".join([*found, f"key {one.certificate.key_kind}, signature {one.certificate.signature}"]),
            suggests=HELPS,
        )


def _above(one: Held) -> list[Certificate]:
    """Return what it is shown with, each once."""
    chains = [file.certificates for file in one.files] + [served.chain for _, served in one.served]
    return list({above.fingerprint_sha256: above for chain in chains for above in chain[1:]}.values())
