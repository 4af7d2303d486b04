"""What is said before TLS, in the protocols that begin without: SMTP, IMAP, POP3, PostgreSQL, MySQL.

Each ends with the service waiting for a ClientHello, or raises a TlsError that says what it answered instead.
Each returns how to take leave once TLS stands, so that no server counts or logs a broken connection.
"""

from __future__ import annotations

import struct
from collections.abc import Awaitable, Callable, Mapping

from opsconsole.data.text import clean_line
from opsconsole.data.tls.served import StartTls
from opsconsole.data.tls.stream import Stream, TlsError

MOST_LINES = 100
"""Of a greeting or an answer: no server has a tenth of it."""

_SHOWN_CHARS = 160
_EHLO = b"EHLO opsconsole.invalid\r\n"

# PostgreSQL's message flow, "SSL Session Encryption".
_SSL_REQUEST = struct.pack("!ii", 8, 80877103)

# MySQL's "Connection Phase" and "Capabilities Flags".
_CLIENT_LONG_PASSWORD = 0x1
_CLIENT_PROTOCOL_41 = 0x200
_CLIENT_SSL = 0x800
_CLIENT_SECURE_CONNECTION = 0x8000
_MYSQL_CAPABILITIES = _CLIENT_LONG_PASSWORD | _CLIENT_PROTOCOL_41 | _CLIENT_SSL | _CLIENT_SECURE_CONNECTION
_MYSQL_UTF8 = 33
_MYSQL_MOST_PACKET = 1 << 24
_MYSQL_USER = b"opsconsole-probe"  # nobody's name: it is refused, which ends the handshake in good order


async def begin(kind: StartTls, stream: Stream) -> bytes:
    """Speak until TLS begins.

    Args:
        kind: The protocol; empty: TLS begins at once.
        stream: A new connection.

    Returns:
        What to send through TLS at the end; empty: nothing.

    Raises:
        TlsError: The service does not offer TLS, or does not speak that protocol.
    """
    return await _SPEAKERS[kind](stream) if kind else b""


async def _smtp(stream: Stream) -> bytes:
    await _smtp_answer(stream, b"220", "its greeting")
    await stream.send(_EHLO)
    offered = await _smtp_answer(stream, b"250", "EHLO")
    if not any(line[4:].strip().upper() == b"STARTTLS" for line in offered):
        raise TlsError("starttls", "this SMTP server does not offer STARTTLS")
    await stream.send(b"STARTTLS\r\n")
    await _smtp_answer(stream, b"220", "STARTTLS")
    return b"QUIT\r\n"


async def _smtp_answer(stream: Stream, status: bytes, asked: str) -> list[bytes]:
    """Return the lines of an answer (RFC 5321 §4.2.1): `250-…` goes on, `250 …` ends."""
    lines = []
    for _ in range(MOST_LINES):
        line = await stream.line()
        if not line[:3].isdigit() or line[3:4] not in (b"", b" ", b"-"):
            raise TlsError("starttls", f"that is no SMTP server: {_shown(line)}")
        if line[:3] != status:
            raise TlsError("starttls", f"the SMTP server answered {asked} with: {_shown(line)}")
        lines.append(line)
        if line[3:4] != b"-":
            return lines
    raise TlsError("size", f"the SMTP server answered {asked} with over {MOST_LINES} lines")


async def _imap(stream: Stream) -> bytes:
    greeting = await stream.line()
    words = greeting.upper().split(None, 2)
    if words[:1] != [b"*"] or words[1:2] not in ([b"OK"], [b"PREAUTH"], [b"BYE"]):
        raise TlsError("starttls", f"that is no IMAP server: {_shown(greeting)}")
    if words[1] != b"OK":
        raise TlsError("starttls", f"the IMAP server greets with: {_shown(greeting)}")
    await stream.send(b"a1 STARTTLS\r\n")
    for _ in range(MOST_LINES):
        line = await stream.line()
        if not line.startswith(b"* "):
            break
    else:
        raise TlsError("size", f"the IMAP server answered STARTTLS with over {MOST_LINES} lines")
    if line.upper().split(None, 2)[:2] != [b"A1", b"OK"]:
        raise TlsError("starttls", f"the IMAP server answered STARTTLS with: {_shown(line)}")
    return b"a2 LOGOUT\r\n"


async def _pop3(stream: Stream) -> bytes:
    greeting = await stream.line()
    if not greeting.startswith(b"+OK"):
        raise TlsError("starttls", f"that is no POP3 server: {_shown(greeting)}")
    await stream.send(b"STLS\r\n")
    answer = await stream.line()
    if not answer.startswith(b"+OK"):
        raise TlsError("starttls", f"the POP3 server answered STLS with: {_shown(answer)}")
    return b"QUIT\r\n"


async def _postgresql(stream: Stream) -> bytes:
    await stream.send(_SSL_REQUEST)
    answer = await stream.exactly(1)  # no byte more: what follows must come through TLS
    if answer == b"S":
        return b""  # who leaves now is not even logged
    if answer == b"N":
        raise TlsError("starttls", "PostgreSQL answered that it speaks no TLS (ssl = off)")
    if answer == b"E":
        raise TlsError("starttls", "PostgreSQL answered with an error")
    if not answer:
        raise TlsError("closed", "the connection was closed before TLS began")
    raise TlsError("starttls", f"that is no PostgreSQL server: its answer begins with byte 0x{answer.hex()}")


async def _mysql(stream: Stream) -> bytes:
    """Speak as MySQL's clients do.

    A connection that ends within MySQL's handshake is counted against our address, and after 100 of them
    (`max_connect_errors`) the server lets nobody in from there. So it is ended by an answer for a user that
    there is not: a refused login is not counted.
    """
    header = await stream.exactly(4)
    if len(header) < 4:
        raise TlsError("closed", "the connection was closed before TLS began")
    length, sequence = int.from_bytes(header[:3], "little"), header[3]
    if not 1 <= length <= MOST_LINES * 10 or sequence > 1:
        raise TlsError("starttls", f"that is no MySQL server: {_shown(header)}")
    packet = await stream.exactly(length)
    if packet[:1] == b"\xff":
        raise TlsError("starttls", f"the MySQL server refuses: {_shown(packet[3:])}")
    version, nul, rest = packet[1:].partition(b"\0")
    if packet[:1] != b"\x0a" or not nul or len(rest) < 15:
        raise TlsError("starttls", f"that is no MySQL server: {_shown(packet)}")
    # Thread id (4), first half of the challenge (8), filler (1), lower half of the capabilities (2).
    capabilities = int.from_bytes(rest[13:15], "little")
    if not capabilities & _CLIENT_SSL:
        raise TlsError("starttls", f"MySQL {_shown(version)} speaks no TLS")
    head = struct.pack("<IIB23x", _MYSQL_CAPABILITIES, _MYSQL_MOST_PACKET, _MYSQL_UTF8)
    await stream.send(_mysql_packet(head, sequence + 1))
    return _mysql_packet(head + _MYSQL_USER + b"\0\0", sequence + 2)


def _mysql_packet(payload: bytes, sequence: int) -> bytes:
    return len(payload).to_bytes(3, "little") + bytes([sequence % 256]) + payload


def _shown(raw: bytes) -> str:
    return clean_line(raw, _SHOWN_CHARS) or "(nothing that can be shown)"


_SPEAKERS: Mapping[StartTls, Callable[[Stream], Awaitable[bytes]]] = {
    "smtp": _smtp,
    "imap": _imap,
    "pop3": _pop3,
    "postgresql": _postgresql,
    "mysql": _mysql,
}
