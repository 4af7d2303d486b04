"""Any bytes in: certificates or the declared error out, soon. Also of real ones with a few bytes changed."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.data.tls import der, pem
from opsconsole.data.tls.chain import inspect
from opsconsole.data.tls.names import certificate_covers
from opsconsole.data.tls.read import Certificate, CertificateError, Contents, contents, read, read_der
from opsconsole.data.tls.strength import weaknesses
from opsconsole.data.tls.trust import Roots
from tests.unit.tls.forge import NOW, Issued, issue
from tests.work import light


def fixed(number: int) -> Ed25519PrivateKey:
    """The same key each time, and Ed25519 signs the same way each time: so examples can be repeated."""
    return Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)


def made(name: str, number: int, by: Issued | None = None, **how: Any) -> Issued:
    return issue(name, by, own_key=fixed(number), serial=number, digest=False, **how)


ROOT = made("Root", 1, ca=True)
INTER = made("Inter", 2, ROOT, ca=True)
RICH = made("www.example.org", 3, INTER, names=["www.example.org", "192.0.2.1"])
PEM = RICH.key_pem + RICH.pem + b"# note\r\n" + INTER.pem
FLOORS = 100


def whole(found: Contents) -> None:
    assert found.certificates or found.broken
    assert all(isinstance(one, Certificate) for one in found.certificates)
    for one in found.certificates:
        usable(one)
    for text in (*found.broken, *found.others):
        assert "\n" not in text
        assert text.isprintable()


def usable(one: Certificate) -> None:
    """Every question that the panels ask has an answer."""
    texts = (one.subject, one.common_name, one.issuer, one.serial_hex, one.key_kind, one.signature, one.title)
    urls = (*one.ocsp_urls, *one.crl_urls, *one.issuer_urls)
    for text in (*texts, *one.names, *urls, *one.problems, *weaknesses(one)):
        assert text.isprintable()
        assert len(text) <= 600
    assert 0.0 <= one.share_left(NOW) <= 1.0
    assert isinstance(one.days_left(NOW), float)
    assert certificate_covers(one, "www.example.org") in (True, False, None)
    chain = inspect([one, INTER.read, ROOT.read], Roots([ROOT.read], "test"), now=NOW)
    assert chain.path[0] == one
    assert chain.trusted in (True, False)
    if chain.trusted and one.der != RICH.der:
        assert one in (INTER.read, ROOT.read)


def soon(data: bytes) -> None:
    def work() -> None:
        try:
            whole(contents(data))
        except CertificateError as error:
            assert str(error)

    light(FLOORS, work)


@given(st.binary(max_size=2000))
def test_any_bytes(data: bytes) -> None:
    soon(data)


@given(st.binary(max_size=300))
def test_any_bytes_that_begin_like_der(data: bytes) -> None:
    soon(b"\x30\x82" + len(data).to_bytes(2, "big") + b"\x30" + data)


@given(st.binary(max_size=300), st.sampled_from(["CERTIFICATE", "TRUSTED CERTIFICATE", "PRIVATE KEY", "X"]))
def test_any_bytes_as_pem(data: bytes, label: str) -> None:
    text = (
        f"-----BEGIN {label}-----\n".encode() + base64.encodebytes(data) + f"-----END {label}-----\n".encode()
    )
    soon(text)


MUTATIONS = st.lists(
    st.tuples(st.integers(0, len(RICH.der) - 1), st.integers(0, 255)), min_size=1, max_size=8
)


@given(MUTATIONS)
def test_a_real_one_with_bytes_changed(changes: list[tuple[int, int]]) -> None:
    data = bytearray(RICH.der)
    for at, byte in changes:
        data[at] = byte
    soon(bytes(data))


@given(st.integers(0, len(RICH.der)), st.integers(0, 40), st.binary(max_size=40))
def test_a_real_one_cut_or_grown_in_the_middle(at: int, gone: int, more: bytes) -> None:
    soon(RICH.der[:at] + more + RICH.der[at + gone :])


@given(st.integers(0, len(PEM)), st.integers(0, 200), st.binary(max_size=80))
def test_a_file_cut_or_grown_in_the_middle(at: int, gone: int, more: bytes) -> None:
    soon(PEM[:at] + more + PEM[at + gone :])


@given(
    st.lists(
        st.sampled_from(
            [RICH.pem, INTER.pem, RICH.key_pem, b"junk\n", b"\r\n", b"-----BEGIN X509 CRL-----\n",
             b"-----END CERTIFICATE-----\n", b"\x00\xff"]
        ),
        max_size=10,
    )
)  # fmt: skip
def test_files_of_parts(parts: list[bytes]) -> None:
    """Whole certificates that nothing before them swallowed are all found, in their order."""
    data = b"".join(parts)
    soon(data)
    if b"-----BEGIN X509 CRL-----\n" in parts or not {RICH.pem, INTER.pem} & set(parts):
        return
    cleanly = [one for before, one in zip([b"\n", *parts], parts, strict=False) if before.endswith(b"\n")]
    wanted = [one for one in cleanly if one in (RICH.pem, INTER.pem)]
    if len(wanted) == len([one for one in parts if one in (RICH.pem, INTER.pem)]):
        expected = [RICH.read if one == RICH.pem else INTER.read for one in wanted]
        assert list(contents(data).certificates) == expected


@given(st.binary(max_size=500))
def test_walking_der_never_leaves_the_data(data: bytes) -> None:
    try:
        found = der.element(data, 0, len(data))
        for child in der.children(data, found):
            assert found.body <= child.start < child.body <= child.end <= found.end
    except der.DerError:
        pass


@given(st.binary(max_size=500))
def test_blocks_are_in_order_and_inside(data: bytes) -> None:
    last = 0
    for block in pem.blocks(data.replace(b"a", b"-----BEGIN A-----\n").replace(b"b", b"\n-----END A-----\n")):
        assert last <= block.start <= block.body <= block.end
        last = block.start


@pytest.mark.parametrize("at", range(0, len(RICH.der), 7))
def test_each_byte_may_be_wrong(at: int) -> None:
    data = bytearray(RICH.der)
    data[at] ^= 0xFF
    try:
        one = read_der(bytes(data))
    except CertificateError:
        return
    usable(one)


def test_what_is_right_is_read() -> None:
    assert read(PEM) == (RICH.read, INTER.read)
