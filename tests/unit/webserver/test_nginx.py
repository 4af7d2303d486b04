"""nginx's configuration: what shows which certificate, where, with what is inherited and included."""

from __future__ import annotations

import pytest

from opsconsole.data.webserver import nginx
from opsconsole.data.webserver.model import Listen, Server, Sites
from tests.work import light

MAIN = "/etc/nginx/nginx.conf"


def read(text: str, **others: str) -> Sites:
    files = {MAIN: text} | {path.replace("__", "/"): content for path, content in others.items()}
    return nginx.parse({path: content.encode() for path, content in files.items()})


def one(text: str) -> Server:
    (server,) = read("http { server { " + text + " } }").servers
    return server


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("443 ssl", Listen("*", 443, tls=True)),
        ("443", Listen("*", 443)),
        ("*:443 ssl http2 default_server", Listen("*", 443, tls=True)),
        ("[::]:443 ssl ipv6only=on", Listen("::", 443, tls=True)),
        ("[2001:db8::7] ssl", Listen("2001:db8::7", 80, tls=True)),
        ("192.0.2.1:8443 ssl", Listen("192.0.2.1", 8443, tls=True)),
        ("192.0.2.1", Listen("192.0.2.1", 80)),
        ("localhost:8000", Listen("localhost", 8000)),
        ("443 quic reuseport", Listen("*", 443, tls=True, quic=True)),
        ("unix:/run/x.sock ssl", Listen("unix:/run/x.sock", None, tls=True)),
    ],
)
def test_listen(said: str, expected: Listen) -> None:
    assert one(f"listen {said};").listens == (expected,)


def test_without_listen_it_is_port_80() -> None:
    assert one("").listens == (Listen("*", 80),)
    assert one("ssl on;").listens == (Listen("*", 80, tls=True),)


def test_a_range_of_ports_is_bounded() -> None:
    assert [listen.port for listen in one("listen 127.0.0.1:8000-8002;").listens] == [8000, 8001, 8002]
    assert len(one("listen 1-65535;").listens) == 32


@pytest.mark.parametrize("said", ["", "x:y", "[", "[::]:", "0", "65536", "443-"])
def test_what_is_no_address_is_none(said: str) -> None:
    assert all(listen.port is None or 0 < listen.port < 65536 for listen in one(f'listen "{said}";').listens)


def test_ssl_of_one_server_is_that_of_all_on_the_address() -> None:
    first, second, third = read(
        "http { server { listen 443 ssl; } server { listen 443; } server { listen 443 quic; listen 444; } }"
    ).servers
    assert [listen.tls for listen in (*first.listens, *second.listens)] == [True, True]
    assert [(listen.tls, listen.quic) for listen in third.listens] == [(True, True), (False, False)]


def test_quic_alone_makes_no_tls_of_tcp() -> None:
    first, second = read("http { server { listen 443 quic; } server { listen 443; } }").servers
    assert [first.listens[0].tls, second.listens[0].tls] == [True, False]


def test_names() -> None:
    names = one(r'server_name A.org .b.org *.c.org www.d.* ~^www\d+\.e$ _ "" $hostname;').names
    assert names == ("a.org", "b.org", "*.b.org", "*.c.org", "www.d.*", r"~^www\d+\.e$")


def test_certificates_are_paired_and_relative_to_the_main_file() -> None:
    pairs = one(
        "ssl_certificate rsa.pem; ssl_certificate '/x y/ec.pem';ssl_certificate_key a; ssl_certificate_key b;"
    ).pairs
    assert [(pair.certificate, pair.key) for pair in pairs] == [
        ("/etc/nginx/rsa.pem", "/etc/nginx/a"),
        ("/x y/ec.pem", "/etc/nginx/b"),
    ]


def test_http_is_inherited_also_when_it_comes_later_and_from_an_included_file() -> None:
    found = read(
        "http { include sites/*; ssl_certificate all.pem; ssl_certificate_key all.key; }",
        __etc__nginx__sites__a="server {\n listen 443 ssl; }",
        __etc__nginx__sites__b="server { listen 443 ssl;\n ssl_certificate own.pem; }",
    )
    first, second = found.servers
    assert [(pair.certificate, pair.key, pair.file, pair.line) for pair in first.pairs] == [
        ("/etc/nginx/all.pem", "/etc/nginx/all.key", MAIN, 1)
    ]
    assert [(pair.certificate, pair.file, pair.line) for pair in second.pairs] == [
        ("/etc/nginx/own.pem", "/etc/nginx/sites/b", 2)
    ]
    assert found.files == (MAIN, "/etc/nginx/sites/a", "/etc/nginx/sites/b")


def test_stream_and_mail_have_servers_and_upstream_has_none() -> None:
    found = read(
        "stream { upstream u { server 10.0.0.1:443; } server { listen 853 ssl; } }"
        "mail { server { listen 993 ssl; } }"
    )
    assert [server.listens[0].port for server in found.servers] == [853, 993]


@pytest.mark.parametrize(
    "certificate",
    ["/etc/ssl/$ssl_server_name.pem", "${dir}/a.pem", "data:$cert", "'data:-----BEGIN CERTIFICATE-----'"],
)
def test_what_is_known_at_run_time_only_is_said(certificate: str) -> None:
    found = read("http { server { listen 443 ssl;\n ssl_certificate " + certificate + "; } }")
    assert found.servers[0].pairs == ()
    (trouble,) = found.troubles
    assert (trouble.file, trouble.line, trouble.hides) == (MAIN, 2, True)
    assert "BEGIN" not in trouble.message


def test_a_key_that_is_no_file_hides_no_certificate() -> None:
    found = read("http { server { ssl_certificate a.pem; ssl_certificate_key engine:x:secret; } }")
    assert [(pair.certificate, pair.key) for pair in found.servers[0].pairs] == [("/etc/nginx/a.pem", "")]
    assert [(trouble.hides, "secret" in trouble.message) for trouble in found.troubles] == [(False, False)]


def test_quotes_comments_and_escapes() -> None:
    found = read(
        'http { # server { listen 1 ssl; }\n log_format x \'{"a": "$b";}\'; map $a $b { default "x;y}"; }\n'
        'server { listen 443 ssl; ssl_certificate "/a \\"b\\".pem"; return 200 "${x}y{"; } }'
    )
    (server,) = found.servers
    assert server.pairs[0].certificate == '/a "b".pem'
    assert server.line == 3
    assert found.troubles == ()


def test_lua_is_skipped() -> None:
    found = read(
        'http { init_by_lua_block { local s = "}" -- }\n'
        " local t = [==[ } ]] }]==] if a then b = { 1 } end }\n"
        "server { listen 443 ssl; } }"
    )
    assert [server.line for server in found.servers] == [3]
    assert found.troubles == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("http { server { listen 443 ssl; } } } server", "} too many"),
        ('http { server { listen "443; } }', "not closed"),
        ("http { server { listen 443 ssl; } listen", "not ended"),
        ("{" * 200, "too many blocks"),
    ],
)
def test_what_cannot_be_read_is_said(text: str, words: str) -> None:
    assert any(words in trouble.message for trouble in read(text).troubles)


def test_an_include_that_was_not_sent_is_wanted() -> None:
    found = read("http { include a.conf; include conf.d/*.conf; }")
    assert found.wanted == ("/etc/nginx/a.conf", "/etc/nginx/conf.d/*.conf")
    assert [trouble.message for trouble in found.troubles] == ["include a.conf: that file was not read"]
    assert nginx.parse({}).wanted == (MAIN,)


def test_files_that_include_each_other_end() -> None:
    found = read("http { include *.conf; }", __etc__nginx__a="x;")
    assert any("nested too deep" in trouble.message for trouble in found.troubles)
    bomb = {f"/etc/nginx/{number}.conf": b"include *.conf;\n" * 50 for number in range(50)}
    found = light(1500, lambda: nginx.parse({MAIN: b"include *.conf;"} | bomb))
    assert found.troubles
