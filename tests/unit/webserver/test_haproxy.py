"""HAProxy's configuration: bind lines, folders, crt-lists, crt-base and crt-store."""

from __future__ import annotations

import pytest

from opsconsole.data.webserver import haproxy
from opsconsole.data.webserver.model import Listen, Server, Sites

MAIN = "/etc/haproxy/haproxy.cfg"


def read(text: str, **others: str) -> Sites:
    files = {MAIN: text} | {path.replace("__", "/"): content for path, content in others.items()}
    return haproxy.parse({path: content.encode() for path, content in files.items()})


def bind(said: str, top: str = "") -> Server:
    (server,) = read(f"{top}frontend web\n  bind {said}\n").servers
    return server


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (":443", [Listen("*", 443, tls=True)]),
        ("*:443", [Listen("*", 443, tls=True)]),
        ("[::]:443", [Listen("::", 443, tls=True)]),
        (":::443", [Listen("::", 443, tls=True)]),
        (
            "192.0.2.1:443,192.0.2.2:444",
            [Listen("192.0.2.1", 443, tls=True), Listen("192.0.2.2", 444, tls=True)],
        ),
        ("ipv6@:443", [Listen("::", 443, tls=True)]),
        ("ipv4@192.0.2.1:443", [Listen("192.0.2.1", 443, tls=True)]),
        ("quic4@:443", [Listen("*", 443, tls=True, quic=True)]),
        ("unix@/run/x", [Listen("unix:/run/x", None, tls=True)]),
        ("/run/x", [Listen("unix:/run/x", None, tls=True)]),
        ("fd@3", []),
        (":8000-8002", [Listen("*", port, tls=True) for port in (8000, 8001, 8002)]),
    ],
)
def test_addresses(said: str, expected: list[Listen]) -> None:
    server = bind(f"{said} ssl crt /a.pem")
    assert list(server.listens) == expected
    assert (server.title, server.line) == ("web", 2)


def test_certificates_base_and_words_that_only_look_like_it() -> None:
    server = bind(
        '*:443 name ssl ssl crt a.pem alpn h2 crt "/d ir/b.pem" ca-file crt # crt /no.pem',
        "global\n crt-base /base\n",
    )
    assert [(pair.certificate, pair.key) for pair in server.pairs] == [
        ("/base/a.pem", "/base/a.pem"),
        ("/d ir/b.pem", "/d ir/b.pem"),
    ]


def test_without_ssl_nothing_is_shown() -> None:
    server = bind(":80 name ssl crt /a.pem")
    assert (server.tls, server.pairs) == (False, ())


def test_a_backend_is_a_client() -> None:
    assert (
        read("backend b\n  server s 192.0.2.1:443 ssl crt /client.pem\n  bind :1 ssl crt /x\n").servers == ()
    )


def test_a_crt_list() -> None:
    found = read(
        "global\n crt-base /base\nlisten web\n bind :443 ssl crt-list list.txt\n",
        **{"__base__list.txt": "# c\na.pem [alpn h2,http/1.1] *.A.org !no.a.org\n\n/b.pem\n"},
    )
    assert [(pair.certificate, pair.names, pair.file, pair.line) for pair in found.servers[0].pairs] == [
        ("/base/a.pem", ("*.a.org",), "/base/list.txt", 2),
        ("/b.pem", (), "/base/list.txt", 4),
    ]


def test_a_crt_list_that_was_not_sent_is_said() -> None:
    found = read("frontend f\n bind :443 ssl crt-list /l\n")
    assert found.wanted == ("/l",)
    assert [(trouble.line, trouble.hides) for trouble in found.troubles] == [(2, True)]


def test_a_crt_store() -> None:
    found = read(
        "crt-store web\n crt-base /c\n key-base /k\n load crt a.crt key a.key alias site\n"
        "frontend f\n bind :443 ssl crt @web/site crt @web/other\n"
    )
    assert [(pair.certificate, pair.key) for pair in found.servers[0].pairs] == [("/c/a.crt", "/k/a.key")]
    assert ["@web/other" in trouble.message for trouble in found.troubles] == [True]


@pytest.mark.parametrize("said", ["${DIR}/a.pem", '"$DIR/a.pem"', "relative.pem"])
def test_what_cannot_be_known_is_said(said: str) -> None:
    found = read(f"frontend f\n bind :443 ssl crt {said}\n")
    assert found.servers[0].pairs == ()
    assert [(trouble.line, trouble.hides) for trouble in found.troubles] == [(2, True)]


def test_several_files_in_their_order() -> None:
    files = {"/a.cfg": b"global\n crt-base /base\n", "/b.cfg": b"frontend f\n bind :1 ssl crt x\n"}
    found = haproxy.parse(files, ("/a.cfg", "/b.cfg", "/gone.cfg"))
    assert found.servers[0].pairs[0].certificate == "/base/x"
    assert found.wanted == ("/gone.cfg",)
