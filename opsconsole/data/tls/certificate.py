"""A certificate as panels and recipes know it: plain values, cleaned and bounded, nothing left to parse."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo

MOST_NAMES = 1000
"""Names kept of one certificate; public CAs allow 100."""


class CertificateError(ValueError):
    """Something is no certificate that can be read; the message says what was found and what was expected.

    It never holds a byte of what was read: a private key may have been in it.
    """


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate.

    Texts are free of control characters and bidirectional marks: each is shown as U+FFFD, so that a name with
    one never looks like, or matches, a name without.

    Attributes:
        subject: Distinguished name as in RFC 4514, at most 512 characters.
        common_name: The subject's (first) common name, or empty.
        names: DNS names (lower case) and IP addresses of the subject alternative name, at most `MOST_NAMES`.
        names_total: How many there are.
        issuer: Distinguished name of the issuer, as `subject`.
        serial_hex: Serial number in lower-case hex of whole bytes, no colons; `-` before a negative one.
        not_before: From when it is valid (UTC).
        not_after: Until when (UTC); year 9999 stands for "no end". Use `in_zone` to show it in local time.
        key_kind: `RSA`, `EC P-256`, `Ed25519`, `DSA`, …; the OID in parentheses for one that is not known.
        key_bits: Size of the key; None: not known, or it has none.
        signature: Algorithm as OpenSSL names it, such as `sha256WithRSAEncryption`.
        is_ca: Whether it may issue others (basic constraints; version 1 has none: only when self-signed).
        fingerprint_sha256: Of the whole certificate: lower-case hex, no colons.
        public_key_sha256: Of its SubjectPublicKeyInfo as DER: the same for a renewal that keeps the key.
        subject_key_id: Hex, or empty.
        authority_key_id: Hex, or empty.
        ocsp_urls: Where its revocation is asked for.
        crl_urls: Where its revocation list is.
        issuer_urls: Where its issuer's certificate is.
        must_staple: Whether it demands a stapled OCSP answer.
        der: The certificate itself.
        self_signed: Whether its own key signed it (the signature was checked).
        key_exponent: Public exponent of RSA, else None.
        server_auth: Whether it may be used by a TLS server; None: it does not say, which means yes.
        names_known: False when its names could not be read: `names` is empty, and that says nothing.
        problems: What in it could not be read or is against the standard, in words.
    """

    subject: str
    common_name: str
    names: tuple[str, ...]
    names_total: int
    issuer: str
    serial_hex: str
    not_before: datetime
    not_after: datetime
    key_kind: str
    key_bits: int | None
    signature: str
    is_ca: bool
    fingerprint_sha256: str
    public_key_sha256: str
    subject_key_id: str = ""
    authority_key_id: str = ""
    ocsp_urls: tuple[str, ...] = ()
    crl_urls: tuple[str, ...] = ()
    issuer_urls: tuple[str, ...] = ()
    must_staple: bool = False
    der: bytes = field(default=b"", repr=False)
    self_signed: bool = False
    key_exponent: int | None = None
    server_auth: bool | None = None
    names_known: bool = True
    problems: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What a person calls it: common name, else its first name, else the subject."""
        return self.common_name or (self.names[0] if self.names else self.subject or "(no name)")

    @property
    def lifetime(self) -> timedelta:
        """From its first to its last moment; negative when they are the wrong way round."""
        return self.not_after - self.not_before

    def share_left(self, now: datetime) -> float:
        """Return how much of its lifetime is left, from 0 (expired, or it never was valid) to 1."""
        total = self.lifetime.total_seconds()
        if total <= 0:
            return 0.0
        return min(1.0, max(0.0, (self.not_after - now).total_seconds() / total))

    def days_left(self, now: datetime) -> float:
        """Return the days until it expires; negative when it has."""
        return (self.not_after - now).total_seconds() / 86_400

    def is_valid_at(self, now: datetime) -> bool:
        """Return whether the moment lies within its validity (both ends included, RFC 5280 §4.1.2.5)."""
        return self.not_before <= now <= self.not_after

    def __hash__(self) -> int:
        return hash(self.fingerprint_sha256)


def in_zone(moment: datetime, zone: tzinfo | None = None) -> datetime:
    """Return the moment in a time zone (None: this machine's), or in UTC where the calendar ends."""
    try:
        return moment.astimezone(zone)
    except (OverflowError, ValueError, OSError):
        return moment.astimezone(UTC)
