"""What a host's configuration may say to the certificates panel: files, endpoints, roots."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from opsconsole.data.tls.served import StartTls

Via = Literal["host", "console", "both"]

MOST_FILES = 200
MOST_ENDPOINTS = 64
"""Endpoints of the configuration of one host; see `observe` for what is looked at in all."""

OBSERVE_EVERY_SECONDS = 300.0
"""Between two looks at the endpoints of the configuration: each costs a service up to four connections."""

PORTS: dict[StartTls, int] = {
    "": 443,
    "smtp": 25,
    "imap": 143,
    "pop3": 110,
    "postgresql": 5432,
    "mysql": 3306,
}
"""What is meant where no port is said."""

# A label of RFC 952/1123, and `_` as Windows and SRV names have it.
_NAME = re.compile(r"(?=.{1,253}\.?$)(?!-)[A-Za-z0-9_-]{1,63}(\.(?!-)[A-Za-z0-9_-]{1,63})*\.?")


@dataclass(frozen=True, slots=True)
class EndpointSetting:
    """A service whose certificate is looked at.

    Attributes:
        target: `host:port`, `[address]:port`, or a host alone: then the usual port of what it speaks. A name
            is looked up, and each of its addresses (IPv4 and IPv6) is asked.
        name: What findings call it; the target when it is empty. Unique among the endpoints of a host.
        server_name: Name to ask for (SNI); None: the target's own name, where it is no address.
        starttls: `smtp`, `imap`, `pop3`, `postgresql` or `mysql`: what is spoken before TLS.
        via: `host`: through the SSH connection, as the host sees it; `console`: directly from here; `both`.
        file: Certificate file of the host that should be served; empty: not known.
        timeout_seconds: For each connection.
    """

    target: str
    name: str = ""
    server_name: str | None = None
    starttls: StartTls = ""
    via: Via = field(default="host", metadata={"aliases": ("from",)})
    file: str = ""
    timeout_seconds: float = 8.0

    def __post_init__(self) -> None:
        """Refuse what could never work.

        Raises:
            ValueError: With words for a person.
        """
        host, port = _split(self.target)
        where = f"endpoint {self.title!r}"
        if not is_host(host):
            raise ValueError(
                f"{where}: target is not host:port, such as shop.example.org:443 or [2001:db8::7]:25"
            )
        if port is not None and not 0 < port < 65536:
            raise ValueError(f"{where}: port {port} is not between 1 and 65535")
        if self.server_name and not is_name(self.server_name):
            raise ValueError(f"{where}: server_name {self.server_name!r} is not a host name")
        if self.file and not is_path(self.file):
            raise ValueError(f"{where}: file {self.file!r} is not an absolute path")
        if not 0 < self.timeout_seconds <= 30:
            raise ValueError(f"{where}: timeout {self.timeout_seconds:g} s is not above 0 and at most 30 s")

    @property
    def title(self) -> str:
        """What findings call it."""
        return self.name or self.target

    @property
    def host(self) -> str:
        """Name or address of the target."""
        return _split(self.target)[0]

    @property
    def port(self) -> int:
        """TCP port of the target."""
        return _split(self.target)[1] or PORTS[self.starttls]

    @property
    def asked_name(self) -> str:
        """The name to ask for (SNI), or empty: none."""
        if self.server_name is not None:
            return self.server_name
        return "" if is_address(self.host) else self.host.rstrip(".")


@dataclass(frozen=True, slots=True)
class CertificatesSettings:
    """Settings of the certificates panel for one host.

    Attributes:
        files: Certificate files of the host: absolute paths, with `*`, `?` and `[…]` as a shell knows them.
            PEM, DER or PKCS#12; passwords are never written here.
        endpoints: Services to look at.
        roots: Files on the console's machine (PEM or DER) with roots that count beside the system's own, such
            as a company's. The console judges, so they are where it is; relative to the configuration file.
        servers: Look at what nginx, Apache and HAProxy of the host serve, at each address and name that they
            are configured for.
    """

    files: tuple[str, ...] = ()
    endpoints: tuple[EndpointSetting, ...] = ()
    roots: tuple[Path, ...] = ()
    servers: bool = True

    def __post_init__(self) -> None:
        """Refuse what could never work.

        Raises:
            ValueError: With words for a person.
        """
        for path in self.files:
            if not is_path(path):
                raise ValueError(f"files: {path!r} is not an absolute path or pattern")
        titles = [one.title for one in self.endpoints]
        for title in titles:
            if titles.count(title) > 1:
                raise ValueError(f"endpoint name {title!r} is used twice")
        for what, count, most in (
            ("files", len(self.files), MOST_FILES),
            ("endpoints", len(self.endpoints), MOST_ENDPOINTS),
        ):
            if count > most:
                raise ValueError(f"{count} {what} are more than the {most} that a host may have")


def is_path(path: str) -> bool:
    """Whether it is an absolute path, or a pattern of them, that can be sent on a line of its own."""
    return path.startswith("/") and len(path) <= 4096 and path.isprintable()


def is_name(name: str) -> bool:
    """Whether it is a host name as DNS has it."""
    return _NAME.fullmatch(name) is not None and not is_address(name)


def is_address(text: str) -> bool:
    """Whether it is an IPv4 or IPv6 address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def is_host(text: str) -> bool:
    """Whether it is a host name or an address."""
    return is_address(text) or is_name(text)


def _split(target: str) -> tuple[str, int | None]:
    """Return host and port of `host:port`; of an IPv6 address without brackets all of it is the host."""
    if is_address(target):
        return target, None
    host, colon, port = target.rpartition(":")
    if not colon:
        return target, None
    if not port.isascii() or not port.isdigit() or len(port) > 5:
        return (target[1:-1], None) if target.startswith("[") and target.endswith("]") else (target, None)
    return (host[1:-1] if host.startswith("[") and host.endswith("]") else host), int(port)
