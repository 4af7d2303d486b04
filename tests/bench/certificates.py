"""Certificates: 5,000 different ones read, against a loop that only loads them with `cryptography`."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from tests.bench.measure import middle
from tests.bench.table import Aim, Column, Row, Table, ratio

CERTIFICATES = 5000
ROUNDS = 5
LONGEST_SECONDS = 5.0
OURS, LOADED, TOUCHED = (
    "opsconsole, one PEM file",
    "cryptography: load",
    "cryptography: load, each field once",
)


def tables() -> Iterator[Table]:
    """Measure the reading of a file of all certificates; rounds are interleaved."""
    table = Table(
        "certificates",
        f"{CERTIFICATES:,} different certificates read",
        (
            Column("seconds", "median s", 2),
            Column("each", "µs a certificate", 0),
            Column("load", "× load"),
            Column("touched", "× fields"),
        ),
    )
    data = _bundle()
    ways: dict[str, Callable[[bytes], int]] = {LOADED: _load, TOUCHED: _touch, OURS: _read}
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            gc.collect()
            began = time.perf_counter()
            if way(data) != CERTIFICATES:
                raise AssertionError(f"{name}: not all were read")
            taken[name].append(time.perf_counter() - began)
    middles = {name: middle(seconds) for name, seconds in taken.items()}
    for name, seconds in middles.items():
        figures = {
            "seconds": seconds,
            "each": seconds and seconds / CERTIFICATES * 1e6,
            "load": ratio(seconds, middles[LOADED]),
            "touched": ratio(seconds, middles[TOUCHED]),
        }
        table.rows.append(Row(name, figures))
    table.aims = [
        Aim("5,000 certificates", middles[OURS], LONGEST_SECONDS, "s"),
        Aim("against loading them and touching each field", ratio(middles[OURS], middles[TOUCHED]), 2.5, "×"),
    ]
    table.notes = [
        f"median of {ROUNDS} interleaved rounds; half RSA 2048, half EC P-256; three names each, of one CA",
        "loading alone decodes nothing yet: `cryptography` reads a field when it is asked for",
    ]
    yield table


def _read(data: bytes) -> int:
    from opsconsole.data.tls.read import read

    return len(read(data))


def _load(data: bytes) -> int:
    from cryptography import x509

    return len(x509.load_pem_x509_certificates(data))


def _touch(data: bytes) -> int:
    """Ask for what we show, once, and keep nothing of it."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    count = 0
    for one in x509.load_pem_x509_certificates(data):
        _ = one.subject.rfc4514_string(), one.issuer.rfc4514_string(), one.serial_number
        _ = one.not_valid_before_utc, one.not_valid_after_utc, one.signature_algorithm_oid
        _ = one.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        _ = one.fingerprint(hashes.SHA256())
        names = one.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        _ = names.get_values_for_type(x509.DNSName), one.public_bytes(Encoding.DER)
        count += 1
    return count


def _bundle() -> bytes:
    """Return the PEM of all of them: two keys are shared, since to make 5,000 of RSA would take minutes."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

    def called(name: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])

    signer = ec.generate_private_key(ec.SECP256R1())
    keys = [rsa.generate_private_key(65537, 2048).public_key(), signer.public_key()]
    urls = [
        x509.AccessDescription(where, x509.UniformResourceIdentifier(f"http://{name}.example.org/"))
        for where, name in (
            (AuthorityInformationAccessOID.OCSP, "ocsp"),
            (AuthorityInformationAccessOID.CA_ISSUERS, "ca"),
        )
    ]
    start = datetime(2026, 11, 1, tzinfo=UTC)
    parts = []
    for number in range(CERTIFICATES):
        host = f"host-{number}.example.org"
        names = [x509.DNSName(f"{prefix}{host}") for prefix in ("", "www.", "*.")]
        key = keys[number % 2]
        made = (
            x509.CertificateBuilder(called("Bench CA"), called(host), key, number + 1)
            .not_valid_before(start)
            .not_valid_after(start + timedelta(days=90))
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
            )
            .add_extension(x509.AuthorityInformationAccess(urls), critical=False)
            .sign(signer, hashes.SHA256())
        )
        parts.append(made.public_bytes(Encoding.PEM))
    return b"".join(parts)
