"""What the certificates panel knows of a host. None in a field: not known; `notes` and `unread` say why."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from opsconsole.data.webserver.model import Listen

if TYPE_CHECKING:
    from opsconsole.data.certbot import Lineage
    from opsconsole.data.tls.certificate import Certificate
    from opsconsole.data.tls.served import Served
    from opsconsole.data.tls.trust import Roots
    from opsconsole.panels.certificates.files_command import Wanted

FileState = Literal["read", "missing", "forbidden", "broken", "unknown"]
"""`broken`: there, and holds no certificate; `unknown`: was not looked at, `error` says why."""

CONFIGURED = "configuration"
"""What `found_by` says of files and endpoints that the console's configuration names."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something that is not known, and why: because it does not apply here, or could not be read."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Use:
    """Who shows a certificate.

    Attributes:
        server: `nginx`, `apache` or `haproxy`.
        file: Configuration file.
        line: Line of the directive that names the certificate, from 1.
        names: Names the server answers to, as written (`*.example.org`, `~^www[0-9]+$`); empty: any.
        listens: Where it takes TLS connections.
        title: Of HAProxy the frontend's name, else empty.
        block: `file:line` where its server block begins; empty: not known.
    """

    server: str
    file: str
    line: int
    names: tuple[str, ...] = ()
    listens: tuple[Listen, ...] = ()
    title: str = ""
    block: str = ""

    @property
    def place(self) -> str:
        """`file:line`."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Renewer:
    """Who renews certificates on this host.

    Attributes:
        kind: `certbot.timer`, `snap.certbot.renew.timer`, `cron`, `acme.sh`, `dehydrated`, `lego`, or `none`.
        tool: The client that it starts: `certbot`, `acme.sh`, …; empty for `none`.
        enabled: Whether it starts by itself after a boot; None: not known.
        active: Whether it runs now, or would at its time; None: not known.
        next_run_at: When it runs next (UTC); None: not known.
        last_run_at: When it ran last (UTC); None: never, or not known.
        last_result: How that ended: `success`, or systemd's word such as `exit-code`; empty: not known.
        place: The unit, or the file and line of a cron job.
        why: What keeps it from running, in words; empty when nothing does.
        known_to_renew: Whether what it starts is known to renew; a job that merely names a client is not.
    """

    kind: str
    tool: str = ""
    enabled: bool | None = None
    active: bool | None = None
    next_run_at: datetime | None = None
    last_run_at: datetime | None = None
    last_result: str = ""
    place: str = ""
    why: str = ""
    known_to_renew: bool = True

    @property
    def works(self) -> bool | None:
        """Whether it will renew again by itself and its last run did not fail; None: not known."""
        if self.kind == "none" or self.why or False in (self.enabled, self.active):
            return False
        if self.last_result not in ("", "success"):
            return False
        return True if self.known_to_renew and None not in (self.enabled, self.active) else None


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A private key as the host described it; its content never left the host.

    Attributes:
        path: Its path, to show.
        state: `read`: looked at; `broken`: openssl takes it for no key; `unknown`: `why` says why.
        public_key_sha256: SHA-256 (hex) of its public key as DER, made on the host; None: not known.
        why: Why that is not known: no openssl, encrypted, ….
        mode: Permission bits, such as 0o640.
        owner: User name, or number where it has no name.
        group: Group name, or number.
        readable_by: `owner`, `group` (of a group that is not the owner's own), or `others`.
        in_certificate: Whether certificate and key are in one file (HAProxy).
        matches: Whether it is the key of the certificate that it is named for; None: not known.
    """

    path: str
    state: FileState
    public_key_sha256: str | None = None
    why: str = ""
    mode: int | None = None
    owner: str = ""
    group: str = ""
    readable_by: Literal["owner", "group", "others", ""] = ""
    in_certificate: bool = False
    matches: bool | None = None


@dataclass(frozen=True, slots=True)
class CertificateFile:
    """A file with certificates.

    Attributes:
        path: Its path, to show: cleaned.
        kind: `pem`, `der`, `pkcs12`, or empty while not known.
        state: Whether it could be read.
        certificates: In the order of the file; the first is the server's own.
        error: Why it could not be read, or what is wrong with it; empty when all is well.
        password_needed: It is PKCS#12 with a password that is not known.
        keys: Private keys that are named for it: two servers may show it with different ones.
        used_by: Servers that are told to show it.
        found_by: What named it: `nginx`, `apache`, `haproxy`, `certbot`, `acme.sh`, `configuration`.
        lineage: certbot's lineage that it is of, or None.
        renewer: Who renews it; None: not known, or it is not of a tool that we know.
        chain_path: File with its intermediates alone (Apache's SSLCertificateChainFile), or empty; their
            certificates follow in `certificates`.
        target: Where a symbolic link leads, to show; empty when it is none.
        modified_at: When the file was last written (UTC).
    """

    path: str
    kind: Literal["pem", "der", "pkcs12", ""] = ""
    state: FileState = "read"
    certificates: tuple[Certificate, ...] = ()
    error: str = ""
    password_needed: bool = False
    keys: tuple[KeyFile, ...] = ()
    used_by: tuple[Use, ...] = ()
    found_by: tuple[str, ...] = ()
    lineage: Lineage | None = None
    renewer: Renewer | None = None
    chain_path: str = ""
    target: str = ""
    modified_at: datetime | None = None

    @property
    def leaf(self) -> Certificate | None:
        """The server's own certificate."""
        return self.certificates[0] if self.certificates else None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A service whose certificate is looked at, on each of its addresses.

    Attributes:
        name: What the configuration calls it, or the name it is asked for.
        target: `host:port` as it was said, or the listening address.
        served: One for each address, server name and side (host, console).
        found_by: `configuration`, or the server whose configuration has it.
        expects: Paths of the certificate files that it should serve; empty: not known.
    """

    name: str
    target: str
    served: tuple[Served, ...]
    found_by: str = "configuration"
    expects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CertificatesReading:
    """All that is known.

    Attributes:
        taken_at: When the newest part was read (UTC).
        source: From where.
        files: Certificate files; None: not read yet, or not known.
        files_taken_at: When they were read (UTC).
        endpoints: Services looked at; None: not looked yet.
        endpoints_taken_at: When (UTC).
        renewers: Who renews certificates on this host; one of kind `none` when nobody does; None: not known.
        lineages: certbot's; None: not known.
        servers: Which of nginx, Apache and HAProxy have a configuration here.
        is_root: Whether it was read as root; None: not read yet.
        clock_skew_seconds: The host's clock against the console's; None: not known.
        roots: What chains are judged by; None: not looked at yet, then this machine's own.
        notes: What does not apply here.
        unread: What could not be read although it should have been.
        wanted: Files that are to be read next, by their exact paths; not for the screen.
    """

    taken_at: datetime
    source: str = "nginx, Apache, HAProxy and certbot configuration, openssl, TLS handshakes"
    files: tuple[CertificateFile, ...] | None = None
    files_taken_at: datetime | None = None
    endpoints: tuple[Endpoint, ...] | None = None
    endpoints_taken_at: datetime | None = None
    renewers: tuple[Renewer, ...] | None = None
    lineages: tuple[Lineage, ...] | None = None
    servers: tuple[str, ...] = ()
    is_root: bool | None = None
    clock_skew_seconds: float | None = None
    roots: Roots | None = field(default=None, repr=False)
    notes: tuple[Note, ...] = ()
    unread: tuple[Note, ...] = ()
    wanted: tuple[Wanted, ...] = field(default=(), repr=False)

    @property
    def soonest_end(self) -> datetime | None:
        """When the first certificate of those in use ends (UTC); None: none is, or none is known."""
        ends = [
            file.leaf.not_after
            for file in self.files or ()
            if file.leaf is not None and (file.used_by or CONFIGURED in file.found_by)
        ]
        ends += [one.chain[0].not_after for end in self.endpoints or () for one in end.served if one.chain]
        return min(ends, default=None)

    def file(self, path: str) -> CertificateFile | None:
        """Return the file of that path, or None."""
        return next((one for one in self.files or () if one.path == path), None)
