"""A byte stream to a service that may be hostile: what is read is bounded, line by line and in all."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opsconsole.data.tls.served import ErrorKind

MOST_BYTES = 256 * 1024
"""Of one connection. OpenSSL itself takes a chain of at most 100 KiB (SSL_MAX_CERT_LIST_DEFAULT)."""

MOST_LINE_BYTES = 4096
"""RFC 5321 has 512 for SMTP, RFC 9051 asks 8,000 of IMAP servers for commands; greetings are far shorter."""


class TlsError(Exception):
    """No certificate could be had. The message is for a person.

    Attributes:
        kind: The same for programs.
        alert: Number of the TLS alert by which the server ended it; None: there was none.
    """

    def __init__(self, kind: ErrorKind, words: str, *, alert: int | None = None) -> None:
        super().__init__(words)
        self.kind: ErrorKind = kind
        self.alert = alert


class Stream:
    """A connection that was just made.

    Args:
        reader: Its reading side.
        writer: Its writing side.
        most_bytes: What may be read of it in all.
    """

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, most_bytes: int = MOST_BYTES
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._most_bytes = most_bytes
        self.read_bytes = 0

    async def send(self, data: bytes) -> None:
        """Send bytes.

        Raises:
            TlsError: The connection is gone.
        """
        try:
            self._writer.write(data)
            await self._writer.drain()
        except OSError:
            raise TlsError("closed", "the connection was closed") from None

    async def some(self) -> bytes:
        """Return what is there, at least a byte; nothing at the end of the stream.

        Raises:
            TlsError: It is more than the bound, or the connection broke.
        """
        return self._counted(await self._read(16384))

    async def exactly(self, count: int) -> bytes:
        """Return so many bytes, fewer only at the end of the stream.

        Raises:
            TlsError: As `some`.
        """
        gathered = bytearray()
        while len(gathered) < count:
            part = self._counted(await self._read(count - len(gathered)))
            if not part:
                break
            gathered += part
        return bytes(gathered)

    async def line(self) -> bytes:
        """Return a line without its end; byte by byte, so that nothing after it is swallowed.

        Raises:
            TlsError: It is longer than the bound or the stream ended in it.
        """
        gathered = bytearray()
        while not gathered.endswith(b"\n"):
            byte = await self.exactly(1)
            if not byte:
                raise TlsError("closed", "the connection was closed before TLS began")
            gathered += byte
            if len(gathered) > MOST_LINE_BYTES:
                raise TlsError("size", f"a line of over {MOST_LINE_BYTES} bytes came before TLS began")
        return bytes(gathered).rstrip(b"\r\n")

    async def _read(self, most: int) -> bytes:
        try:
            return await self._reader.read(most)
        except OSError:
            raise TlsError("closed", "the connection was reset") from None

    def _counted(self, data: bytes) -> bytes:
        self.read_bytes += len(data)
        if self.read_bytes > self._most_bytes:
            raise TlsError("size", f"it sent over {self._most_bytes // 1024} KiB and no end of a handshake")
        return data
