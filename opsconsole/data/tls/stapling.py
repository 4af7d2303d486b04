"""The OCSP answer that came along with a certificate: what it says, and whether it counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.x509 import ocsp

    from opsconsole.data.tls.certificate import Certificate

MOST_BYTES = 64 * 1024
EXPIRED, OTHER = "expired", "for another certificate"
NOT_SIGNED, NOT_READ = "not signed by the issuer", "not an OCSP answer that can be read"
WORTHLESS = frozenset({EXPIRED, OTHER, NOT_SIGNED, NOT_READ})
"""What is said of an answer that proves nothing to any client; others could only not be checked here."""


@dataclass(frozen=True, slots=True)
class Stapled:
    """A stapled answer.

    Attributes:
        status: See `served.Served.ocsp_status`.
        next_update: Until when it counts (UTC); None: it does not say.
    """

    status: str
    next_update: datetime | None = None


def read(response: bytes, chain: Sequence[Certificate], now: datetime | None = None) -> Stapled:
    """Return what a stapled OCSP answer says of the first certificate of a chain.

    Its signature is checked with the issuer's key, when the chain has the issuer, also through a responder
    that the issuer has named (RFC 6960 §4.2.2.2). `good` is said only of an answer that is signed, current
    and about this certificate.

    Args:
        response: The bytes, hostile.
        chain: As served.
        now: The moment to judge times at (UTC); None: now.
    """
    from cryptography.x509 import ocsp

    if len(response) > MOST_BYTES:
        return Stapled(f"longer than {MOST_BYTES // 1024} KiB")
    try:
        answer = ocsp.load_der_ocsp_response(response)
        if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            return Stapled(answer.response_status.name.lower().replace("_", " "))
        return _judged(answer, chain, now or datetime.now(UTC))
    except (ValueError, TypeError, AttributeError, OverflowError):
        return Stapled(NOT_READ)
    except Exception as error:  # noqa: BLE001  cryptography raises its own kinds for algorithms it does not know
        return Stapled(f"could not be checked ({type(error).__name__})")


def _judged(answer: ocsp.OCSPResponse, chain: Sequence[Certificate], now: datetime) -> Stapled:
    single = next(iter(answer.responses))
    until = single.next_update_utc
    if not chain or single.serial_number != _serial(chain[0]):
        return Stapled(OTHER, until)
    unsigned = _unsigned(answer, chain, now)
    if unsigned:
        return Stapled(unsigned, until)
    if until is not None and until < now:
        return Stapled(EXPIRED, until)
    return Stapled(single.certificate_status.name.lower(), until)


def _serial(certificate: Certificate) -> int:
    text = certificate.serial_hex
    return -int(text[1:], 16) if text.startswith("-") else int(text, 16)


def _unsigned(answer: ocsp.OCSPResponse, chain: Sequence[Certificate], now: datetime) -> str:
    """Return why the signature does not count, or empty."""
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature
    from cryptography.x509.oid import ExtendedKeyUsageOID

    issuers = [x509.load_der_x509_certificate(one.der) for one in chain if one.subject == chain[0].issuer]
    if not issuers:
        return "its issuer was not served: the signature cannot be checked"
    for issuer in issuers:
        signers = [issuer]
        for delegate in answer.certificates[:4]:
            try:
                delegate.verify_directly_issued_by(issuer)
                usage = delegate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
            except (InvalidSignature, ValueError, TypeError, x509.ExtensionNotFound):
                continue
            in_time = delegate.not_valid_before_utc <= now <= delegate.not_valid_after_utc
            if ExtendedKeyUsageOID.OCSP_SIGNING in usage and in_time:
                signers.append(delegate)
        if any(_signed_by(answer, signer) for signer in signers):
            return ""
    return NOT_SIGNED


def _signed_by(answer: ocsp.OCSPResponse, signer: x509.Certificate) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa

    key, digest = signer.public_key(), answer.signature_hash_algorithm
    try:
        if isinstance(key, rsa.RSAPublicKey) and digest is not None:
            key.verify(answer.signature, answer.tbs_response_bytes, padding.PKCS1v15(), digest)
        elif isinstance(key, ec.EllipticCurvePublicKey) and digest is not None:
            key.verify(answer.signature, answer.tbs_response_bytes, ec.ECDSA(digest))
        elif isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
            key.verify(answer.signature, answer.tbs_response_bytes)
        else:
            return False
    except InvalidSignature:
        return False
    return True
