"""The containers: networks, start, readiness, removal."""

from __future__ import annotations

import hashlib
import socket
import time
from dataclasses import dataclass

from . import images, state
from .engine import LabError, docker
from .hosts import ADDRESS, HOSTS, NETWORKS, PREFIX, Host

READY_SECONDS = 60.0
SPEC = PREFIX + "spec"
"""Label of a container: hash of all that it was made from."""


@dataclass(frozen=True, slots=True)
class Found:
    """A container of the lab as docker lists it.

    Attributes:
        state: Docker's word: running, paused, exited, …
        spec: Hash of what it was made from.
    """

    state: str
    spec: str


def listed() -> dict[str, Found]:
    """All containers of the lab by name."""
    template = '{{.Names}}\t{{.State}}\t{{.Label "' + SPEC + '"}}'
    rows = docker("ps", "--all", "--filter", f"name=^{PREFIX}", "--format", template).stdout
    return {
        name: Found(word, spec)
        for name, word, spec in (row.split("\t") for row in rows.splitlines() if row.strip())
    }


def _arguments(host: Host, cgroup_version: str) -> list[str]:
    """Everything of `docker create` that makes the host what it is."""
    words = ["--name", host.container, "--hostname", host.name]
    words += ["--network", host.networks[0], "--network-alias", host.name]
    words += ["--cap-add", "NET_ADMIN", "--cap-add", "SYS_PTRACE"]
    words += ["--tmpfs", "/run:mode=755,size=64m", "--tmpfs", "/tmp:exec,mode=1777,size=256m"]
    for path, options in host.tmpfs:
        words += ["--tmpfs", f"{path}:{options}"]
    for inside, outside in ((22, host.port), (80, host.http_port), *host.published):
        if outside is not None:
            words += ["--publish", f"{ADDRESS}:{outside}:{inside}"]
    if host.ipv6:
        words += ["--sysctl", "net.ipv6.conf.all.disable_ipv6=0"]
    if host.main == "systemd":
        words += ["--cap-add", "SYS_ADMIN", "--tmpfs", "/run/lock"]
        words += ["--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined"]
        if cgroup_version == "2":
            words += ["--cgroupns=private"]
        else:
            words += ["--volume", "/sys/fs/cgroup:/sys/fs/cgroup:rw"]
    if host.read_only:
        words += ["--read-only", "--volume", f"{state.folder(host)}:/etc/opsconsole-lab:ro"]
    return [*words, images.tag(host.image)]


def spec(host: Host, cgroup_version: str) -> str:
    """Hash everything that a host's container is made from.

    Args:
        host: The host.
        cgroup_version: Of the engine.

    Returns:
        The hash.
    """
    parts = ["\0".join(_arguments(host, cgroup_version)), *host.networks]
    parts += [path.read_text() for path in sorted(state.folder(host).iterdir())]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def ensure_networks() -> None:
    """Create the networks that are missing."""
    there = set(docker("network", "ls", "--format", "{{.Name}}").stdout.split())
    for name, internal in NETWORKS.items():
        if name not in there:
            docker("network", "create", *(["--internal"] if internal else []), name)


def create(host: Host, cgroup_version: str) -> None:
    """Make a host's container anew and start it.

    Args:
        host: The host.
        cgroup_version: Of the engine.
    """
    docker("rm", "--force", "--volumes", host.container, check=False)
    label = f"{SPEC}={spec(host, cgroup_version)}"
    docker("create", "--label", label, *_arguments(host, cgroup_version))
    if not host.read_only:
        docker("cp", f"{state.folder(host)}/.", f"{host.container}:/etc/opsconsole-lab")
    for network in host.networks[1:]:
        docker("network", "connect", "--alias", host.name, network, host.container)
    docker("start", host.container)


def greets(port: int, address: str = ADDRESS, timeout: float = 1.0) -> bool:
    """Whether an SSH server greets on a port.

    It is answered in kind, since sshd logs an error about a client that says nothing.

    Args:
        port: TCP port.
        address: Where.
        timeout: Seconds.

    Returns:
        True when a greeting came.
    """
    try:
        with socket.create_connection((address, port), timeout) as connection:
            greeting = connection.recv(255)
            if not greeting.startswith(b"SSH-"):
                return False
            connection.sendall(b"SSH-2.0-opsconsole_lab\r\n")
            return True
    except OSError:
        return False


def listens(host: Host) -> bool:
    """Whether the host's ssh daemon takes connections.

    Args:
        host: The host.

    Returns:
        True when it does.
    """
    if host.port is not None:
        return greets(host.port)
    found = docker("exec", host.container, "ss", "-Hltn", "sport = :22", check=False)
    return bool(found.stdout.strip())


def await_ready(host: Host) -> None:
    """Wait until a host is up and healthy.

    Args:
        host: The host.

    Raises:
        LabError: When it takes too long; with what failed.
    """
    deadline = time.monotonic() + READY_SECONDS
    word = ""
    while time.monotonic() < deadline:
        if host.main != "systemd":
            if listens(host):
                return
        else:
            asked = docker("exec", host.container, "systemctl", "is-system-running", "--wait", check=False)
            word = asked.stdout.strip()
            if word == "running" and listens(host):
                if host.keeps_time:
                    docker("exec", host.container, "chronyc", "waitsync", "20", "0", "0", "0.25", check=False)
                return
            if word == "degraded":
                break
        time.sleep(0.1)
    if host.main == "systemd":
        detail = docker(
            "exec", host.container, "systemctl", "--failed", "--no-legend", "--plain", check=False
        )
    else:
        detail = docker("logs", "--tail", "10", host.container, check=False)
    raise LabError(f"{host.name} is not ready ({word or 'no answer'}):\n{detail.stdout}{detail.stderr}")


def remove_all() -> None:
    """Remove every container and network of the lab."""
    if names := sorted(listed()):
        docker("rm", "--force", "--volumes", *names, timeout=180)
    there = docker("network", "ls", "--format", "{{.Name}}").stdout.split()
    if networks := [name for name in there if name.startswith(PREFIX)]:
        docker("network", "rm", *networks)


def status() -> dict[str, str]:
    """State of every host's container.

    Returns:
        Docker's word by host name, "absent" where there is none.
    """
    there = listed()
    return {
        name: there[host.container].state if host.container in there else "absent"
        for name, host in HOSTS.items()
    }
