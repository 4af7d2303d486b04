"""Files with certificates: PEM with whatever lies between, DER, and what is no certificate."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from opsconsole.data.tls import read as reading
from opsconsole.data.tls.read import CertificateError, contents, read
from tests.unit.tls.forge import Tree, issue, tree

DH = b"-----BEGIN DH PARAMETERS-----\nMEYCQQ==\n-----END DH PARAMETERS-----\n"


@pytest.fixture(scope="module")
def trees() -> Tree:
    return tree()


def commons(data: bytes) -> list[str]:
    return [one.common_name for one in read(data)]


def test_a_chain_in_its_order(trees: Tree) -> None:
    assert commons(trees.leaf.pem + trees.inter.pem + trees.root.pem) == ["www.example.org", "Inter", "Root"]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_line_ends_comments_and_blanks(trees: Tree, end: bytes) -> None:
    text = b"# the leaf\n\nsubject=CN=x\n" + trees.leaf.pem + b"junk \xff\x00\n   \n" + DH + trees.inter.pem
    text = text.replace(b"\n", end)
    found = contents(text)
    assert [one.common_name for one in found.certificates] == ["www.example.org", "Inter"]
    assert found.others == ("DH PARAMETERS",)
    assert (found.kind, found.broken, found.has_private_key) == ("pem", (), False)


def test_no_newline_at_the_end(trees: Tree) -> None:
    assert commons(trees.leaf.pem.rstrip()) == ["www.example.org"]


def test_a_private_key_beside_it_is_stepped_over_and_never_decoded(
    trees: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[bytes] = []
    real = reading.pem.binascii.a2b_base64
    monkeypatch.setattr(
        reading.pem.binascii, "a2b_base64", lambda data, **how: decoded.append(data) or real(data, **how)
    )
    found = contents(trees.leaf.key_pem + trees.leaf.pem + trees.inter.key_pem)
    assert [one.common_name for one in found.certificates] == ["www.example.org"]
    assert found.has_private_key
    secret = b"".join(trees.leaf.key_pem.splitlines()[1:-1])[:40]
    assert len(decoded) == 1
    assert not any(secret in one for one in decoded)


def test_only_a_private_key_is_an_error_without_a_byte_of_it(trees: Tree) -> None:
    with pytest.raises(CertificateError, match="found a private key; expected a certificate") as caught:
        read(trees.leaf.key_pem)
    assert trees.leaf.key_pem.splitlines()[1].decode() not in str(caught.value)


def test_a_key_as_der_is_an_error(trees: Tree) -> None:
    key = trees.leaf.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(CertificateError, match="DER of something else"):
        read(key)


def test_der_one_and_several(trees: Tree) -> None:
    assert commons(trees.leaf.der) == ["www.example.org"]
    assert contents(trees.leaf.der).kind == "der"
    assert commons(trees.leaf.der + trees.inter.der) == ["www.example.org", "Inter"]


def test_der_with_something_behind_it_is_said(trees: Tree) -> None:
    found = contents(trees.leaf.der + b"\nmore")
    assert [one.common_name for one in found.certificates] == ["www.example.org"]
    assert len(found.broken) == 1
    assert f"byte {len(trees.leaf.der) + 1}" in found.broken[0]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b" \n ", "empty"),
        (b"hello", "text without a PEM block"),
        (b"\x00\x01\x02", "other binary data"),
        (
            b"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
            "CERTIFICATE REQUEST",
        ),
        (DH, "DH PARAMETERS"),
        (b"-----BEGIN ", "no whole PEM block"),
        (b"0" * 50, "something else"),
    ],
)
def test_what_is_none_says_what_was_found(data: bytes, words: str) -> None:
    with pytest.raises(CertificateError, match=words):
        read(data)


def test_a_broken_one_does_not_hide_the_others_but_read_tells(trees: Tree) -> None:
    broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    found = contents(b"x\n" + trees.leaf.pem + broken + trees.inter.pem)
    assert [one.common_name for one in found.certificates] == ["www.example.org", "Inter"]
    line = 2 + trees.leaf.pem.count(b"\n")
    assert len(found.broken) == 1
    assert f"certificate 2 of 3, line {line}: " in found.broken[0]
    with pytest.raises(CertificateError, match="certificate 2 of 3"):
        read(trees.leaf.pem + broken + trees.inter.pem)


def test_a_block_without_an_end_and_one_that_ends_as_another(trees: Tree) -> None:
    cut = trees.leaf.pem.replace(b"-----END CERTIFICATE-----\n", b"")
    assert ["no END line" in one for one in contents(cut + trees.inter.pem).broken] == [True]
    assert commons(trees.inter.pem) == ["Inter"]
    assert ["no END line" in one for one in contents(trees.inter.pem + cut).broken] == [True]
    other = trees.leaf.pem.replace(b"END CERTIFICATE", b"END X509 CRL")
    assert ["ends as X509 CRL" in one for one in contents(other).broken] == [True]


def test_not_base64(trees: Tree) -> None:
    middle = trees.leaf.pem.replace(b"\n", b"\n!", 2)
    assert ["not base64" in one for one in contents(middle).broken] == [True]


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b"  ", b"\t"])
def test_a_block_that_openssl_does_not_see_is_said(trees: Tree, before: bytes) -> None:
    found = contents(before + trees.leaf.pem + trees.inter.pem)
    assert [one.common_name for one in found.certificates] == ["Inter"]
    assert len(found.broken) == 1
    assert "OpenSSL does not see it" in found.broken[0]


def test_openssls_trusted_form_and_the_old_label(trees: Tree) -> None:
    old = trees.leaf.pem.replace(b"CERTIFICATE", b"X509 CERTIFICATE")
    assert commons(old) == ["www.example.org"]


def test_the_same_certificate_in_two_forms_is_the_same(trees: Tree) -> None:
    assert read(trees.leaf.der) == read(trees.leaf.pem)


def test_too_large_a_file_is_refused() -> None:
    with pytest.raises(CertificateError, match="bytes"):
        read(b"-----BEGIN CERTIFICATE-----\n" + b"A" * reading.MOST_BYTES)


def test_too_many_certificates_are_cut_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_CERTIFICATES", 3)
    found = contents(issue("many").pem * 5)
    assert len(found.certificates) == 3
    assert "more than 3 certificates" in found.broken[0]
