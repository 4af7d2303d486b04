"""What the lab keeps on this side: keys, host keys, known_hosts, ssh_config, inventory.json."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from . import engine
from .hosts import ADDRESS, HOSTS, KEY_PASSPHRASE, Host

STATE = engine.STATE
HOST_KEY = "ssh_host_ed25519_key"
CHAIN = ("web1", "bastion", "inner", "deep1")
"""The long way: each of these reached through the one before it."""

USER_KEYS = {"id_ed25519": "", "id_encrypted": KEY_PASSPHRASE, "id_cert": "", "ca": ""}


def _keygen(path: Path, passphrase: str, comment: str) -> None:
    if not path.exists():
        engine.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", comment, "-f", path])


def folder(host: Host) -> Path:
    """Where the files are that go into a host's container.

    Args:
        host: The host.

    Returns:
        A folder of the state folder.
    """
    return STATE / "hosts" / host.name


def _write(path: Path, text: str) -> None:
    """Write a file only when it changes, so that it does so at once and rarely."""
    if path.exists() and path.read_text() == text:
        return
    draft = path.with_name(path.name + ".new")
    draft.write_text(text)
    draft.replace(path)


def ensure() -> None:
    """Make all keys and files that are not there yet."""
    if shutil.which("ssh-keygen") is None:
        engine.install("openssh-client")
    STATE.mkdir(exist_ok=True)
    for name, passphrase in USER_KEYS.items():
        _keygen(STATE / name, passphrase, f"opsconsole-lab {name}")
    if not (STATE / "id_cert-cert.pub").exists():
        principals = "ops,plain"
        engine.run(
            ["ssh-keygen", "-q", "-s", STATE / "ca", "-I", "lab", "-n", principals, STATE / "id_cert.pub"]
        )
    accepted = "".join((STATE / f"{name}.pub").read_text() for name in ("id_ed25519", "id_encrypted"))
    for host in HOSTS.values():
        place = folder(host)
        place.mkdir(parents=True, exist_ok=True)
        _keygen(place / HOST_KEY, "", f"opsconsole-lab {host.name}")
        _write(place / "authorized_keys", accepted)
        _write(place / "chrony.conf", host.clock + "\n")
        if host.user_ca:
            _write(place / "ca.pub", (STATE / "ca.pub").read_text())
    _write(STATE / "known_hosts", _known_hosts())
    _write(STATE / "ssh_config", _ssh_config())


def _known_hosts() -> str:
    lines = []
    for host in HOSTS.values():
        key = " ".join((folder(host) / f"{HOST_KEY}.pub").read_text().split()[:2])
        names = [host.name] + ([f"[{ADDRESS}]:{host.port}"] if host.port else [])
        lines.append(f"{','.join(names)} {key}\n")
    return "".join(lines)


def _entry(alias: str, address: str, port: int, jump: str | None) -> str:
    lines = [f"Host {alias}", f"    HostName {address}", f"    Port {port}"]
    if jump:
        lines.append(f"    ProxyJump {jump}")
    return "\n".join(lines) + "\n\n"


def _ssh_config() -> str:
    text = "# Made by tests/lab/lab; the long way round is NAME-via-web1.\n\n"
    for host in HOSTS.values():
        direct = host.port is not None
        text += _entry(host.name, ADDRESS if direct else host.name, host.port or 22, host.jump)
    before = CHAIN[0]
    for name in CHAIN[1:]:
        text += _entry(f"{name}-via-web1", name, 22, before)
        before = f"{name}-via-web1"
    text += f"""Host *
    User ops
    IdentityFile {STATE / "id_ed25519"}
    IdentitiesOnly yes
    UserKnownHostsFile {STATE / "known_hosts"}
    GlobalKnownHostsFile /dev/null
    StrictHostKeyChecking yes
    UpdateHostKeys no
    ConnectTimeout 10
"""
    return text


def write_inventory(described: engine.Engine) -> None:
    """Write inventory.json.

    Args:
        described: The engine that the hosts run on.
    """
    hosts: list[dict[str, Any]] = [
        {
            "name": host.name,
            "address": ADDRESS if host.port else host.name,
            "port": host.port or 22,
            "http_port": host.http_port,
            "user": "ops",
            "users": list(host.users),
            "jump": host.jump,
            "container": host.container,
            "main": host.main,
            "read_only": host.read_only,
        }
        for host in HOSTS.values()
    ]
    document = {
        "version": 1,
        "ports_by_nat": described.nat,
        "identity": str(STATE / "id_ed25519"),
        "known_hosts": str(STATE / "known_hosts"),
        "ssh_config": str(STATE / "ssh_config"),
        "hosts": sorted(hosts, key=lambda entry: str(entry["name"])),
    }
    _write(STATE / "inventory.json", json.dumps(document, indent=2) + "\n")
