"""Which handshakes prove that a certificate is served: every address, every name. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from opsconsole.data.tls.certificate import Certificate
from opsconsole.data.tls.names import certificate_covers
from opsconsole.data.webserver.model import Listen, Pair, Server
from opsconsole.recipes.certificate_renewal.served import MOST_TARGETS, Target

if TYPE_CHECKING:
    from opsconsole.recipes.certificate_renewal.find import Servers
    from opsconsole.recipes.certificate_renewal.host_files import CertificateAt

_NAMES_OF_A_SERVER = 10
_ANY_LABEL = "opsconsole-proof"
"""Stands for `*` of a wildcard name: some name that nobody uses."""


@dataclass(frozen=True)
class Known:
    """The certificate files of a host, and which of them are wanted.

    Attributes:
        files: Path -> what is in it.
        wanted: Certificate file -> fingerprints that count as it.
    """

    files: Mapping[str, CertificateAt]
    wanted: Mapping[str, frozenset[str]]

    def of(self, pair: Pair) -> list[CertificateAt]:
        """Return the wanted ones among the files that a server is told to show."""
        folder = pair.certificate.rstrip("/") + "/"
        paths = [pair.certificate] if pair.certificate in self.files else []
        paths += [path for path in self.files if path.startswith(folder)]
        return [self.files[path] for path in paths if self.is_wanted(self.files[path])]

    def is_wanted(self, one: CertificateAt) -> bool:
        """Return whether it is a wanted file, leads to one, or holds what counts as one."""
        if one.path in self.wanted or any(one.real == self._real(path) for path in self.wanted):
            return True
        return bool(one.print) and any(one.print in prints for prints in self.wanted.values())

    def copies(self, servers: Servers, paths: Iterable[str]) -> tuple[tuple[str, str], ...]:
        """Return (certificate, key) of those that only hold what a wanted file holds: no link leads to it."""
        kept = {path for path in paths if not self._leads(self.files[path])}
        keys: dict[str, str] = {}
        for _, sites in servers.sites:
            for server in sites.servers:
                for pair in server.pairs:
                    keys.setdefault(pair.certificate, pair.key)
        # HAProxy's folders have the key in each file.
        return tuple(sorted((path, keys.get(path) or path) for path in kept))

    def _leads(self, one: CertificateAt) -> bool:
        """Whether it is the wanted file, or lies beside it or where that leads (certbot's `cert.pem`)."""
        places = {path.rpartition("/")[0] for path in self.wanted}
        places |= {self._real(path).rpartition("/")[0] for path in self.wanted}
        if one.path in self.wanted or any(one.real == self._real(path) for path in self.wanted):
            return True
        linked = one.real != one.path
        return one.real.rpartition("/")[0] in places and (linked or one.path.rpartition("/")[0] in places)

    def _real(self, path: str) -> str:
        return self.files[path].real if path in self.files else path


def targets(servers: Servers, known: Known) -> tuple[list[Target], list[str]]:
    """Return the handshakes that prove the wanted certificates, and what cannot be proved."""
    found: dict[tuple[str, str, int, str, str], Target] = {}
    notes: list[str] = []
    for running, sites in servers.sites:
        for server in sites.servers:
            for pair in server.pairs:
                for file in known.of(pair):
                    if not file.certificates:
                        notes.append(f"{file.path}: no certificate can be read in it")
                        continue
                    others = [one for one in sites.servers if one is not server]
                    for one in _of(
                        running.program.kind, server, pair, file, others, servers.addresses, known
                    ):
                        found.setdefault(
                            (one.certificate, one.address, one.port, one.name, one.algorithm), one
                        )
    if len(found) > MOST_TARGETS:
        notes.append(f"only {MOST_TARGETS} of {len(found)} handshakes are made to prove what is served")
    return sorted(found.values(), key=lambda one: (one.port, one.name, one.address))[:MOST_TARGETS], notes


def _of(
    kind: str,
    server: Server,
    pair: Pair,
    file: CertificateAt,
    others: list[Server],
    addresses: tuple[str, ...],
    known: Known,
) -> Iterator[Target]:
    certificate = file.certificates[0]
    algorithm = _algorithm(server, pair, file, known)
    for listen in server.listens:
        if not listen.tls or listen.quic or listen.port is None:
            continue
        for name in _names(server, pair, certificate, others, listen):
            for address in _addresses(kind, listen, others, addresses):
                yield Target(server.kind, address, listen.port, name, file.path, algorithm)


def _algorithm(server: Server, pair: Pair, file: CertificateAt, known: Known) -> str:
    """Return RSA or ECDSA where the server shows the one or the other for the same name, else empty."""
    mine = file.certificates[0]
    for other in server.pairs:
        at = known.files.get(other.certificate)
        if other is pair or at is None or not at.certificates:
            continue
        theirs = at.certificates[0]
        if _short(theirs) != _short(mine) and set(theirs.names) & set(mine.names):
            return _short(mine)
    return ""


def _short(certificate: Certificate) -> str:
    kind = certificate.key_kind.split(" ")[0]
    return {"RSA": "RSA", "EC": "ECDSA"}.get(kind, "")


def _names(
    server: Server, pair: Pair, certificate: Certificate, others: list[Server], listen: Listen
) -> list[str]:
    """Return the names that are asked for: the server's, as far as the certificate is good for them."""
    # What another server answers for at this port is not this one's to show.
    taken = {
        name
        for one in others
        for name in one.names
        if any(each.port == listen.port and each.tls for each in one.listens)
    }
    own = [name for name in (*pair.names, *server.names) if not name.startswith(("~", "!"))]
    good = [name for name in map(_plain, own) if name and certificate_covers(certificate, name)]
    if not good and not server.names:
        good = [name for name in map(_plain, certificate.names) if name and name not in taken]
    if not good:
        good = [name for name in map(_plain, own) if name]
    return list(dict.fromkeys(good))[:_NAMES_OF_A_SERVER] or [""]


def _plain(name: str) -> str:
    """Return a name that can be asked for; empty for one that cannot, as an IP address."""
    text = f"{_ANY_LABEL}{name[1:]}" if name.startswith("*.") else name
    try:
        ipaddress.ip_address(text)
    except ValueError:
        pass
    else:
        return ""
    good = text.isascii() and all(one.isalnum() or one in "-._" for one in text)
    return text if good and text and not text.startswith("-") and len(text) < 254 else ""


def _addresses(kind: str, listen: Listen, others: list[Server], own: tuple[str, ...]) -> list[str]:
    """Return the IP addresses at which a listen answers, on this host."""
    if not listen.is_any and listen.address != "*":
        try:
            return [str(ipaddress.ip_address(listen.address.strip("[]").partition("%")[0]))]
        except ValueError:
            return ["127.0.0.1", "::1"] if listen.address == "localhost" else []
    # A server that listens at one address takes what comes there from those that listen at all of them.
    special = {each.address.strip("[]") for one in others for each in one.listens if each.port == listen.port}
    six = listen.address == "::"
    both = kind == "apache" and listen.address == "*"
    return [one for one in own if (both or (":" in one) == six) and one not in special]
