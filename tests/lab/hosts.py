"""The hosts of the lab: the one place that lists names, ports, networks and users."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

PREFIX = "opsconsole-lab-"
"""Every container, network and image of the lab begins with this."""

ADDRESS = "127.0.0.1"
LOGIN_PASSWORD = "lab-Login-pw1"
SUDO_PASSWORD = "lab-Sudo-pw1"
KEY_PASSPHRASE = "lab-Key-pw1"

FRONT = PREFIX + "front"
PRIVATE = PREFIX + "private"
DEEP = PREFIX + "deep"
NETWORKS = {FRONT: False, PRIVATE: True, DEEP: True}
"""Name of each network, and whether it is cut off from everything else."""

FROM_BASTION = "server bastion iburst minpoll -2 maxpoll 6"
"""Time comes from the bastion; the short interval at first has it known within a second."""

Main = Literal["systemd", "sshd", "dropbear"]
DEBIAN_USERS = ("ops", "plain", "pw", "kbd", "pwsudo")


@dataclass(frozen=True, slots=True)
class Host:
    """One host of the lab.

    Attributes:
        name: Short name, the host's own host name and its alias on the networks.
        image: Name of the image (a Dockerfile in `images/`).
        port: Port of 127.0.0.1 on which its sshd is published, None if it is not.
        http_port: The same for its web server.
        main: What runs as the main process.
        networks: The networks that it is on.
        jump: The host in front of it, where it cannot be reached directly.
        clock: Lines for chrony: where the time comes from.
        read_only: Whether the root file system is read-only.
        user_ca: Whether certificates signed by the lab's CA let users in.
        tmpfs: Further small file systems as (path, options).
        users: The users that can log in.
        published: Further ports as (inside, on 127.0.0.1).
        ipv6: Whether it has IPv6.
    """

    name: str
    image: str
    port: int | None = None
    http_port: int | None = None
    main: Main = "systemd"
    networks: tuple[str, ...] = (FRONT,)
    jump: str | None = None
    clock: str = FROM_BASTION
    read_only: bool = False
    user_ca: bool = False
    tmpfs: tuple[tuple[str, str], ...] = ()
    users: tuple[str, ...] = DEBIAN_USERS
    published: tuple[tuple[int, int], ...] = ()
    ipv6: bool = False

    @property
    def container(self) -> str:
        """Name of its container."""
        return PREFIX + self.name

    @property
    def keeps_time(self) -> bool:
        """Whether chrony runs there."""
        return self.image in {"systemd", "database", "docker", "inner", "tls"}


HOSTS: dict[str, Host] = {
    host.name: host
    for host in (
        Host(
            "bastion",
            "systemd",
            2305,
            networks=(FRONT, PRIVATE),
            clock="local stratum 8\nallow",
        ),
        Host("inner", "inner", networks=(PRIVATE, DEEP), jump="bastion", clock=FROM_BASTION + "\nallow"),
        Host("web1", "systemd", 2301, 2381, tmpfs=(("/var/log/app", "size=20m,mode=755"),)),
        Host("web2", "systemd", 2302, 2382, user_ca=True),
        Host(
            "deep1", "systemd", networks=(DEEP,), jump="inner", clock=FROM_BASTION.replace("bastion", "inner")
        ),
        Host("nosystemd1", "plain", 2307, main="sshd"),
        Host("ro1", "plain", 2308, main="sshd", read_only=True),
        Host("busy1", "busybox", 2306, main="dropbear", users=("ops",)),
        Host("db1", "database", 2303),
        Host("trixie1", "debian13", 2304),
        Host(
            "docker1",
            "docker",
            2310,
            tmpfs=(("/var/lib/docker", "size=96m,mode=710,exec"), ("/var/log/journal", "size=80m,mode=755")),
        ),
        Host(
            "tls1",
            "tls",
            2309,
            2389,
            published=((443, 2443), (8443, 2484), (9443, 2494)),
            ipv6=True,
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Image:
    """One image of the lab.

    Attributes:
        name: Its Dockerfile in `images/` without the suffix, or the name of a later copy.
        dockerfile: The Dockerfile's name without the suffix.
        parent: The image or the Debian release that it is built on.
        files: The files of `images/` that go into it.
    """

    name: str
    dockerfile: str
    parent: str
    files: tuple[str, ...]


PLAIN_FILES = ("plain.sh", "start.sh", "serve.sh")
TLS_FILES = ("tls.sh", "tls_acme.sh", "tls_servers.sh", "tls_start.sh", "lab_ca.sh")
RELEASES = ("bookworm", "trixie")
IMAGES: dict[str, Image] = {
    image.name: image
    for image in (
        Image("plain", "plain", "bookworm", PLAIN_FILES),
        Image("plain13", "plain", "trixie", PLAIN_FILES),
        Image("systemd", "systemd", "plain", ("systemd.sh",)),
        Image("systemd13", "systemd", "plain13", ("systemd.sh",)),
        Image("debian13", "trixie", "systemd13", ("trixie.sh",)),
        Image("busybox", "busybox", "bookworm", ("busybox.sh", "start.sh", "serve.sh", "dropbear.sh")),
        Image("database", "database", "systemd", ("database.sh",)),
        Image("docker", "docker", "systemd", ("docker.sh",)),
        Image("inner", "inner", "systemd", ("inner.sh", "lab_ca.sh")),
        Image("tls", "tls", "systemd", TLS_FILES),
    )
}
"""In an order in which each comes after what it is built on."""


def find(name: str) -> Host:
    """Return the host of that name.

    Args:
        name: Short name of a lab host.

    Returns:
        The host.

    Raises:
        KeyError: When the lab has no such host.
    """
    try:
        return HOSTS[name]
    except KeyError:
        raise KeyError(f"the lab has no host {name!r}; it has {', '.join(sorted(HOSTS))}") from None
