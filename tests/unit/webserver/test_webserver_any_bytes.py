"""Whatever the bytes, the parsers answer, in time, and what they say is bounded and clean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.data.webserver import apache, haproxy, nginx
from opsconsole.data.webserver.model import MOST_PROBLEMS, MOST_SERVERS, Sites
from tests.work import light

ROOTS = {"nginx": nginx.ROOT, "apache": apache.ROOTS[0], "haproxy": haproxy.ROOT}
WORDS = [
    "http", "server", "{", "}", ";", "listen", "443", "ssl", "[::]:443", "quic", "include", "*",
    "/etc/*/*", "#",
    '"', "'", "\\", "$x", "${x}", "\n", " ", "ssl_certificate", "a.pem", "x_by_lua_block", "[[",
    "--[==[", "]]",
    "<VirtualHost", "*:443>", "</VirtualHost>", "<IfModule", "!x>", "SSLEngine", "on", "SSLCertificateFile",
    "Include", "Listen", "Define", "ServerRoot", "ServerName", "Use", "frontend", "global", "bind", "crt",
    "crt-list", "crt-base", "@a/b", "crt-store", "load", ":443,:444-99999", "\x00", "\x1b[31m",
    "\u202e", "999999",
]  # fmt: skip
ANY = st.one_of(
    st.binary(max_size=400), st.lists(st.sampled_from(WORDS), max_size=60).map(lambda w: " ".join(w).encode())
)


def parsed(kind: str, files: dict[str, bytes]) -> Sites:
    if kind == "nginx":
        return nginx.parse(files)
    return apache.parse(files) if kind == "apache" else haproxy.parse(files)


@pytest.mark.parametrize("kind", list(ROOTS))
@given(main=ANY, other=ANY)
def test_any_bytes(kind: str, main: bytes, other: bytes) -> None:
    files = {ROOTS[kind]: main, "/etc/a.pem": other, "/etc/nginx/x": other, "/etc/apache2/x/y": other}
    found = parsed(kind, files)
    assert len(found.servers) <= MOST_SERVERS
    assert len(found.troubles) <= MOST_PROBLEMS
    for server in found.servers:
        assert server.file in files
        assert 1 <= server.line <= files[server.file].count(b"\n") + 1
        assert all(pair.certificate.startswith("/") for pair in server.pairs)
        assert all(pair.file in files for pair in server.pairs)
        assert all(listen.port is None or 0 < listen.port < 65536 for listen in server.listens)
    for trouble in found.troubles:
        assert "\x1b" not in trouble.message
        assert "\u202e" not in trouble.message
        assert len(trouble.message) <= 301


@pytest.mark.parametrize("kind", list(ROOTS))
@pytest.mark.parametrize(
    "evil",
    [
        b"[[" * 60_000,
        b"x_by_lua_block {" + b"[=[" * 40_000,
        b'"' * 100_000,
        b"\\" * 100_000,
        b" " * 130_000 + b"x",
        b"a" * 130_000,
        b"{" * 100_000,
        b"include *;" * 10_000,
        b"include " + b"*a" * 50_000 + b";",
        b"Include *\n" * 10_000,
        b"Define a ${a}${a}${a}${a}\n" * 5_000,
        b"<VirtualHost *:443>\n" * 6_000,
        b"frontend f\n" + b" bind :443 ssl crt /a crt /b\n" * 5_000,
        b"frontend f\n bind " + b":1-65535," * 10_000 + b" ssl crt /a\n",
        b"http { server { server_name " + b"a.org " * 20_000 + b"; } }",
        b"[" + b" " * 100_000,
        b"bind " + b"'" * 60_001,
    ],
)
def test_evil_text_takes_little_time(kind: str, evil: bytes) -> None:
    others = {f"/etc/{kind}/{number}{'a' * 60}": b"x;" for number in range(200)}
    light(500, lambda: parsed(kind, {ROOTS[kind]: evil} | others))
