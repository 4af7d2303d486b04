"""Certificates of any age and kind for tls1, signed here by a CA that the host trusts or does not."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import (
    CertificateIssuerPrivateKeyTypes,
    CertificatePublicKeyTypes,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from .hosts import find
from .reach import shell

HOST = "tls1"


@dataclass(frozen=True)
class Authority:
    """Who signs.

    Attributes:
        certificate: Its certificate; None: who is certified signs for itself.
        key: Its key.
        chain: PEM of what a server sends behind its own certificate.
    """

    certificate: x509.Certificate | None
    key: CertificateIssuerPrivateKeyTypes
    chain: str = ""


@dataclass(frozen=True)
class Made:
    """A certificate and its key, as PEM.

    Attributes:
        leaf: The certificate alone.
        chain: The intermediates.
        key: The private key; empty when it was made elsewhere.
    """

    leaf: str
    chain: str
    key: str = ""

    @property
    def full(self) -> str:
        """Certificate and intermediates, as a server wants them."""
        return self.leaf + self.chain


def _authority(certificate: str, key: str) -> Authority:
    loaded = serialization.load_pem_private_key(key.encode(), None)
    assert isinstance(loaded, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey)
    return Authority(x509.load_pem_x509_certificate(certificate.encode()), loaded, certificate)


def pebble(*, short: bool = False) -> Authority:
    """Return the intermediate of the ACME server that runs now; the host trusts its root.

    Args:
        short: The one whose certificates live for 6 days.
    """
    port = 15001 if short else 15000
    ask = f"curl -sS --fail --cacert /etc/pebble/ca.pem https://localhost:{port}"
    host = find(HOST)
    return _authority(
        shell(host, f"{ask}/intermediates/0"), shell(host, f"{ask}/intermediate-keys/0")
    )  # anew each time: another process may have restarted the host


@cache
def internal(name: str = HOST) -> Authority:
    """Return the intermediate of a host's internal CA (tls1's, inner's); the host trusts its root."""
    host = find(name)
    return _authority(
        shell(host, "cat /etc/lab-ca/intermediate.pem"), shell(host, "cat /etc/lab-ca/intermediate.key")
    )


@cache
def stranger() -> Authority:
    """Return a CA that nobody trusts; it has no intermediate."""
    key = ec.generate_private_key(ec.SECP256R1())
    made = make(["Nobody's CA"], Authority(None, key), key=key.public_key(), ca=True)
    return Authority(x509.load_pem_x509_certificate(made.leaf.encode()), key)


def make(
    names: Sequence[str],
    authority: Authority,
    *,
    lived: timedelta = timedelta(hours=1),
    left: timedelta = timedelta(days=90),
    key: CertificatePublicKeyTypes | None = None,
    rsa_bits: int = 0,
    ca: bool = False,
) -> Made:
    """Make a certificate.

    Args:
        names: DNS names and addresses; the first is the common name too.
        authority: Who signs.
        lived: How long ago it began; negative: in the future.
        left: How long it is still good; negative: it has expired.
        key: The public key; None: a key is made.
        rsa_bits: Bits of the key that is made; 0: P-256.
        ca: It may sign others.

    Returns:
        The certificate, and its key when that was made here.
    """
    now = datetime.now(UTC).replace(microsecond=0)
    private = ""
    own: CertificateIssuerPrivateKeyTypes | None = None
    if key is None:
        own = (
            rsa.generate_private_key(65537, rsa_bits) if rsa_bits else ec.generate_private_key(ec.SECP256R1())
        )
        key = own.public_key()
        private = own.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    issuer = subject if authority.certificate is None else authority.certificate.subject
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - lived)
        .not_valid_after(now + left)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), critical=False
        )
    )
    if not ca:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([_name(name) for name in names]), critical=False
        ).add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    # Self-signed: `authority.key` is the key that is certified.
    signed = builder.sign(own if authority.certificate is None and own else authority.key, hashes.SHA256())
    leaf = signed.public_bytes(serialization.Encoding.PEM).decode()
    return Made(leaf, authority.chain, private)


def self_signed(names: Sequence[str], *, left: timedelta = timedelta(days=365)) -> Made:
    """Make a certificate that nobody but itself signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    made = make(names, Authority(None, key), key=key.public_key(), left=left)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Made(made.leaf, "", private.decode())


def _name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
