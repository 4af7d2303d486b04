"""What is weak, and what is not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from opsconsole.data.tls.read import read_der
from opsconsole.data.tls.strength import unjudged, weaknesses
from tests.unit.tls.forge import NOW, Tree, issue, old_signature, tree

RSA_SHA256, RSA_MD2 = bytes.fromhex("2a864886f70d01010b"), bytes.fromhex("2a864886f70d010102")


@pytest.fixture(scope="module")
def trees() -> Tree:
    return tree()


def test_what_is_good(trees: Tree) -> None:
    for own_key in (
        rsa.generate_private_key(65537, 2048),
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP224R1()),
        ed25519.Ed25519PrivateKey.generate(),
    ):
        assert weaknesses(issue("a", trees.inter, own_key=own_key).read) == ()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: rsa.generate_private_key(65537, 1024), "RSA key of 1024 bits, at least 2048"),  # noqa: S505
        (lambda: ec.generate_private_key(ec.SECP192R1()), "EC key of 192 bits, at least 224"),
        (lambda: dsa.generate_private_key(2048), "DSA key of 2048 bits"),
        (lambda: rsa.generate_private_key(3, 2048), "RSA public exponent 3"),
    ],
)
def test_weak_keys(trees: Tree, make: object, words: str) -> None:
    found = weaknesses(issue("a", trees.inter, own_key=make()).read)  # type: ignore[operator]
    assert len(found) == 1
    assert words in found[0]


@pytest.mark.parametrize(("digest", "name"), [(hashes.SHA1(), "SHA-1"), (hashes.MD5(), "MD5")])  # noqa: S303
def test_an_old_hash_counts_below_a_root_alone(digest: hashes.HashAlgorithm, name: str) -> None:
    root = issue("Root", ca=True, own_key=rsa.generate_private_key(65537, 2048))
    leaf = read_der(old_signature(issue("a", root), root, digest))
    assert weaknesses(leaf) == (f"signed with {name} ({leaf.signature})",)
    assert weaknesses(read_der(old_signature(root, root, digest))) == ()


def test_md2_whose_signature_nothing_here_can_check() -> None:
    root = issue("Root", ca=True, own_key=rsa.generate_private_key(65537, 2048))
    found = weaknesses(read_der(issue("a", root).der.replace(RSA_SHA256, RSA_MD2)))
    assert found == ("signed with MD2 (md2WithRSAEncryption)",)


def test_an_old_hash_with_a_wrong_signature_is_not_self_signed() -> None:
    root = issue("Root", ca=True, own_key=rsa.generate_private_key(65537, 2048))
    other = issue("Root", ca=True, own_key=rsa.generate_private_key(65537, 2048))
    forged = read_der(old_signature(root, other, hashes.MD5()))  # noqa: S303
    assert not forged.self_signed
    assert weaknesses(forged) == ("signed with MD5 (md5WithRSAEncryption)",)


def test_a_signature_that_cannot_be_checked_makes_no_leaf_a_root() -> None:
    """It says nothing of its issuer's key; only the names tell that another one signed it."""
    own = rsa.generate_private_key(65537, 2048)
    subject, issuer = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) for name in ("a", "b"))
    made = x509.CertificateBuilder(issuer, subject, own.public_key(), 5, NOW, NOW).sign(own, hashes.SHA256())
    read = read_der(made.public_bytes(Encoding.DER).replace(RSA_SHA256, RSA_MD2))
    assert not read.self_signed
    assert weaknesses(read) != ()


def test_names_of_good_hashes_do_not_look_old(trees: Tree) -> None:
    read = issue("a", trees.inter).read
    for signature in ("sha1WithRSAEncryption", "rsassaPss with sha1", "dsa-with-sha1", "sha1WithRSA"):
        assert weaknesses(replace(read, signature=signature)) == (f"signed with SHA-1 ({signature})",)
    for signature in (
        "sha512WithRSAEncryption",
        "RSA-SHA3-256",
        "ecdsa-with-SHA224",
        "(1.2.3)",
        "sha12",
        "?",
    ):
        assert weaknesses(replace(read, signature=signature)) == ()


def test_an_even_exponent(trees: Tree) -> None:
    assert weaknesses(replace(issue("a", trees.inter).read, key_exponent=65538)) != ()


def test_bounds_of_the_configuration(trees: Tree) -> None:
    read = issue("a", trees.inter).read
    assert weaknesses(read, least_ec_bits=257) == ("EC key of 256 bits, at least 257 are needed",)
    rsa_read = replace(read, key_kind="RSA", key_bits=3072)
    assert weaknesses(rsa_read, least_rsa_bits=4096) == ("RSA key of 3072 bits, at least 4096 are needed",)


def test_what_is_not_known_is_not_strong(trees: Tree) -> None:
    read = issue("a", trees.inter).read
    assert unjudged(read) == ()
    assert unjudged(replace(read, key_kind="Ed25519", key_bits=256)) == ()
    assert "cannot be read" in unjudged(replace(read, key_kind="RSA", key_bits=None))[0]
    assert "(1.2.3)" in unjudged(replace(read, key_kind="(1.2.3)", key_bits=None))[0]
    assert "(1.2.4)" in unjudged(replace(read, signature="(1.2.4)"))[0]
    assert len(unjudged(replace(read, key_kind="?", key_bits=None, signature="?"))) == 2


def test_a_key_that_cannot_be_read_is_not_known() -> None:
    """An even exponent is refused by `cryptography`: the certificate is read all the same."""
    der = issue("a", own_key=rsa.generate_private_key(65537, 2048)).der
    read = read_der(der.replace(bytes.fromhex("0203010001"), bytes.fromhex("0203010002")))
    assert (read.key_kind, read.key_bits) == ("RSA", None)
    assert any(one.startswith("public key: ") for one in read.problems)
    assert weaknesses(read) == ()
    assert len(unjudged(read)) == 1
