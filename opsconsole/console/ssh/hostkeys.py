"""The host key policy, the same for every hop: known keys only, unknown offered, changed refused."""

from __future__ import annotations

import base64
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import asyncssh
from asyncssh import public_key

from opsconsole.console.ssh import known_hosts
from opsconsole.console.ssh.known_hosts import KnownKey
from opsconsole.console.ssh.status import HostKeyOffer
from opsconsole.data.host import Host


@dataclass(frozen=True, slots=True)
class HostKeys:
    """What is on record for one host.

    A `[name]:port` of which nothing of the kind is on record may also show what the plain name may: it is
    perhaps the same host. If it shows another key that is no change, since nothing is known of this port
    (OpenSSH, `check_host_key`: the second look-up, without the port, only accepts).

    Attributes:
        name: The name it is kept under.
        files: The known_hosts files searched; the first is the one written to.
        keys: Keys of its own.
        lent_keys: Keys of the plain name, accepted as well.
        authorities: Keys of authorities that may sign its certificate.
        revoked: Keys that must never be accepted.
    """

    name: str
    files: tuple[str, ...]
    keys: tuple[KnownKey, ...]
    lent_keys: tuple[KnownKey, ...]
    authorities: tuple[KnownKey, ...]
    revoked: tuple[KnownKey, ...]

    @classmethod
    def of(cls, host: Host) -> HostKeys:
        """Read the known_hosts files of a host (cached while they do not change)."""
        files = host.known_hosts_files or known_hosts.DEFAULT_FILES
        name = known_hosts.lookup_name(host.address, host.port, host.host_key_alias)
        found = known_hosts.find(files, name)
        lent: list[KnownKey] = []
        if host.port != 22 and not host.host_key_alias:
            lent = known_hosts.find(files, known_hosts.lookup_name(host.address, 22, None))
        keys = _marked("", found)
        return cls(
            name=name,
            files=files,
            keys=keys,
            lent_keys=() if keys else _marked("", lent),
            authorities=_marked("@cert-authority", found) or _marked("@cert-authority", lent),
            revoked=_marked("@revoked", [*found, *lent]),
        )

    def trusts(self, blob: bytes) -> bool:
        """Whether this is a key on record, and not revoked."""
        return any(key.blob == blob for key in (*self.keys, *self.lent_keys)) and not self.revokes(blob)

    def trusts_authority(self, blob: bytes) -> bool:
        """Whether this authority may sign for the host."""
        return any(key.blob == blob for key in self.authorities) and not self.revokes(blob)

    def revokes(self, blob: bytes) -> bool:
        """Whether this key must never be accepted."""
        return any(key.blob == blob for key in self.revoked)

    def algorithms(self) -> list[str]:
        """Return the host key algorithms to ask for, those of known keys first.

        A server with several keys shows the one asked for first. Were it another than the one on record, it
        would look unknown though nothing changed (OpenSSH: `order_hostkeyalgs`). Certificates are asked for
        only where an authority is on record.
        """
        plain, certificates = _supported_algorithms()
        keys = self.keys or self.lent_keys
        known = {algorithm for key in keys for algorithm in _signatures(key.algorithm)}
        ordered = [name for name in plain if name in known] + [name for name in plain if name not in known]
        return [*certificates, *ordered] if self.authorities else ordered

    def offer(self, hop: str, key: asyncssh.SSHKey) -> HostKeyOffer:
        """Return what a person must know to decide on an offered key."""
        blob = key.public_data
        algorithm = key.get_algorithm()
        line = f"{self.name} {algorithm} {base64.b64encode(blob).decode()}"
        file = self.files[0]
        # A record that is only added to would leave the old key trusted.
        forget = "".join(
            f"ssh-keygen -f {_in_shell(known)} -R {shlex.quote(self.name)} && "
            for known in dict.fromkeys(key.file for key in self.keys)
        )
        return HostKeyOffer(
            hop=hop,
            address=self.name,
            algorithm=algorithm,
            fingerprint=known_hosts.fingerprint(blob),
            known_fingerprints=tuple(dict.fromkeys(known.fingerprint for known in self.keys)),
            known_hosts_file=file,
            line=line,
            command=f"{forget}echo {shlex.quote(line)} >> {_in_shell(file)}",
        )

    def where_known(self) -> str:
        """Return the places of the keys on record, such as `known_hosts:12`."""
        return ", ".join(dict.fromkeys(f"{key.file}:{key.line}" for key in self.keys))


def _marked(marker: str, keys: Iterable[KnownKey]) -> tuple[KnownKey, ...]:
    return tuple(key for key in keys if key.marker == marker)


def _in_shell(path: str) -> str:
    """Return a path as a word of a shell, which is to expand a `~/` at its beginning."""
    return path if path.startswith("~/") and shlex.quote(path[2:]) == path[2:] else shlex.quote(path)


@lru_cache(maxsize=1)
def _supported_algorithms() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return asyncssh's default (plain, certificate) host key algorithms, best first."""
    plain = tuple(name.decode("ascii") for name in public_key.get_default_public_key_algs())
    certificates = tuple(name.decode("ascii") for name in public_key.get_default_certificate_algs())
    return plain, certificates


def _signatures(algorithm: str) -> tuple[str, ...]:
    """Return the signature algorithms of a key type; an RSA key has several."""
    return ("rsa-sha2-256", "rsa-sha2-512", "ssh-rsa") if algorithm == "ssh-rsa" else (algorithm,)
