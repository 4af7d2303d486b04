"""Makes real certificates for tests: roots, intermediates, leaves, and wrong ones."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from opsconsole.data.tls.certificate import Certificate
from opsconsole.data.tls.read import read_der

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Issued:
    """A certificate with its key."""

    x509: x509.Certificate
    key: Any

    @property
    def der(self) -> bytes:
        return self.x509.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.x509.public_bytes(Encoding.PEM)

    @property
    def read(self) -> Certificate:
        return read_der(self.der)

    @property
    def key_pem(self) -> bytes:
        return bytes(self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def issue(
    common_name: str,
    by: Issued | None = None,
    *,
    names: Iterable[str] = (),
    ca: bool = False,
    path_length: int | None = None,
    start: datetime = NOW - 30 * DAY,
    end: datetime = NOW + 60 * DAY,
    own_key: Any = None,
    digest: Any = None,
    serial: int | None = None,
    extra: Sequence[x509.ExtensionType] = (),
) -> Issued:
    """Issue a certificate; by nobody: self-signed."""
    own = own_key or key()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    signer = by.key if by else own
    issuer_key_id = x509.SubjectKeyIdentifier.from_public_key(signer.public_key())
    builder = (
        x509.CertificateBuilder(subject_name=subject, issuer_name=by.x509.subject if by else subject)
        .public_key(own.public_key())
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=path_length if ca else None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_key_id), critical=False
        )
    )
    listed = [_general(name) for name in names]
    if listed:
        builder = builder.add_extension(x509.SubjectAlternativeName(listed), critical=False)
    for one in extra:
        builder = builder.add_extension(one, critical=isinstance(one, x509.NameConstraints))
    sign_with = digest if digest is not None else hashes.SHA256()
    return Issued(builder.sign(signer, None if digest is False else sign_with), own)


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


@dataclass(frozen=True)
class Tree:
    """root -> inter -> leaf of www.example.org."""

    root: Issued
    inter: Issued
    leaf: Issued


def tree(prefix: str = "", **of_inter: Any) -> Tree:
    root = issue(f"{prefix}Root", ca=True, end=NOW + 3650 * DAY)
    inter = issue(f"{prefix}Inter", root, ca=True, **{"end": NOW + 1000 * DAY, **of_inter})
    return Tree(root, inter, issue("www.example.org", inter, names=["www.example.org"]))


_RSA_SHA256 = bytes.fromhex("2a864886f70d01010b")


def old_signature(of: Issued, by: Issued, digest: hashes.HashAlgorithm) -> bytes:
    """Return a certificate as DER, signed anew with SHA-1 or MD5, which `cryptography` no longer issues with.

    Issuer and subject must have been made with RSA keys.
    """
    last = {"sha1": b"\x05", "md5": b"\x04"}[digest.name]
    der = of.der.replace(_RSA_SHA256, _RSA_SHA256[:-1] + last)
    signed = x509.load_der_x509_certificate(der).tbs_certificate_bytes
    signature = by.key.sign(signed, padding.PKCS1v15(), digest)
    return der[: -len(signature)] + bytes(signature)
