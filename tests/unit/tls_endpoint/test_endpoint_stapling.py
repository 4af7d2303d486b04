"""Stapled OCSP answers: over real handshakes, and every way in which one is worth nothing."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.data.tls import connect, stapling
from opsconsole.data.tls.certificate import Certificate
from opsconsole.data.tls.endpoint import look
from opsconsole.data.tls.read import read_der
from opsconsole.data.tls.served import Served
from tests.unit.tls_endpoint.pki import Pair, issue, now, ocsp_answer, pki
from tests.unit.tls_endpoint.servers import TlsServer, serving

OCSP_SIGNING = ExtendedKeyUsageOID.OCSP_SIGNING


async def stapled(
    answer: bytes | None, version: str = "TLSv1.3", above: tuple[Pair, ...] | None = None
) -> Served:
    server = TlsServer(versions=(version, version), staple=answer)
    if above is not None:
        server.above = above
    async with serving(server.talk) as port:
        asked = Served("127.0.0.1", port.number, "shop.test")
        return await look(partial(connect.directly, "127.0.0.1", port.number), asked, versions=False)


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
async def test_a_good_answer_comes_along_in_either_version(version: str) -> None:
    one = await stapled(ocsp_answer(pki().leaf, pki().intermediate), version)
    assert (one.ocsp_stapled, one.ocsp_status) == (True, "good")
    assert one.ocsp_next_update is not None
    assert abs(one.ocsp_next_update - now() - timedelta(hours=24)) < timedelta(minutes=1)
    assert one.chain


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
async def test_none_is_told_from_one(version: str) -> None:
    one = await stapled(None, version)
    assert (one.ocsp_stapled, one.ocsp_status, one.ocsp_next_update) == (False, "", None)
    assert one.chain


async def test_a_revoked_certificate_is_seen_and_the_handshake_goes_on() -> None:
    answer = ocsp_answer(pki().leaf, pki().intermediate, status=ocsp.OCSPCertStatus.REVOKED)
    one = await stapled(answer)
    assert (one.ocsp_stapled, one.ocsp_status) == (True, "revoked")
    assert len(one.chain) == 2


def test_garbage_is_no_answer() -> None:
    assert stapling.read(b"\x30\x03garbage", chain()).status == "not an OCSP answer that can be read"


def chain() -> tuple[Certificate, ...]:
    return tuple(read_der(one.der) for one in (pki().leaf, pki().intermediate))


def test_only_an_answer_that_is_signed_current_and_about_it_is_good() -> None:
    leaf, issuer = pki().leaf, pki().intermediate
    stranger = issue("stranger", ca=True)
    delegate = issue("responder", issuer, purpose=OCSP_SIGNING)
    late = issue("former responder", issuer, purpose=OCSP_SIGNING, days=(-30, -1))
    server = issue("another server", issuer, purpose=ExtendedKeyUsageOID.SERVER_AUTH)
    not_named = issue("no responder", issuer)
    of_stranger = issue("responder of another", stranger, purpose=OCSP_SIGNING)
    for status, answer in (
        ("good", ocsp_answer(leaf, issuer)),
        ("unknown", ocsp_answer(leaf, issuer, status=ocsp.OCSPCertStatus.UNKNOWN)),
        ("good", ocsp_answer(leaf, issuer, delegate, delegate=True)),
        ("expired", ocsp_answer(leaf, issuer, hours=(-48, -24))),
        ("for another certificate", ocsp_answer(issue("other", issuer), issuer)),
        ("not signed by the issuer", ocsp_answer(leaf, issuer, stranger)),
        ("not signed by the issuer", ocsp_answer(leaf, issuer, not_named, delegate=True)),
        ("not signed by the issuer", ocsp_answer(leaf, issuer, of_stranger, delegate=True)),
        ("not signed by the issuer", ocsp_answer(leaf, issuer, server, delegate=True)),
        ("not signed by the issuer", ocsp_answer(leaf, issuer, late, delegate=True)),
        ("not signed by the issuer", ocsp_answer(leaf, issuer, delegate)),
    ):
        assert stapling.read(answer, chain()).status == status


def test_a_signature_that_cannot_be_checked_is_not_good() -> None:
    answer = ocsp_answer(pki().leaf, pki().intermediate)
    assert stapling.read(answer, chain()[:1]).status.startswith("its issuer was not served")
    assert stapling.read(answer, ()).status == "for another certificate"


def test_a_forged_byte_makes_it_worth_nothing() -> None:
    answer = bytearray(ocsp_answer(pki().leaf, pki().intermediate))
    place = answer.index(b"\x80\x00")  # certStatus [0] good, of no length
    assert stapling.read(bytes(answer), chain()).status == "good"
    answer[place] = 0x82  # [2] unknown
    assert stapling.read(bytes(answer), chain()).status == "not signed by the issuer"


def test_an_error_of_the_responder_and_too_long_an_answer_are_told() -> None:
    late = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER)
    from cryptography.hazmat.primitives.serialization import Encoding

    assert stapling.read(late.public_bytes(Encoding.DER), chain()).status == "try later"
    assert stapling.read(b"\x30" * 70_000, chain()).status == "longer than 64 KiB"


@given(st.binary(max_size=300), st.integers(0, 2000), st.integers(0, 255))
def test_any_bytes_in_a_status_out(data: bytes, place: int, value: int) -> None:
    assert stapling.read(data, chain()).status not in ("", "good")
    bent = bytearray(ocsp_answer_once())
    bent[place % len(bent)] = value
    assert stapling.read(bytes(bent), chain()).status


_ONCE: list[bytes] = []


def ocsp_answer_once() -> bytes:
    if not _ONCE:
        _ONCE.append(ocsp_answer(pki().leaf, pki().intermediate))
    return _ONCE[0]
