"""Which server blocks are asked for each kind of key."""

from __future__ import annotations

from dataclasses import replace

from opsconsole.data.tls.read import read_der
from opsconsole.data.webserver.model import Listen
from opsconsole.panels.certificates.asks import Ask, asks
from opsconsole.panels.certificates.reading import CertificateFile, Use
from tests.unit.tls_endpoint.pki import pki
from tests.unit.tls_endpoint.test_endpoint_key_kinds import rsa_leaf

TLS = Listen("*", 443, tls=True)
HERE, THERE = "/etc/nginx/x.conf:7", "/etc/nginx/y.conf:3"
EC, RSA = read_der(pki().leaf.der), read_der(rsa_leaf().der)


def use(*names: str, block: str = HERE, line: int = 9) -> Use:
    return Use("nginx", "/etc/nginx/x.conf", line, names, (TLS,), block=block)


def ec(path: str, *uses: Use) -> CertificateFile:
    return CertificateFile(path, certificates=(EC,), used_by=uses)


def rsa(path: str, *uses: Use) -> CertificateFile:
    return CertificateFile(path, certificates=(RSA,), used_by=uses)


def unread(path: str, *uses: Use) -> CertificateFile:
    return CertificateFile(path, state="forbidden", used_by=uses)


def told(found: list[Ask]) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(ask.blank.server_name, ask.blank.key_kind, ask.expects) for ask in found]


def test_a_block_with_both_is_asked_for_each() -> None:
    found = asks([rsa("/r.pem", use("a.test")), ec("/e.pem", use("a.test", line=10))])
    assert told(found) == [("a.test", "RSA", ("/r.pem",)), ("a.test", "EC", ("/e.pem",))]
    assert {ask.target for ask in found} == {"a.test:443"}


def test_a_block_with_one_kind_is_asked_once() -> None:
    assert told(asks([ec("/e.pem", use("a.test"))])) == [("a.test", "", ("/e.pem",))]
    two = asks([ec("/e.pem", use("a.test")), ec("/f.pem", use("a.test"))])
    assert told(two) == [("a.test", "", ("/e.pem", "/f.pem"))]


def test_two_blocks_with_one_kind_each_are_not_asked_for_what_one_of_them_lacks() -> None:
    found = asks([rsa("/r.pem", use("a.test")), ec("/e.pem", use("a.test", block=THERE))])
    assert told(found) == [("a.test", "", ("/r.pem", "/e.pem"))]


def test_where_the_block_is_not_known_nothing_is_concluded() -> None:
    found = asks([rsa("/r.pem", use("a.test", block="")), ec("/e.pem", use("a.test", block="", line=10))])
    assert told(found) == [("a.test", "", ("/r.pem", "/e.pem"))]


def test_a_file_that_was_not_read_may_be_of_either_kind() -> None:
    both = [rsa("/r.pem", use("a.test")), ec("/e.pem", use("a.test"))]
    found = asks([*both, unread("/u.pem", use("a.test"))])
    assert told(found) == [("a.test", "RSA", ("/r.pem", "/u.pem")), ("a.test", "EC", ("/e.pem", "/u.pem"))]
    assert told(asks([both[0], unread("/u.pem", use("a.test"))])) == [("a.test", "", ("/r.pem", "/u.pem"))]


def test_a_third_kind_that_nobody_is_asked_for_is_looked_at_as_before() -> None:
    third = replace(ec("/x.pem", use("a.test")), certificates=(replace(EC, key_kind="Ed25519"),))
    found = asks([rsa("/r.pem", use("a.test")), ec("/e.pem", use("a.test")), third])
    assert told(found) == [("a.test", "", ("/r.pem", "/e.pem", "/x.pem"))]


def test_without_a_name_the_server_chooses_the_block_so_all_of_them_must_have_both() -> None:
    default = [rsa("/r.pem", use()), ec("/e.pem", use())]
    assert told(asks(default)) == [("", "RSA", ("/r.pem",)), ("", "EC", ("/e.pem",))]
    found = asks([*default, ec("/b.pem", use("b.test", block=THERE))])
    assert told(found) == [("", "", ("/r.pem", "/e.pem", "/b.pem")), ("b.test", "", ("/b.pem",))]
