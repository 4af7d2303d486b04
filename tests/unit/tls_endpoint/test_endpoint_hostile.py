"""Services that answer badly on purpose: each has its own words and its own bound."""

from __future__ import annotations

import asyncio
import socket
import struct
from functools import partial
from typing import Any

import pytest

from opsconsole.data.host import NotConnectedError
from opsconsole.data.tls import connect, stream
from opsconsole.data.tls.endpoint import MOST_CERTIFICATES, look
from opsconsole.data.tls.served import Served
from opsconsole.data.tls.stream import MOST_BYTES
from tests.unit.tls_endpoint.pki import Pair, issue, pki
from tests.unit.tls_endpoint.servers import (
    Talk,
    TlsServer,
    TunnelShell,
    saying,
    serving,
    silent,
    trickling,
    unused_port,
)


async def seen(talk: Talk, **named: Any) -> Served:
    async with serving(talk) as port:
        asked = Served("127.0.0.1", port.number, "shop.test")
        one = await look(
            partial(connect.directly, "127.0.0.1", port.number), asked, **{"timeout_seconds": 30.0, **named}
        )
    assert one.chain or one.error
    assert bool(one.error) == bool(one.error_kind)
    return one


def record(kind: int, payload: bytes) -> bytes:
    return struct.pack("!BHH", kind, 0x0303, len(payload)) + payload


HANDSHAKE = 22
CASES = {
    "closes at once": (saying(b""), "closed", "the connection was closed within the handshake"),
    "closes before the hello": (saying(b"", before=0), "closed", "the connection was"),
    "HTTP": (saying(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "protocol", "the answer is not TLS"),
    "SSH": (saying(b"SSH-2.0-OpenSSH_9.2\r\n"), "protocol", "the answer is not TLS"),
    "zeros": (saying(b"\0" * 100), "protocol", "the answer is not TLS"),
    "zeros for ever": (saying(b"\0" * 10_000, forever=True), "protocol", "the answer is not TLS"),
    "an alert": (saying(record(21, b"\x02\x70")), "alert", "the server ended it: unrecognized name"),
    "an alert nobody knows": (saying(record(21, b"\x02\xfe")), "alert", "the server ended it: alert 254"),
    "half a hello": (saying(record(HANDSHAKE, b"\x02\0\0\0")), "tls", "TLS: "),
    "a record too long": (
        saying(b"\x16\x03\x03\xff\xff" + b"x" * 70_000),
        "size",
        "longer than OpenSSL takes",
    ),
    "a message of 16 MB": (
        saying(record(HANDSHAKE, b"\x02\xff\xff\xff" + b"x" * 16_000), forever=True),
        "size",
        "longer than OpenSSL takes",
    ),
}


@pytest.mark.parametrize("case", CASES)
async def test_what_is_wrong_is_told(case: str) -> None:
    talk, kind, words = CASES[case]
    one = await seen(talk)
    assert (one.error_kind, words in one.error) == (kind, True), one.error
    assert one.protocols == {}
    assert one.took_ms is None


@pytest.mark.parametrize(
    "talk", [silent(), trickling(b"\x16\x03\x03\x40\x00", 0.01)], ids=["silent", "trickle"]
)
async def test_silence_and_trickle_end_at_the_deadline(talk: Talk) -> None:
    one = await seen(talk, timeout_seconds=0.4)  # or for ever: the server does not end
    assert (one.error_kind, one.error) == ("timeout", "the handshake was not finished within 0.4 s")


async def test_a_flood_within_tls_is_cut_at_the_bound() -> None:
    """Empty records are good TLS 1.2 and never an end."""
    sent = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.read(1)
        # Warnings may come as many as one likes... until OpenSSL has had enough of them.
        while sent < 64 * MOST_BYTES:
            writer.write(record(21, b"\x01\x5a") * 100)
            sent += 700
            await writer.drain()

    one = await seen(talk)
    assert one.error_kind in ("size", "tls", "alert")
    assert sent < 32 * MOST_BYTES


async def test_no_more_is_read_than_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream.Stream.__init__, "__defaults__", (1000,))
    one = await seen(TlsServer(big(200), ()).talk)
    assert (one.error_kind, one.error) == ("size", "it sent over 0 KiB and no end of a handshake")


def big(names: int) -> Pair:
    return issue("big", names=[f"name-{place:06}.shop.test" for place in range(names)])


async def test_a_certificate_with_thousands_of_names_is_read() -> None:
    one = await seen(TlsServer(big(3000), ()).talk, versions=False)
    assert one.leaf is not None
    assert one.leaf.names_total == 3000
    assert one.error == ""


async def test_one_that_no_openssl_takes_is_told_by_its_size() -> None:
    one = await seen(TlsServer(big(10_000), ()).talk)
    assert one.error_kind == "size"
    assert "longer than OpenSSL takes (excessive message size)" in one.error


async def test_a_long_chain_is_read_up_to_a_bound_which_is_told() -> None:
    above = tuple(issue(f"authority {place}", ca=True) for place in range(60))
    one = await seen(TlsServer(above=above).talk, versions=False)
    assert len(one.chain) == MOST_CERTIFICATES
    assert one.remark == "of the 61 certificates it serves 20 were read"


async def test_a_hostile_name_in_a_certificate_is_cleaned() -> None:
    bad = issue("\x1b[31mred\u202e[/bold]", names=["x.test"])
    one = await seen(TlsServer(bad, ()).talk, versions=False)
    assert one.leaf is not None
    assert "\x1b" not in one.leaf.common_name
    assert "\u202e" not in one.leaf.subject


async def test_a_certificate_that_cannot_be_read_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from opsconsole.data.tls import read
    from opsconsole.data.tls.certificate import CertificateError

    real = read.read_der

    def read_der(der: bytes) -> Any:
        if der in broken:
            raise CertificateError("no certificate")
        return real(der)

    monkeypatch.setattr(read, "read_der", read_der)
    broken = {pki().leaf.der}
    one = await seen(TlsServer().talk)
    assert (one.error_kind, one.chain) == ("certificate", ())
    assert one.error == "the certificate it serves cannot be read: no certificate"
    broken = {pki().intermediate.der}
    one = await seen(TlsServer().talk, versions=False)
    assert (len(one.chain), one.error) == (1, "")
    assert one.remark == "certificate 2 of its chain cannot be read: no certificate"


async def test_a_reset_within_the_handshake_is_a_closed_connection() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        import socket

        await reader.read(1)
        linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.transport.abort()

    one = await seen(talk)
    assert one.error_kind == "closed"


async def directly_to(address: str, port: int, seconds: float = 30.0) -> Served:
    return await look(
        partial(connect.directly, address, port), Served(address, port), timeout_seconds=seconds
    )


async def test_no_connection_is_told_by_its_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = await directly_to("127.0.0.1", unused_port())
    assert (refused.error_kind, refused.error) == ("refused", "connection refused")
    too_long = await directly_to("x" * 70 + ".test", 443)  # more than a label can have: IDNA refuses it
    assert too_long.error_kind == "name"

    def look_up(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "in the system's words")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    unnamed = await directly_to("no-such-host.invalid", 443)
    assert (unnamed.error_kind, unnamed.error) == ("name", "name not found")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (OSError(113, "No route to host"), "route"),
        (OSError(101, "Network is unreachable"), "route"),
        (TimeoutError(110, "Connection timed out"), "timeout"),
        (OSError(5, "Input/output error"), "connection"),
        (NotConnectedError("web1: gone"), "console"),
    ],
)
async def test_the_causes_of_the_system_are_told_apart(error: Exception, kind: str) -> None:
    def never() -> Any:
        raise error

    one = await look(never, Served("192.0.2.7", 443))
    assert one.error_kind == kind
    assert one.error


async def through_tunnel(shell: TunnelShell) -> Served:
    asked = Served("192.0.2.9", 443, "shop.test", seen_from="host")
    return await look(partial(connect.through, shell, "192.0.2.9", 443), asked, timeout_seconds=30.0)  # type: ignore[arg-type]


async def test_through_a_tunnel_the_same_is_seen() -> None:
    async with serving(TlsServer().talk) as port:
        shell = TunnelShell({("192.0.2.9", 443): port.number})
        one = await through_tunnel(shell)
    assert [each.fingerprint_sha256 for each in one.chain] == [
        pki().leaf.fingerprint,
        pki().intermediate.fingerprint,
    ]
    assert set(one.protocols.values()) == {True}
    assert one.seen_from == "host"
    assert set(shell.asked) == {("192.0.2.9", 443)}
    assert shell.open == 0


async def test_a_refused_port_behind_a_tunnel_is_told_from_one_that_hangs_up() -> None:
    shell = TunnelShell()
    one = await through_tunnel(shell)
    assert (one.error_kind, one.error) == ("refused", "connection refused")
    async with serving(saying(b"")) as port:
        one = await through_tunnel(TunnelShell({("192.0.2.9", 443): port.number}))
    assert (one.error_kind, one.error) == ("closed", "the connection was closed within the handshake")


async def test_a_host_that_forwards_nothing_is_told() -> None:
    one = await through_tunnel(TunnelShell(failure=NotConnectedError("web1: not connected\x1b[31m")))
    assert (one.error_kind, one.error) == ("console", "web1: not connected")
