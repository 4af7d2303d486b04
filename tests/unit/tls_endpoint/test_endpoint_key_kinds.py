"""A server with a certificate of each kind of key is asked for each, over real handshakes."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from OpenSSL import SSL

from opsconsole.data.tls import connect, key_kinds
from opsconsole.data.tls.endpoint import look
from opsconsole.data.tls.key_kinds import KeyKind, kind_of, restrict
from opsconsole.data.tls.read import read_der
from opsconsole.data.tls.served import VERSIONS, Served
from tests.unit.tls_endpoint.pki import DAY, Pair, issue, now, pki
from tests.unit.tls_endpoint.servers import Port, TlsServer, saying, serving


@cache
def rsa_leaf() -> Pair:
    """Return a certificate with an RSA key that an EC key signed, as most of today's are."""
    key = rsa.generate_private_key(65537, 2048)
    signer = pki().intermediate
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "shop.test")]))
        .issuer_name(signer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now() - DAY)
        .not_valid_after(now() + 30 * DAY)
    )
    return Pair(builder.sign(signer.key, hashes.SHA256()), key)  # type: ignore[arg-type]  # its kind is the point


@dataclass
class Both(TlsServer):
    """Has certificates of several kinds of key."""

    more: tuple[Pair, ...] = field(default_factory=lambda: (rsa_leaf(),))
    ciphers: bytes = b""

    def context(self) -> SSL.Context:
        context = super().context()
        if self.ciphers:
            context.set_cipher_list(self.ciphers)
        for one in self.more:
            context.use_certificate(one.certificate)
            context.use_privatekey(one.key)
        return context


async def seen(port: Port, kind: KeyKind, **named: Any) -> Served:
    asked = Served("127.0.0.1", port.number, "shop.test", key_kind=kind)
    return await look(
        partial(connect.directly, "127.0.0.1", port.number), asked, timeout_seconds=30.0, **named
    )


MARKS = {"EC": lambda: pki().leaf.fingerprint, "RSA": lambda: rsa_leaf().fingerprint}


@pytest.fixture(params=["with signature algorithms", "with ciphers alone"])
def _way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask as with today's pyOpenSSL, and as with one that has no call for signature algorithms."""
    if "alone" in request.param:
        monkeypatch.setattr(SSL, "_lib", Without())


class Without:
    """OpenSSL's calls without one of them."""

    def __init__(self) -> None:
        self._calls = SSL._lib  # type: ignore[attr-defined]

    def __getattr__(self, name: str) -> Any:
        if name == "SSL_CTX_set1_sigalgs_list":
            raise AttributeError(name)
        return getattr(self._calls, name)


@pytest.mark.usefixtures("_way")
@pytest.mark.parametrize("kind", ["RSA", "EC"])
@pytest.mark.parametrize("newest", ["TLSv1.2", "TLSv1.3"])
async def test_each_kind_is_shown_to_who_asks_for_it(kind: KeyKind, newest: str) -> None:
    async with serving(Both(versions=("TLSv1.2", newest)).talk) as port:
        one = await seen(port, kind)
    assert one.leaf is not None
    assert one.leaf.fingerprint_sha256 == MARKS[kind]()
    assert (one.error, one.error_kind) == ("", "")
    assert one.protocols == {name: "TLSv1.2" <= name <= newest for name in VERSIONS}


@pytest.mark.parametrize("kind", ["RSA", "EC"])
async def test_a_server_of_the_newest_version_alone_is_asked_by_signature_algorithms(kind: KeyKind) -> None:
    async with serving(Both(versions=("TLSv1.3", "TLSv1.3")).talk) as port:
        one = await seen(port, kind, versions=False)
    assert one.leaf is not None
    assert (one.leaf.fingerprint_sha256, one.negotiated) == (MARKS[kind](), "TLSv1.3")
    assert port.connections == 1


@pytest.mark.parametrize(("kind", "there"), [("RSA", "EC P-256"), ("EC", "RSA")])
@pytest.mark.parametrize("versions", [("TLSv1.2", "TLSv1.3"), ("TLSv1.3", "TLSv1.3"), ("TLSv1.2", "TLSv1.2")])
async def test_one_that_is_not_there_is_told_from_a_server_that_does_not_answer(
    kind: KeyKind, there: str, versions: tuple[str, str]
) -> None:
    only = pki().leaf if kind == "RSA" else rsa_leaf()
    async with serving(TlsServer(only, versions=versions).talk) as port:
        one = await seen(port, kind)
    assert (one.chain, one.error_kind) == ((), "key")
    assert one.error == f"it serves no {kind} certificate; who takes any is shown one with {there}"
    assert one.protocols["TLSv1.3"] is (versions[1] == "TLSv1.3"), "they are known all the same"


async def test_a_server_that_answers_nobody_says_nothing_of_its_certificates() -> None:
    refusal = bytes((21, 3, 3, 0, 2, 2, 40))
    async with serving(saying(refusal)) as port:
        one = await seen(port, "RSA")
    assert (one.error_kind, one.error) == ("alert", "the server ended it: handshake failure")


async def test_ciphers_that_forbid_a_kind_are_seen() -> None:
    server = Both(versions=("TLSv1.2", "TLSv1.2"), ciphers=b"aECDSA:@SECLEVEL=0")
    async with serving(server.talk) as port:
        one, other = await seen(port, "RSA"), await seen(port, "EC")
    assert one.error_kind == "key"
    assert other.leaf is not None


def test_kinds_of_certificates() -> None:
    assert kind_of(read_der(pki().leaf.der)) == "EC"
    assert kind_of(read_der(rsa_leaf().der)) == "RSA"
    from dataclasses import replace

    edwards = replace(read_der(issue("x").der), key_kind="Ed25519")
    assert kind_of(edwards) is None


def test_where_signature_algorithms_cannot_be_chosen_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    context = SSL.Context(SSL.TLS_METHOD)
    assert restrict(context, "")
    assert restrict(context, "RSA")
    assert not restrict(context, "RSA", signatures=False)
    monkeypatch.setattr(SSL, "_lib", Without())
    assert not restrict(context, "EC")
    assert set(key_kinds.CIPHERS) == {"", "RSA", "EC"}
