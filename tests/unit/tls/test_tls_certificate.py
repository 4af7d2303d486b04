"""What a certificate says, held against OpenSSL's own words, and its arithmetic."""

from __future__ import annotations

import hashlib
import re
import subprocess
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID as Access
from cryptography.x509.oid import ExtendedKeyUsageOID

from opsconsole.data.tls.certificate import in_zone
from opsconsole.data.tls.read import read_der
from tests.unit.tls.forge import DAY, NOW, Issued, issue, key, tree

URI = x509.UniformResourceIdentifier
P384 = partial(ec.generate_private_key, ec.SECP384R1())


@pytest.fixture(scope="module")
def rich() -> Issued:
    """A leaf with everything that is looked at, of an RSA key."""
    trees = tree()
    return issue(
        "www.example.org",
        trees.inter,
        names=["WWW.example.org", "*.example.org", "192.0.2.1", "2001:db8::1"],
        own_key=rsa.generate_private_key(65537, 2048),
        serial=0x0FEDCBA987654321,
        extra=(
            x509.AuthorityInformationAccess(
                [
                    x509.AccessDescription(Access.OCSP, URI("http://ocsp.example.org")),
                    x509.AccessDescription(Access.CA_ISSUERS, URI("http://ca.example.org/inter.der")),
                ]
            ),
            x509.CRLDistributionPoints(
                [x509.DistributionPoint([URI("http://crl.example.org/1.crl")], None, None, None)]
            ),
            x509.TLSFeature([x509.TLSFeatureType.status_request]),
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]),
        ),
    )


def openssl(path: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["openssl", "x509", "-in", str(path), "-noout", *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_it_says_what_openssl_says(rich: Issued, tmp_path: Path) -> None:
    path = tmp_path / "leaf.pem"
    path.write_bytes(rich.pem)
    read = rich.read
    assert (
        openssl(path, "-fingerprint", "-sha256").split("=")[1].replace(":", "").lower()
        == read.fingerprint_sha256
    )
    assert openssl(path, "-serial").split("=")[1].lower() == read.serial_hex == "0fedcba987654321"
    assert openssl(path, "-subject", "-nameopt", "RFC2253") == f"subject={read.subject}"
    assert openssl(path, "-issuer", "-nameopt", "RFC2253") == f"issuer={read.issuer}"
    dates = openssl(path, "-dates")
    for name, moment in (("notBefore", read.not_before), ("notAfter", read.not_after)):
        said = re.search(rf"{name}=(.*) GMT", dates)
        assert said
        assert datetime.strptime(said[1], "%b %d %H:%M:%S %Y").replace(tzinfo=UTC) == moment
    text = openssl(path, "-text")
    assert f"Signature Algorithm: {read.signature}" in text
    assert f"({read.key_bits} bit)" in text
    assert openssl(path, "-ocsp_uri") == read.ocsp_urls[0]
    public = subprocess.run(
        ["openssl", "pkey", "-pubin", "-outform", "DER"],
        input=openssl(path, "-pubkey").encode(),
        capture_output=True,
        check=True,
    ).stdout
    assert hashlib.sha256(public).hexdigest() == read.public_key_sha256


def test_every_part_is_read(rich: Issued) -> None:
    read = rich.read
    assert read.names == ("www.example.org", "*.example.org", "192.0.2.1", "2001:db8::1")
    assert read.names_total == 4
    assert (read.common_name, read.title) == ("www.example.org", "www.example.org")
    assert (read.key_kind, read.key_bits, read.key_exponent) == ("RSA", 2048, 65537)
    assert read.issuer_urls == ("http://ca.example.org/inter.der",)
    assert read.crl_urls == ("http://crl.example.org/1.crl",)
    assert (read.must_staple, read.is_ca, read.self_signed, read.server_auth) == (True, False, False, True)
    assert read.problems == ()
    assert read.names_known
    assert read.der == rich.der
    assert "der=" not in repr(read)


@pytest.mark.parametrize(
    ("make", "kind", "bits", "signature", "digest"),
    [
        (key, "EC P-256", 256, "ecdsa-with-SHA256", None),
        (
            lambda: ec.generate_private_key(ec.SECP384R1()),
            "EC P-384",
            384,
            "ecdsa-with-SHA512",
            hashes.SHA512(),
        ),
        (ed25519.Ed25519PrivateKey.generate, "Ed25519", 256, "ed25519", False),
        (ed448.Ed448PrivateKey.generate, "Ed448", 456, "ed448", False),
        (lambda: dsa.generate_private_key(2048), "DSA", 2048, "dsa-with-sha256", None),
    ],
)
def test_kinds_of_keys(make: object, kind: str, bits: int, signature: str, digest: object) -> None:
    read = issue("a", own_key=make(), digest=digest).read  # type: ignore[operator]
    assert (read.key_kind, read.key_bits, read.signature) == (kind, bits, signature)
    assert read.self_signed


def test_self_signed_is_proved_and_not_a_matter_of_names() -> None:
    impostor = issue("Root")
    issued = issue("Root", impostor)  # the same name, but another key signed it
    assert issued.read.subject == issued.read.issuer
    assert not issued.read.self_signed
    assert impostor.read.self_signed


def test_share_and_days_left() -> None:
    read = issue("a", start=NOW - 30 * DAY, end=NOW + 60 * DAY).read
    assert read.lifetime == 90 * DAY
    assert read.share_left(NOW) == pytest.approx(2 / 3)
    assert read.days_left(NOW) == pytest.approx(60)
    assert read.share_left(NOW + 61 * DAY) == 0.0
    assert read.days_left(NOW + 61 * DAY) == pytest.approx(-1)
    assert read.share_left(NOW - 40 * DAY) == 1.0
    assert [read.is_valid_at(NOW + days * DAY) for days in (-31, -30, 0, 60, 61)] == [
        False,
        True,
        True,
        True,
        False,
    ]


def test_the_end_of_the_calendar_can_be_shown_anywhere() -> None:
    read = issue("a", end=datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)).read
    assert read.not_after == datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert in_zone(read.not_after, timezone(timedelta(hours=2))) == read.not_after
    assert in_zone(NOW, timezone(timedelta(hours=2))).hour == 14
    assert read.share_left(NOW) == pytest.approx(1.0, abs=0.001)


def test_equal_certificates_are_one_in_a_set() -> None:
    made = issue("a")
    assert len({made.read, made.read, issue("a").read}) == 2


def test_the_same_certificate_is_parsed_once() -> None:
    """It comes with each reading; only one that is large is not kept."""
    der = issue("a.example").der
    assert read_der(der) is read_der(bytes(bytearray(der)))
    large = issue("b.example", names=[f"{at}.{'x' * 40}.example" for at in range(300)]).der
    assert read_der(large) == read_der(bytes(bytearray(large)))
    assert read_der(large) is not read_der(bytes(bytearray(large)))
