"""Certificates made on the spot: a root, an intermediate, leaves, and OCSP answers about them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID

DAY = dt.timedelta(days=1)


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


@dataclass(frozen=True)
class Pair:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def fingerprint(self) -> str:
        return self.certificate.fingerprint(hashes.SHA256()).hex()


def issue(
    common_name: str,
    issuer: Pair | None = None,
    *,
    names: Sequence[str] = (),
    ca: bool = False,
    days: tuple[int, int] = (-1, 30),
    purpose: x509.ObjectIdentifier | None = None,
) -> Pair:
    """Return a new certificate; self-signed without an issuer; valid between two days from now."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now() + days[0] * DAY)
        .not_valid_after(now() + days[1] * DAY)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False
        )
    if purpose is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    return Pair(builder.sign(issuer.key if issuer else key, hashes.SHA256()), key)


@dataclass(frozen=True)
class Pki:
    """A company's authority and one server's certificate."""

    root: Pair
    intermediate: Pair
    leaf: Pair


@cache
def pki() -> Pki:
    root = issue("test root", ca=True)
    intermediate = issue("test intermediate", root, ca=True)
    return Pki(root, intermediate, issue("shop.test", intermediate, names=["shop.test", "www.shop.test"]))


def ocsp_answer(
    leaf: Pair,
    issuer: Pair,
    signer: Pair | None = None,
    *,
    status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD,
    hours: tuple[int, int] = (-1, 24),
    delegate: bool = False,
) -> bytes:
    """Return an OCSP answer about a leaf, signed by its issuer or another."""
    signer = signer or issuer
    revoked = status is ocsp.OCSPCertStatus.REVOKED
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=leaf.certificate,
        issuer=issuer.certificate,
        algorithm=hashes.SHA1(),  # noqa: S303  # what responders name certificates by
        cert_status=status,
        this_update=now() + dt.timedelta(hours=hours[0]),
        next_update=now() + dt.timedelta(hours=hours[1]),
        revocation_time=now() - DAY if revoked else None,
        revocation_reason=x509.ReasonFlags.key_compromise if revoked else None,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, signer.certificate)
    if delegate:
        builder = builder.certificates([signer.certificate])
    return builder.sign(signer.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
