"""Which handshakes the configuration of web servers means."""

from __future__ import annotations

from dataclasses import replace

import pytest

from opsconsole.data.tls.read import read_der
from opsconsole.data.webserver.model import Listen
from opsconsole.panels.certificates.asks import Ask, asks
from opsconsole.panels.certificates.reading import CertificateFile, Use
from tests.unit.tls_endpoint.pki import pki

TLS = Listen("*", 443, tls=True)
SIX = Listen("::", 443, tls=True)


def file(path: str, *uses: Use) -> CertificateFile:
    return CertificateFile(path, used_by=uses)


def use(*names: str, server: str = "nginx", listens: tuple[Listen, ...] = (TLS,)) -> Use:
    return Use(server, "/etc/x.conf", 1, names, listens)


def places(found: list[Ask]) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(str(ask.blank.place), ask.blank.server_name, ask.expects) for ask in found]


def test_each_address_and_name_once_first_names_first() -> None:
    found = asks(
        [
            file("/a.pem", use("a.test", "www.a.test", listens=(TLS, SIX))),
            file("/b.pem", use("b.test")),
        ]
    )
    assert places(found) == [
        ("127.0.0.1:443", "a.test", ("/a.pem",)),
        ("[::1]:443", "a.test", ("/a.pem",)),
        ("127.0.0.1:443", "b.test", ("/b.pem",)),
        ("127.0.0.1:443", "www.a.test", ("/a.pem",)),
        ("[::1]:443", "www.a.test", ("/a.pem",)),
    ]
    assert {ask.target for ask in found} == {"a.test:443", "www.a.test:443", "b.test:443"}
    assert {ask.blank.seen_from for ask in found} == {"host"}


def test_two_certificates_of_one_block_are_both_expected() -> None:
    found = asks([file("/rsa.pem", use("a.test")), file("/ec.pem", use("a.test"))])
    assert places(found) == [("127.0.0.1:443", "a.test", ("/rsa.pem", "/ec.pem"))]


@pytest.mark.parametrize("names", [(), ("_",), ("~^www[0-9]+$",), ("www.example.*",), ("$hostname",)])
def test_where_no_name_can_be_asked_for_any_file_of_that_address_is_expected(names: tuple[str, ...]) -> None:
    other = Listen("192.0.2.7", 443, tls=True)
    found = asks(
        [
            file("/any.pem", use(*names)),
            file("/a.pem", use("a.test")),
            file("/c.pem", use("c", listens=(other,))),
        ]
    )
    assert places(found)[0] == ("127.0.0.1:443", "", ("/any.pem", "/a.pem"))
    assert found[0].target == "*:443"


def test_what_cannot_be_asked_by_tcp_and_tls_is_left_out() -> None:
    listens = (
        Listen("*", 80),
        Listen("*", 443, tls=True, quic=True),
        Listen("unix:/run/x", None, tls=True),
        Listen("-oProxyCommand=x", 443, tls=True),
    )
    assert asks([file("/a.pem", use("a.test", listens=listens))]) == []


def test_an_address_of_its_own_is_asked_itself() -> None:
    listens = (Listen("192.0.2.7", 8443, tls=True), Listen("[2001:db8::7]", 443, tls=True))
    assert [one[0] for one in places(asks([file("/a.pem", use("a.test", listens=listens))]))] == [
        "192.0.2.7:8443",
        "[2001:db8::7]:443",
    ]


def test_any_address_of_apache_may_be_ipv6_as_well() -> None:
    found = asks([file("/a.pem", use("a.test", server="apache"))])
    assert [(ask.blank.address, ask.optional) for ask in found] == [("127.0.0.1", False), ("::1", True)]
    assert [ask.optional for ask in asks([file("/a.pem", use("a.test"))])] == [False]


def test_haproxy_chooses_by_the_names_in_the_certificates() -> None:
    lb = replace(file("/lb.pem", use(server="haproxy")), certificates=(read_der(pki().leaf.der),))
    assert [ask.blank.server_name for ask in asks([lb])] == ["shop.test", "www.shop.test"]
    unread = file("/lb.pem", use(server="haproxy"))
    assert [ask.blank.server_name for ask in asks([unread])] == [""]


def test_of_a_block_with_a_thousand_names_three_are_asked() -> None:
    names = tuple(f"n{place}.test" for place in range(1000))
    assert [ask.blank.server_name for ask in asks([file("/a.pem", use(*names))])] == list(names[:3])


def test_hostile_names_are_not_asked_for() -> None:
    assert [
        ask.blank.server_name for ask in asks([file("/a.pem", use("a\nb", "-x", "\x1b[2J", "ok.test"))])
    ] == ["ok.test"]
