"""PKCS#12: with and without a password, damaged, and hostile."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from opsconsole.data.tls import der
from opsconsole.data.tls import pkcs12 as opener
from opsconsole.data.tls import pkcs12_child as child
from opsconsole.data.tls.read import CertificateError, PasswordNeeded, contents
from tests.unit.tls.forge import Tree, tree

SECRET = "pässword with a word"


@pytest.fixture(scope="module")
def trees() -> Tree:
    return tree()


def store(trees: Tree, encryption: KeySerializationEncryption, *, with_key: bool = True) -> bytes:
    leaf = trees.leaf
    return pkcs12.serialize_key_and_certificates(
        b"site",
        leaf.key if with_key else None,
        leaf.x509 if with_key else None,
        [trees.inter.x509, trees.root.x509] if with_key else [leaf.x509],
        encryption,
    )


def test_with_its_password(trees: Tree) -> None:
    data = store(trees, BestAvailableEncryption(SECRET.encode()))
    found = contents(data, password=SECRET.encode())
    assert found.kind == "pkcs12"
    assert found.has_private_key
    assert found.certificates[0] == trees.leaf.read
    assert {one.title for one in found.certificates[1:]} == {"Inter", "Root"}


def test_the_old_encryption_of_windows(trees: Tree) -> None:
    old = (
        PrivateFormat.PKCS12.encryption_builder()
        .key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
        .hmac_hash(hashes.SHA1())  # noqa: S303
        .build(b"x")
    )
    assert contents(store(trees, old), password=b"x").certificates[0] == trees.leaf.read


def test_a_password_is_asked_for_and_a_wrong_one_told_apart(trees: Tree) -> None:
    data = store(trees, BestAvailableEncryption(SECRET.encode()))
    with pytest.raises(PasswordNeeded) as caught:
        contents(data)
    assert not caught.value.given
    with pytest.raises(PasswordNeeded) as caught:
        contents(data, password=b"another secret")
    assert caught.value.given
    assert "another secret" not in str(caught.value)


def test_without_a_password_and_without_a_key(trees: Tree) -> None:
    assert contents(store(trees, NoEncryption())).certificates[0] == trees.leaf.read
    found = contents(store(trees, NoEncryption(), with_key=False))
    assert [one.title for one in found.certificates] == ["www.example.org"]
    assert not found.has_private_key


def test_an_empty_password_is_no_password(trees: Tree, tmp_path: Path) -> None:
    """OpenSSL writes it as empty, not as absent: the check of integrity differs."""
    (tmp_path / "both.pem").write_bytes(trees.leaf.key_pem + trees.leaf.pem)
    argv = ["openssl", "pkcs12", "-export", "-in", str(tmp_path / "both.pem"), "-passout", "pass:"]
    made = subprocess.run(argv, capture_output=True, check=True).stdout
    assert contents(made).certificates == (trees.leaf.read,)


def test_the_password_is_in_no_argument_and_no_environment(
    trees: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = tmp_path / "seen"
    fake = tmp_path / "python"
    fake.write_text(
        f"#!/bin/sh\n{{ tr '\\0' '\\n' </proc/$$/cmdline; env; }} >{seen}\nexec {sys.executable} \"$@\"\n"
    )
    fake.chmod(0o700)
    monkeypatch.setattr(opener.sys, "executable", str(fake))
    data = store(trees, BestAvailableEncryption(SECRET.encode()))
    assert contents(data, password=SECRET.encode()).certificates
    text = seen.read_text()
    assert "pkcs12_child" in text
    assert SECRET not in text


def test_billions_of_rounds_are_refused_in_time(trees: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    """The integrity check asks for its rounds in the last INTEGER of the file, before anything is proved."""
    monkeypatch.setattr(opener, "LONGEST_SECONDS", 1.0)
    data = store(trees, BestAvailableEncryption(b"x"))
    assert data[-4:-2] == b"\x02\x02"
    *_, mac = der.children(data, der.element(data, 0, len(data)))
    assert (data[1], mac.body - mac.start) == (0x82, 2)
    outer = (int.from_bytes(data[2:4], "big") + 2).to_bytes(2, "big")
    hostile = (
        data[:2] + outer + data[4 : mac.start + 1] + bytes([data[mac.start + 1] + 2]) + data[mac.body : -4]
    ) + b"\x02\x04\x7f\xff\xff\xff"
    with pytest.raises(CertificateError, match="not opened within 1 s"):  # they would take half an hour
        contents(hostile, password=b"x")


@pytest.mark.parametrize("cut", [5, 40, 300])
def test_damaged(trees: Tree, cut: int) -> None:
    data = store(trees, NoEncryption())
    with pytest.raises(CertificateError):
        contents(data[:cut])


@settings(max_examples=200)
@given(st.binary(max_size=300))
def test_any_bytes_have_an_answer(data: bytes) -> None:
    assert child.answer(data)[:1] in (child.WITH_KEY, child.WITHOUT_KEY, child.OTHER_PASSWORD, child.BROKEN)


@given(st.lists(st.binary(max_size=50), max_size=5))
def test_packing(parts: list[bytes]) -> None:
    assert child.unpacked(child.packed(parts)) == parts
