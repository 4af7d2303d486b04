"""What is said before TLS, with servers that speak the protocols and with ones that do not."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsconsole.data.tls import connect, starttls
from opsconsole.data.tls.endpoint import look
from opsconsole.data.tls.served import Served, StartTls
from opsconsole.data.tls.stream import Stream, TlsError
from tests.unit.tls_endpoint.pki import pki
from tests.unit.tls_endpoint.servers import Talk, TlsServer, saying, serving, trickling

KINDS: tuple[StartTls, ...] = ("smtp", "imap", "pop3", "postgresql", "mysql")


async def seen(
    talk: Talk, kind: StartTls, *, timeout_seconds: float = 30.0, versions: bool = False
) -> Served:
    async with serving(talk) as port:
        asked = Served("127.0.0.1", port.number, "shop.test", kind)
        open_one = partial(connect.directly, "127.0.0.1", port.number)
        return await look(open_one, asked, timeout_seconds=timeout_seconds, versions=versions)


def lines(server: TlsServer, *turns: tuple[bytes, bytes]) -> Talk:
    """Return a server that says lines and awaits an answer to each that begins with something, then TLS."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for said, awaited in turns:
            writer.write(said)
            await writer.drain()
            if awaited and not (await reader.readline()).startswith(awaited):
                return
        await server.talk(reader, writer)

    return talk


def postgresql(server: TlsServer, answer: bytes = b"S") -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readexactly(8) == bytes.fromhex("0000000804d2162f")
        writer.write(answer)
        await writer.drain()
        if answer[:1] == b"S":
            await server.talk(reader, writer)

    return talk


def greeting(capabilities: int = 0xFFFF, version: bytes = b"10.11.6-MariaDB-0+deb12u1") -> bytes:
    """Return MySQL's first packet (protocol 10)."""
    payload = b"\x0a" + version + b"\0" + b"\1\0\0\0" + b"12345678" + b"\0"
    payload += (
        struct.pack("<HBHH", capabilities & 0xFFFF, 45, 2, 0x81FF) + b"\x15" + bytes(10) + b"123456789012\0"
    )
    return len(payload).to_bytes(3, "little") + b"\0" + payload


def mysql(server: TlsServer, first: bytes) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(first)
        await writer.drain()
        header = await reader.readexactly(4)
        assert header == b"\x20\0\0\1"
        request = await reader.readexactly(32)
        assert int.from_bytes(request[:4], "little") & 0x800
        await server.talk(reader, writer)

    return talk


SPEAKERS: dict[StartTls, Callable[[TlsServer], Talk]] = {
    "smtp": lambda server: lines(
        server,
        (b"220-mail.test ESMTP\r\n220 ready\r\n", b"EHLO "),
        (b"250-mail.test\r\n250-SIZE 1\r\n250-starttls\r\n250 HELP\r\n", b"STARTTLS\r\n"),
        (b"220 2.0.0 Ready to start TLS\r\n", b""),
    ),
    "imap": lambda server: lines(
        server,
        (b"* OK [CAPABILITY IMAP4rev1] ready.\r\n", b"a1 STARTTLS\r\n"),
        (b"* CAPABILITY IMAP4rev1\r\na1 OK Begin TLS negotiation now.\r\n", b""),
    ),
    "pop3": lambda server: lines(server, (b"+OK ready\r\n", b"STLS\r\n"), (b"+OK begin\r\n", b"")),
    "postgresql": postgresql,
    "mysql": lambda server: mysql(server, greeting()),
}
LAST_WORDS: dict[StartTls, bytes] = {
    "smtp": b"QUIT\r\n",
    "imap": b"a2 LOGOUT\r\n",
    "pop3": b"QUIT\r\n",
    "postgresql": b"",
}


@pytest.mark.parametrize("kind", KINDS)
async def test_tls_begins_in_each_protocol_and_is_left_in_good_order(kind: StartTls) -> None:
    server = TlsServer(answer=b"221 bye\r\n", versions=("TLSv1.2", "TLSv1.3"))
    one = await seen(SPEAKERS[kind](server), kind, versions=True)
    assert one.error == ""
    assert one.leaf is not None
    assert one.leaf.fingerprint_sha256 == pki().leaf.fingerprint
    assert one.protocols == {"TLSv1": False, "TLSv1.1": False, "TLSv1.2": True, "TLSv1.3": True}
    assert one.starttls == kind
    if kind == "mysql":
        heard = bytes(server.heard)
        packet = heard[: 4 + int.from_bytes(heard[:3], "little")]
        assert packet[3] == 2  # after the greeting (0) and the request for TLS (1)
        assert packet[36:] == b"opsconsole-probe\0\0"
        assert heard == packet * 2
    else:
        assert bytes(server.heard) == LAST_WORDS[kind] * 2


REFUSALS: list[tuple[StartTls, Talk, str]] = [
    ("smtp", lines(TlsServer(), (b"554 5.7.1 go away\r\n", b"x")), "its greeting with: 554 5.7.1 go away"),
    ("smtp", saying(b"* OK IMAP\r\n", before=0), "that is no SMTP server: * OK IMAP"),
    ("smtp", lines(TlsServer(), (b"220 x\r\n", b"EHLO"), (b"250 x\r\n", b"x")), "does not offer STARTTLS"),
    (
        "smtp",
        lines(TlsServer(), (b"220 x\r\n", b"E"), (b"250 STARTTLS\r\n", b"S"), (b"454 not now\r\n", b"x")),
        "STARTTLS with: 454 not now",
    ),
    ("imap", saying(b"220 mail ESMTP\r\n", before=0), "that is no IMAP server: 220 mail ESMTP"),
    ("imap", saying(b"* BYE too many\r\n", before=0), "greets with: * BYE too many"),
    ("imap", saying(b"* PREAUTH hello\r\n", before=0), "greets with: * PREAUTH hello"),
    ("imap", lines(TlsServer(), (b"* OK\r\n", b"a1"), (b"a1 BAD no\r\n", b"x")), "STARTTLS with: a1 BAD no"),
    ("pop3", saying(b"-ERR busy\r\n", before=0), "that is no POP3 server: -ERR busy"),
    ("pop3", lines(TlsServer(), (b"+OK\r\n", b"STLS"), (b"-ERR no\r\n", b"x")), "STLS with: -ERR no"),
    ("postgresql", postgresql(TlsServer(), b"N"), "speaks no TLS (ssl = off)"),
    ("postgresql", postgresql(TlsServer(), b"EFATAL"), "answered with an error"),
    ("postgresql", saying(b"HTTP/1.1 400", before=8), "its answer begins with byte 0x48"),
    ("mysql", saying(greeting(0xF7FF), before=0), "MySQL 10.11.6-MariaDB-0+deb12u1 speaks no TLS"),
    (
        "mysql",
        saying(b"\x2f\0\0\0\xff\x69\x04Host '192.0.2.7' is blocked because of many!!!", before=0),
        "the MySQL server refuses: Host '192.0.2.7' is blocked",
    ),
    ("mysql", saying(b"220 mail ESMTP\r\n", before=0), "that is no MySQL server"),
    ("mysql", saying(b"\x05\0\0\0\x0a1\x1b[2", before=0), "that is no MySQL server: 1"),
]


@pytest.mark.parametrize(("kind", "talk", "words"), REFUSALS)
async def test_who_does_not_begin_tls_says_why(kind: StartTls, talk: Talk, words: str) -> None:
    one = await seen(talk, kind)
    assert (one.error_kind, one.chain) == ("starttls", ())
    assert words in one.error
    assert "\x1b" not in one.error


@pytest.mark.parametrize("kind", KINDS)
async def test_who_closes_before_tls_began(kind: StartTls) -> None:
    one = await seen(saying(b"", before=0), kind)
    assert one.error_kind == "closed"
    assert "closed" in one.error or "reset" in one.error


@pytest.mark.parametrize(
    ("kind", "line"),
    [("smtp", b"220-more\r\n"), ("smtp", b"x" * 1000), ("imap", b"y" * 1000), ("pop3", b"+OK" * 100)],
)
async def test_an_endless_greeting_is_cut(kind: StartTls, line: bytes) -> None:
    one = await seen(saying(line, forever=True, before=0), kind)
    assert one.error_kind == "size"
    assert "100 lines" in one.error or "4096 bytes" in one.error


async def test_endless_lines_after_the_greeting_are_cut() -> None:
    one = await seen(saying(b"* OK more\r\n", forever=True, before=0), "imap")
    assert (one.error_kind, one.error) == ("size", "the IMAP server answered STARTTLS with over 100 lines")


@pytest.mark.parametrize("kind", ["smtp", "imap", "pop3"])
async def test_a_trickle_before_tls_ends_at_the_deadline(kind: StartTls) -> None:
    one = await seen(trickling(b"2", 0.01), kind, timeout_seconds=0.3)
    assert (one.error_kind, one.error) == ("timeout", "TLS did not begin within 0.3 s")


async def test_what_is_slipped_in_before_tls_is_no_answer_of_the_server() -> None:
    """CVE-2021-23222 of clients: bytes in the clear after the S must not count as PostgreSQL's."""
    one = await seen(postgresql(TlsServer(), b"S" + b"Z\0\0\0\5I"), "postgresql")
    assert (one.error_kind, one.chain) == ("protocol", ())


class _Writer:
    def write(self, data: bytes) -> None:
        pass

    async def drain(self) -> None:
        pass


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60)
@given(data=st.binary(max_size=400))
def test_any_bytes_in_an_end_out(kind: StartTls, data: bytes) -> None:
    async def begin() -> None:
        reader = asyncio.StreamReader()
        reader.feed_data(data)
        reader.feed_eof()
        try:
            await starttls.begin(kind, Stream(reader, _Writer()))  # type: ignore[arg-type]  # a fake
        except TlsError as error:
            assert str(error).isprintable()

    asyncio.run(begin())
