"""What the configuration of a web server says of certificates: which server shows which file, and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["nginx", "apache", "haproxy"]

Files = Mapping[str, bytes]
"""Absolute path -> content: the configuration files that were sent."""

MOST_SERVERS = 5000
MOST_PROBLEMS = 200
MOST_NAMES = 1000
MOST_FILES = 2000


@dataclass(frozen=True, slots=True)
class Listen:
    """Where a server takes connections.

    Attributes:
        address: `*` for every address, `0.0.0.0`, `::`, another address or a host name, or `unix:/path`.
        port: TCP or UDP port; None for a UNIX socket, or where it is not known.
        tls: Whether it speaks TLS.
        quic: Whether it is HTTP/3 over UDP.
    """

    address: str
    port: int | None
    tls: bool = False
    quic: bool = False

    @property
    def is_any(self) -> bool:
        """Whether it is every address of the host."""
        return self.address in ("*", "0.0.0.0", "::", "")  # noqa: S104  # compared, not bound

    def __str__(self) -> str:
        """Return `address:port`, an IPv6 address in brackets."""
        address = f"[{self.address}]" if ":" in self.address and self.port is not None else self.address
        return address if self.port is None else f"{address}:{self.port}"


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate that a server is told to show.

    Attributes:
        certificate: Absolute path of the file (of HAProxy also of a folder), as exact text.
        key: Absolute path of the key; the same as `certificate` where one file holds both; empty where the
            configuration names none.
        chain: Absolute path of a file with the intermediates alone, or empty.
        file: Configuration file that says so.
        line: Line number there, from 1.
        names: Names for which this one is chosen (of HAProxy's crt-list), or empty: those in the certificate.
    """

    certificate: str
    key: str
    chain: str
    file: str
    line: int
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Server:
    """A server block: nginx `server`, Apache `VirtualHost`, HAProxy `bind`.

    Attributes:
        kind: Which program.
        file: Configuration file of the block.
        line: Where it begins, from 1.
        names: Names it answers to, in lower case, as written (`*.example.org`, `~^www[0-9]+$`); empty: any.
        listens: Where it takes connections.
        pairs: The certificates it shows.
        title: Of HAProxy the frontend's name, else empty.
    """

    kind: Kind
    file: str
    line: int
    names: tuple[str, ...]
    listens: tuple[Listen, ...]
    pairs: tuple[Pair, ...]
    title: str = ""

    @property
    def tls(self) -> bool:
        """Whether any of its addresses speaks TLS."""
        return any(listen.tls for listen in self.listens)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that could not be followed.

    Attributes:
        file: Configuration file.
        line: Line number from 1; 0 where it is the whole file.
        message: What, for a person; cleaned.
        hides: Whether a certificate may be in use that is not known because of it.
    """

    file: str
    line: int
    message: str
    hides: bool = True


@dataclass(frozen=True, slots=True)
class Sites:
    """All that was read of one program.

    Attributes:
        kind: Which program.
        servers: In the order of the files; those without TLS too.
        troubles: What could not be followed.
        files: Paths of the files that were read.
        wanted: Absolute paths and globs that the configuration includes and that were not sent.
    """

    kind: Kind
    servers: tuple[Server, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    files: tuple[str, ...] = ()
    wanted: tuple[str, ...] = ()
