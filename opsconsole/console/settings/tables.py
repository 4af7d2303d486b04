"""The tables of `opsconsole.toml`, each a dataclass that is its own schema (see `reading`).

Fields of hosts and groups have the names of `data.host.Host`. A field that is not said is not there:
the defaults below only show what a table can say.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from opsconsole.data.host import SudoPolicy

TOP_LEVEL = ("console", "audit", "limits", "acme", "environments", "groups", "hosts")


@dataclass(frozen=True, slots=True)
class ConsoleTable:
    """`[console]`: the console itself.

    Attributes:
        interval_seconds: Time between two fast readings of a host.
        slow_interval_seconds: Time between two slow readings.
        max_handshakes: SSH handshakes at once.
        keepalive_interval_seconds: Time between two questions whether a peer is still there.
        keepalive_count_max: Questions without an answer until the peer is lost.
        theme: Name of a Textual theme.
        read_only: No host may be changed.
        ssh_config: Which ssh_config to read; false: none. Default: ~/.ssh/config and the system's.
        ansible_inventories: Ansible inventory files, INI or YAML, or folders of them.
        history_path: The history's database; false: remember nothing.
        ignore: Names or patterns of hosts of ssh_config and Ansible that are not to be listed.
    """

    interval_seconds: float = field(default=2.0, metadata={"minimum": 0.5, "maximum": 3600})
    slow_interval_seconds: float = field(default=30.0, metadata={"minimum": 5, "maximum": 86400})
    max_handshakes: int = field(default=50, metadata={"minimum": 1, "maximum": 1000})
    keepalive_interval_seconds: float = field(default=5.0, metadata={"minimum": 1, "maximum": 3600})
    keepalive_count_max: int = field(default=2, metadata={"minimum": 1, "maximum": 100})
    theme: str = "opsconsole-dark"
    read_only: bool = False
    ssh_config: Path | Literal[False] | None = None
    ansible_inventories: tuple[Path, ...] = field(default=(), metadata={"aliases": ("ansible_inventory",)})
    history_path: Path | Literal[False] | None = field(default=None, metadata={"aliases": ("history",)})
    ignore: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AuditTable:
    """`[audit]`: the trail of every change. It cannot be switched off: without it there are no changes.

    Attributes:
        ledger_path: The ledger's database.
        signing_key: Private SSH key that signs the ledger's heads, or a public one whose private key is the
            agent's; false: they are not signed. Default: a key of the agent, else one of ~/.ssh.
    """

    ledger_path: Path | None = field(default=None, metadata={"aliases": ("ledger",)})
    signing_key: Path | Literal[False] | None = None


@dataclass(frozen=True, slots=True)
class AcmeTable:
    """`[acme.NAME]`: an ACME server (RFC 8555) that a certificate can be asked of by its name.

    Attributes:
        directory: https address of its directory.
        test_directory: The same for rehearsals; empty: staging for Let's Encrypt, else the same server.
        ca_bundle: File on the host: CA certificates that the server's own is checked with.
        email: For the account that is made there.
        eab_key_id: Key id of an external account binding.
        eab_key_file: File on this machine with its HMAC key, as the CA gave it (base64url).
        default_for: Hosts, `@groups` or `all` that take it when no server is named; the nearest counts.
    """

    directory: str
    test_directory: str = ""
    ca_bundle: str = ""
    email: str = ""
    eab_key_id: str = ""
    eab_key_file: Path | None = None
    default_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EnvironmentTable:
    """`[environments.NAME]`: what holds for every host of an environment."""

    read_only: bool = False


@dataclass(frozen=True, slots=True)
class CommonTable:
    """What a host, or a group for all its hosts, can say; see `Host` for the meaning."""

    environment: str = ""
    port: int = field(default=22, metadata={"minimum": 1, "maximum": 65535})
    user: str = ""
    jump: tuple[str, ...] = ()
    identity_files: tuple[Path, ...] = field(default=(), metadata={"aliases": ("identity_file",)})
    certificate_files: tuple[Path, ...] = field(default=(), metadata={"aliases": ("certificate_file",)})
    identities_only: bool = False
    identity_agent: Literal["none"] | Path | None = None
    known_hosts_files: tuple[Path, ...] = field(default=(), metadata={"aliases": ("known_hosts",)})
    sudo: SudoPolicy = SudoPolicy.PASSWORDLESS
    read_only: bool = False
    connect_timeout_seconds: float = field(default=10.0, metadata={"minimum": 0.1, "maximum": 600})


@dataclass(frozen=True, slots=True)
class GroupTable(CommonTable):
    """`[groups.NAME]`. `hosts` may hold patterns with `*` and `?`."""

    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HostTable(CommonTable):
    """`[hosts.NAME]`."""

    address: str = ""
    groups: tuple[str, ...] = ()
    host_key_alias: str = ""


COMMON_FIELDS = tuple(field.name for field in dataclasses.fields(CommonTable))
