"""PKCS#12 is told from other files and never opened: what its key costs to derive is for the file to say."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    KeySerializationEncryption,
    NoEncryption,
    pkcs12,
)

from opsconsole.data.tls import read as reading
from opsconsole.data.tls.read import CertificateError
from tests.unit.tls.forge import Tree, tree


@pytest.fixture(scope="module")
def trees() -> Tree:
    return tree()


@pytest.fixture(autouse=True)
def no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr(subprocess, "Popen", forbidden)


@pytest.mark.parametrize("read", [reading.read, reading.contents])
@pytest.mark.parametrize("encryption", [NoEncryption(), BestAvailableEncryption(b"secret")])
def test_it_is_told_and_not_opened(
    trees: Tree, encryption: KeySerializationEncryption, read: Callable[[bytes], object]
) -> None:
    one = trees.leaf
    data = pkcs12.serialize_key_and_certificates(b"site", one.key, one.x509, [trees.inter.x509], encryption)
    with pytest.raises(CertificateError, match="found PKCS#12; expected a certificate as PEM or DER"):
        read(data)
    with pytest.raises(CertificateError):
        read(data[:40])


def test_with_an_open_length_as_java_and_windows_write_it() -> None:
    with pytest.raises(CertificateError, match="found PKCS#12"):
        reading.contents(bytes.fromhex("3080020103300000"))
