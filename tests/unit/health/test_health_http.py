"""HTTP checks against real local servers, good and bad."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import ssl
from itertools import chain, repeat
from pathlib import Path

import pytest

from opsconsole.data.host import NotConnectedError
from opsconsole.panels.health import http_check
from opsconsole.panels.health.reading import CheckResult
from opsconsole.panels.health.settings import HttpCheck
from tests.unit.health.health_servers import ForwardingShell, answer, certificate, server, unused_port

SECRET = "s3cret-t0ken"
NO_SHELL = ForwardingShell(0)


async def check(port: int, path: str = "/health", **fields: object) -> CheckResult:
    return await http_check.run(
        HttpCheck("c", f"http://127.0.0.1:{port}{path}", "console", **{"timeout_seconds": 30.0, **fields}),
        NO_SHELL,
    )


async def test_a_good_answer_meets_every_expectation() -> None:
    body = json.dumps({"status": "ok", "nodes": [{"up": True, "lag": 0.5}]}).encode()
    async with server(answer(body)) as port:
        result = await check(
            port,
            expect_body="status",
            expect_body_regex=r"ok\b",
            expect_json={"status": "ok", "nodes[0].up": True, "nodes[0].lag": 0.5},
        )
    assert result.ok, result
    assert result.status == 200
    assert result.latency_seconds is not None
    assert 0 < result.latency_seconds < 30


@pytest.mark.parametrize(
    ("fields", "error", "words"),
    [
        ({"expect_status": "204,3xx"}, "status", "status 200, expected 204,3xx"),
        (
            {"expect_body": "pong"},
            "body",
            'the body has no \'pong\'; it begins \'{"status": "bad", "up": 1}\'',
        ),
        ({"expect_body_regex": "^pong$"}, "body", "the body does not match '^pong$'; it begins"),
        ({"expect_json": {"status": "ok"}}, "json", "status is 'bad', expected 'ok'"),
        ({"expect_json": {"up": True}}, "json", "up is 1, expected true"),
        ({"expect_json": {"a.b[3]": 1}}, "json", "a.b[3] is missing, expected 1"),
    ],
)
async def test_an_expectation_that_is_not_met_says_found_and_expected(
    fields: dict[str, object], error: str, words: str
) -> None:
    async with server(answer(b'{"status": "bad", "up": 1}')) as port:
        result = await check(port, **fields)
    assert (result.ok, result.error) == (False, error)
    assert words in result.detail
    assert result.latency_seconds is not None


@pytest.mark.parametrize("body", [b"<html>", b"[" * 100_000, b"", b"1" * 5000])
async def test_what_is_no_json_says_so(body: bytes) -> None:
    async with server(answer(body)) as port:
        result = await check(port, expect_json={"status": "ok"})
    assert result.error == "json"


async def test_a_server_error_is_a_status() -> None:
    async with server(answer(b"", "503 Service Unavailable")) as port:
        result = await check(port)
    assert (result.error, result.status, result.detail) == ("status", 503, "status 503, expected 2xx")


async def test_refused_is_told() -> None:
    result = await check(unused_port())
    assert (result.error, result.detail, result.latency_seconds) == ("refused", "connection refused", None)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (socket.EAI_NONAME, "name not found"),
        (socket.EAI_AGAIN, "name not looked up: no answer from the name servers"),
    ],
)
async def test_a_name_that_is_not_found_is_told(
    monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    def look_up(*_: object, **__: object) -> None:
        raise socket.gaierror(number, "in the system's words")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    result = await http_check.run(HttpCheck("c", "http://no-such-host.invalid/", "console"), NO_SHELL)
    assert (result.error, result.detail) == ("name", words)


async def test_one_byte_a_second_does_not_hold_it() -> None:
    async def drip(_request: bytes, writer: asyncio.StreamWriter) -> None:
        for byte in chain(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", repeat(ord("x"), 1_000_000)):
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.02)

    async with server(drip) as port:
        result = await check(port, timeout_seconds=0.3)
    assert (result.error, result.detail) == ("timeout", "no whole answer within 0.3 s")


async def test_an_endless_body_is_cut_at_its_limit() -> None:
    sent = 0

    async def pour(_request: bytes, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"y" * 65536)
            await writer.drain()
            sent += 65536

    async with server(pour) as port:
        assert (await check(port, expect_body="yyy")).ok
        result = await check(port, expect_json={"a": 1})
    assert (result.error, result.detail) == (
        "size",
        "the body is larger than 1 MiB, too large to read as JSON",
    )
    assert sent < 64 * 1024 * 1024


async def test_a_compressed_bomb_is_not_opened() -> None:
    async with server(answer(gzip.compress(b"0" * 10_000_000), headers="Content-Encoding: gzip\r\n")) as port:
        result = await check(port, expect_body="0")
    assert (result.error, result.detail) == ("body", "the body is compressed (gzip), unasked")


async def test_a_body_on_which_a_pattern_backtracks_for_ever_ends_in_time() -> None:
    async with server(answer(b"a" * 5000 + b"!")) as port:
        result = await check(port, expect_body_regex=r"^(a|aa)+$")
    assert (result.error, result.detail) == ("body", "matching the body took over 1 s")


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "protocol"),
        (b"SSH-2.0-OpenSSH_9.2", "closed"),
        (b"", "closed"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 300_000, "protocol"),
    ],
)
async def test_what_is_no_http_is_told(raw: bytes, error: str) -> None:
    async def speak(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(raw)

    async with server(speak) as port:
        result = await check(port)
    assert result.error == error


async def test_a_redirect_loop_ends() -> None:
    async with server(answer(b"", "302 Found", "Location: /health\r\n")) as port:
        loop = await check(port, follow_redirects=True)
        plain = await check(port, expect_status="302")
    assert (loop.error, loop.detail) == ("redirect", "more than 10 redirects")
    assert plain.ok


async def test_a_redirect_to_what_is_no_http_is_told() -> None:
    async with server(answer(b"", "302 Found", "Location: file:///etc/passwd\r\n")) as port:
        result = await check(port, follow_redirects=True)
    assert result.error == "redirect"


async def test_headers_are_not_sent_on_to_another_server() -> None:
    seen: dict[str, bytes] = {}

    def remember(name: str, location: str = "") -> object:
        async def handle(request: bytes, writer: asyncio.StreamWriter) -> None:
            seen[name] = request
            await answer(b"", "302 Found" if location else "200 OK", location)(request, writer)

        return handle

    async with (
        server(remember("second")) as second,
        server(remember("first", f"Location: http://127.0.0.1:{second}/\r\n")) as first,
    ):
        assert (await check(first, follow_redirects=True, headers={"X-Token": SECRET})).ok
    assert SECRET.encode() in seen["first"]
    assert SECRET.encode() not in seen["second"]


async def test_secrets_are_never_shown_even_when_the_server_repeats_them() -> None:
    made = HttpCheck(
        "c",
        f"http://user:{SECRET}@127.0.0.1:1/path?key={SECRET}",
        "console",
        headers={"Authorization": f"Bearer {SECRET}"},
        expect_body="pong",
    )
    assert SECRET not in repr(made)
    async with server(answer(f"echo {SECRET}".encode())) as port:
        url = made.url.replace(":1/", f":{port}/")
        result = await http_check.run(
            HttpCheck("c", url, "console", headers=made.headers, expect_body="pong"), NO_SHELL
        )
    assert result.error == "body"
    assert "***" in result.detail
    assert SECRET not in repr(result)
    assert result.target == f"http://127.0.0.1:{port}/path?…"


async def test_bad_tls_is_told_and_can_be_allowed(tmp_path: Path) -> None:
    context, _ = certificate(tmp_path, "shop.example")
    async with server(answer(b"ok"), context) as port:
        url = f"https://127.0.0.1:{port}/"
        refused = await http_check.run(HttpCheck("c", url, "console"), NO_SHELL)
        allowed = await http_check.run(HttpCheck("c", url, "console", verify_tls=False), NO_SHELL)
        plain = await check(port, timeout_seconds=2.0)
    assert (refused.error, refused.detail) == ("tls", "certificate not trusted: self-signed certificate")
    assert allowed.ok
    assert not plain.ok


async def test_tls_to_a_server_that_speaks_none_is_told() -> None:
    async def refuse(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        result = await http_check.run(HttpCheck("c", f"https://127.0.0.1:{port}/", "console"), NO_SHELL)
    assert result.error == "tls"


async def test_through_a_tunnel_host_header_sni_and_certificate_are_the_urls_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, pem = certificate(tmp_path, "shop.example")
    names: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    http_check._tls.cache_clear()
    requests: list[bytes] = []

    async def handle(request: bytes, writer: asyncio.StreamWriter) -> None:
        requests.append(request)
        await answer(b"ok")(request, writer)

    try:
        async with server(handle, context) as port:
            shell = ForwardingShell(port)
            good = await http_check.run(HttpCheck("c", "https://shop.example/x"), shell)
            wrong = await http_check.run(HttpCheck("c", "https://other.example:8443/x"), shell)
    finally:
        http_check._tls.cache_clear()
    assert good.ok, good
    assert (wrong.error, wrong.ok) == ("tls", False)
    assert "other.example" in wrong.detail
    assert shell.asked == [("shop.example", 443), ("other.example", 8443)]
    assert names == ["shop.example", "other.example"]
    assert b"\r\nHost: shop.example\r\n" in requests[0]
    assert shell.open == 0


@pytest.mark.parametrize(
    ("reached", "error"),
    [(ConnectionRefusedError(), "refused"), (NotConnectedError("web1: lost"), "console"), (None, "closed")],
)
async def test_a_tunnel_that_closes_at_once_is_looked_into(reached: Exception | None, error: str) -> None:
    async def close(_request: bytes, _writer: asyncio.StreamWriter) -> None:
        return

    async with server(close) as port:
        result = await http_check.run(
            HttpCheck("c", "http://app.internal:8080/"), ForwardingShell(port, reached)
        )
    assert result.error == error


async def test_no_connection_to_the_host_is_not_the_services_fault() -> None:
    class Gone(ForwardingShell):
        def forward(self, host: str, port: int) -> object:
            raise NotConnectedError("web1: not connected")

    result = await http_check.run(HttpCheck("c", "http://127.0.0.1/"), Gone(0))
    assert (result.error, result.detail) == ("console", "web1: not connected")


def test_loading_the_panel_loads_no_httpx() -> None:
    import subprocess
    import sys

    script = (
        "import sys, opsconsole.panels.health, opsconsole.panels.health.look; print('httpx' in sys.modules)"
    )
    assert subprocess.check_output([sys.executable, "-c", script]).strip() == b"False"


def test_one_tls_context_serves_all_checks() -> None:
    assert http_check._tls(verify=True) is http_check._tls(verify=True)
    assert http_check._tls(verify=True).verify_mode is ssl.CERT_REQUIRED
