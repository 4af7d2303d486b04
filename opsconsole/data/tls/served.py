"""What a service showed when it was asked for its certificate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from opsconsole.data.tls.key_kinds import KeyKind

if TYPE_CHECKING:
    from opsconsole.data.tls.certificate import Certificate

VERSIONS = ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
"""Oldest first, as OpenSSL names them. SSL 2 and 3 are not spoken by any OpenSSL that we could use."""

StartTls = Literal["", "smtp", "imap", "pop3", "postgresql", "mysql"]
"""How TLS begins; empty: with the first byte."""

Side = Literal["host", "console"]

ErrorKind = Literal[
    "", "refused", "timeout", "name", "route", "closed", "connection",  # no connection
    "console",  # the host could not be asked: no connection to it, or it forwards nothing
    "starttls",  # it speaks the protocol and refuses TLS, or does not speak that protocol
    "protocol",  # the answer is no TLS
    "alert",  # the server ended the handshake
    "tls",  # this side ended it
    "size",  # more than the bound
    "certificate",  # its own certificate cannot be read
    "key",  # it has no certificate with the kind of key that was asked for, and answers without one
    "skipped",  # it was not asked: too many, or no time was left
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Served:
    """One handshake, and one more for each protocol version.

    Attributes:
        address: The address that was connected to; a name where the host resolved it by itself.
        port: TCP port.
        server_name: Name asked for (SNI), or empty.
        starttls: How TLS began.
        seen_from: Who opened the TCP connection.
        key_kind: The one kind of key that was asked for; empty: whichever the server likes.
        chain: As served, the server's own first; those that could not be read are left out (`remark`).
        protocols: Of each of `VERSIONS` whether it is taken; None: not known; not there: not tried.
        protocols_remark: Why some of them are not known; empty when all are.
        negotiated: What was agreed on when all were offered; empty: nothing.
        cipher: Likewise, as OpenSSL names it.
        ocsp_stapled: Whether an OCSP answer came along; None: not known.
        ocsp_status: What it says: `good`, `revoked`, `unknown`, or why it is worth nothing (`expired`, `for
            another certificate`, `not signed by the issuer`, …); empty when none came.
        ocsp_next_update: Until when that answer counts (UTC); None: not known.
        verify_error: Why it leads to no trusted root, in OpenSSL's words (time left aside, see `Chain`);
            empty: it does; None: that was not looked at.
        error: Why there is no certificate, for a person; empty when there is one.
        error_kind: The same as a word for programs.
        remark: What went wrong although there is a certificate, such as that a client's one is demanded.
        took_ms: Milliseconds from the connection to the end of the first handshake; None: there was none.
        taken_at: When (UTC).
    """

    address: str
    port: int
    server_name: str = ""
    starttls: StartTls = ""
    seen_from: Side = "console"
    key_kind: KeyKind = ""
    chain: tuple[Certificate, ...] = ()
    protocols: Mapping[str, bool | None] = field(default_factory=dict)
    protocols_remark: str = ""
    negotiated: str = ""
    cipher: str = ""
    ocsp_stapled: bool | None = None
    ocsp_status: str = ""
    ocsp_next_update: datetime | None = None
    verify_error: str | None = None
    error: str = ""
    error_kind: ErrorKind = ""
    remark: str = ""
    took_ms: float | None = None
    taken_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def leaf(self) -> Certificate | None:
        """The server's own certificate."""
        return self.chain[0] if self.chain else None

    @property
    def place(self) -> str:
        """`address:port`, an IPv6 address in brackets."""
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"
