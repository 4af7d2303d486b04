"""A TLS handshake over any byte stream, by OpenSSL with memory BIOs: what the other side shows.

Nothing is verified and nothing refused: expired, self-signed and wrong certificates are what is looked for.
Old protocol versions and small keys are taken (security level 0), since it is to be seen who has them.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from opsconsole.data.text import clean_line
from opsconsole.data.tls.key_kinds import KeyKind, restrict
from opsconsole.data.tls.served import VERSIONS, ErrorKind, Served
from opsconsole.data.tls.stream import Stream, TlsError

if TYPE_CHECKING:
    from OpenSSL import SSL

__all__ = ["VERSIONS", "Served", "Shown", "handshake", "speaks"]

LEAVE_SECONDS = 2.0
_FATAL = 2  # level of an alert, RFC 8446 §6
_NOT_TLS = (
    "wrong version number",
    "unknown protocol",
    "packet length too long",
    "http request",
    "bad record",
)
_TOO_BIG = ("excessive message size", "message too long", "data length too long", "length too long")


@dataclass(frozen=True, slots=True)
class Shown:
    """What a handshake brought to light.

    Attributes:
        chain: DER of the certificates as they came; the server's own is first.
        version: Of the protocol, one of `VERSIONS`; empty where none was agreed on.
        cipher: As OpenSSL names it, or empty.
        stapled: The OCSP answer; empty: none came; None: it did not get so far.
        remark: Why the handshake failed although the certificate had been shown; empty when it did not.
    """

    chain: tuple[bytes, ...]
    version: str
    cipher: str
    stapled: bytes | None
    remark: str = ""


async def handshake(
    stream: Stream,
    *,
    server_name: str = "",
    version: str | None = None,
    leave: bytes = b"",
    key_kind: KeyKind = "",
) -> Shown:
    """Shake hands, take leave, and return what was shown. The caller sets the deadline and closes the stream.

    Args:
        stream: Where a ClientHello is awaited.
        server_name: Name to ask for (SNI); empty: none.
        version: The one version to offer, of `VERSIONS`; None: all.
        leave: What to send through TLS at the end, see `starttls`.
        key_kind: Take a certificate with this kind of key only; empty: any.

    Raises:
        TlsError: No certificate was shown; says why.
    """
    # In a thread: the first one imports OpenSSL.
    client = await asyncio.to_thread(_Client, version, server_name, key_kind)
    failure = await client.shake(stream)
    chain = client.chain()
    if not chain:
        raise failure or TlsError("tls", "the server showed no certificate")
    if failure is None:
        await client.leave(stream, leave)
    return Shown(
        chain=chain,
        version=client.version,
        cipher=client.cipher,
        stapled=client.stapled[0] if client.stapled else None if failure else b"",
        remark=f"after its certificate: {failure}" if failure else "",
    )


class _Client:
    """OpenSSL's client of one handshake."""

    def __init__(self, version: str | None = None, server_name: str = "", key_kind: KeyKind = "") -> None:
        from OpenSSL import SSL

        self.stapled: list[bytes] = []
        self.alerts: list[int] = []
        context = _context(version, key_kind)
        context.set_ocsp_client_callback(self._keep)
        context.set_info_callback(self._info)
        self.connection = SSL.Connection(context)
        self.connection.set_connect_state()
        self.connection.request_ocsp()
        if server_name:
            self.connection.set_tlsext_host_name(server_name.encode("ascii"))

    def _keep(self, _connection: SSL.Connection, answer: bytes, _data: Any) -> bool:
        self.stapled.append(answer)
        return True

    def _info(self, _connection: SSL.Connection, where: int, value: int) -> None:
        from OpenSSL import SSL

        if where & SSL.SSL_CB_READ_ALERT == SSL.SSL_CB_READ_ALERT and value >> 8 == _FATAL:
            self.alerts.append(value & 0xFF)

    @property
    def version(self) -> str:
        """The version that was agreed on, also when it went wrong later; empty: none."""
        name = self.connection.get_protocol_version_name()
        return name if name in VERSIONS else ""

    @property
    def cipher(self) -> str:
        """The cipher that was agreed on, or empty."""
        return self.connection.get_cipher_name() or ""

    async def shake(self, stream: Stream) -> TlsError | None:
        """Go on until it is done; return why it could not be."""
        from OpenSSL import SSL

        try:
            while True:
                try:
                    # In a thread: a hostile server may choose a group of 10,000 bits, which takes a while.
                    await asyncio.to_thread(self.connection.do_handshake)
                except SSL.WantReadError:
                    await self._flush(stream)
                else:
                    await self._flush(stream)
                    return None
                if not (data := await stream.some()):
                    return TlsError("closed", "the connection was closed within the handshake")
                self.connection.bio_write(data)
        except SSL.Error as error:
            with contextlib.suppress(TlsError):
                await self._flush(stream)  # the alert that says why we go
            return _told_apart(error, self.alerts)
        except TlsError as error:
            return error

    async def leave(self, stream: Stream, last_words: bytes) -> None:
        """End it in good order; what comes is thrown away. Trouble here changes nothing of what was seen."""
        from OpenSSL import SSL

        try:
            async with asyncio.timeout(LEAVE_SECONDS):
                if last_words:
                    self.connection.send(last_words)
                    await self._flush(stream)
                    await self._answered(stream)  # who closes before the answer is counted as lost
                self.connection.shutdown()
                await self._flush(stream)
        except (SSL.Error, TlsError, TimeoutError):
            return

    async def _answered(self, stream: Stream) -> None:
        from OpenSSL import SSL

        while data := await stream.some():
            self.connection.bio_write(data)
            with contextlib.suppress(SSL.WantReadError):
                self.connection.recv(16384)
                return

    async def _flush(self, stream: Stream) -> None:
        from OpenSSL import SSL

        with contextlib.suppress(SSL.WantReadError):
            while True:
                await stream.send(self.connection.bio_read(65536))

    def chain(self) -> tuple[bytes, ...]:
        """Return the DER of what was shown."""
        from OpenSSL import crypto

        shown = self.connection.get_peer_cert_chain() or []
        return tuple(crypto.dump_certificate(crypto.FILETYPE_ASN1, one) for one in shown)


def _told_apart(error: SSL.Error, alerts: list[int]) -> TlsError:
    """Say what went wrong from the server's alert, else from OpenSSL's queue of errors."""
    if alerts:
        return TlsError("alert", f"the server ended it: {_alert_name(alerts[-1])}", alert=alerts[-1])
    queue = error.args[0] if error.args and isinstance(error.args[0], list) else []
    reasons = [str(entry[-1]) for entry in queue if isinstance(entry, tuple) and entry]
    words = clean_line(reasons[0] if reasons else str(error) or type(error).__name__, 160)
    kind: ErrorKind = "tls"
    if any(reason in words for reason in _NOT_TLS):
        kind, words = "protocol", f"the answer is not TLS ({words})"
    elif any(reason in words for reason in _TOO_BIG):
        kind, words = "size", f"a message of the handshake is longer than OpenSSL takes ({words})"
    return TlsError(kind, words if kind != "tls" else f"TLS: {words}")


def _alert_name(number: int) -> str:
    """Return the name of an alert as RFC 8446 §6 has it, with spaces."""
    newer = {116: "certificate required", 120: "no application protocol"}  # not in Python's list
    try:
        return newer.get(number) or ssl.AlertDescription(number).name.removeprefix(
            "ALERT_DESCRIPTION_"
        ).lower().replace("_", " ")
    except ValueError:
        return f"alert {number}"


def _number(version: str) -> int:
    from OpenSSL import SSL

    return {
        "TLSv1": SSL.TLS1_VERSION,
        "TLSv1.1": SSL.TLS1_1_VERSION,
        "TLSv1.2": SSL.TLS1_2_VERSION,
        "TLSv1.3": SSL.TLS1_3_VERSION,
    }[version]


def _context(version: str | None, key_kind: KeyKind = "") -> SSL.Context:
    from OpenSSL import SSL

    context = SSL.Context(SSL.TLS_METHOD)
    # Up to TLS 1.2 ciphers are enough; who is asked for one version gets these alone, see `endpoint`.
    newest = VERSIONS[-1] if restrict(context, key_kind, signatures=version is None) else "TLSv1.2"
    context.set_min_proto_version(_number(version or VERSIONS[0]))
    context.set_max_proto_version(_number(version or newest))
    context.set_verify(SSL.VERIFY_NONE)
    context.set_options(SSL.OP_LEGACY_SERVER_CONNECT)  # without RFC 5746, as very old servers are
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    return context


@cache
def speaks(version: str) -> bool:
    """Whether this machine's OpenSSL speaks a version of `VERSIONS` at all: it is tried, with itself.

    A distribution may build OpenSSL without the old ones, or forbid them in its policy.
    """
    from OpenSSL import SSL

    client, server = _Client(version).connection, SSL.Connection(_server_context(version))
    server.set_accept_state()
    done = set()
    try:
        for _ in range(10):
            for one, other in ((client, server), (server, client)):
                with contextlib.suppress(SSL.WantReadError):
                    one.do_handshake()
                    done.add(one)
                with contextlib.suppress(SSL.WantReadError):
                    other.bio_write(one.bio_read(65536))
    except SSL.Error:
        return False
    return len(done) == 2 and client.get_protocol_version_name() == version


def _server_context(version: str) -> SSL.Context:
    import datetime as dt

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name, first = x509.Name([]), dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, first, first.replace(year=2100))
    context = _context(version)
    context.use_certificate(builder.sign(key, hashes.SHA256()))
    context.use_privatekey(key)
    return context
