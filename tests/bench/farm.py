"""A thousand loopback hosts: an sshd of our own, and every address of 127.0.0.0/8 is one of its names."""

from __future__ import annotations

import fcntl
import getpass
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.bench.meek import meekly
from tests.bench.procfs import descendants

USER = "opsconsole-bench"
SSHD = "/usr/sbin/sshd"
APART = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
MOST_HOSTS = 1000
PRIVILEGE_SEPARATION = Path("/run/sshd")

# Only our own throw-away user, and only from this machine: the port is open on every interface because
# sshd cannot be bound to a whole network.
SSHD_CONFIG = """\
Port {port}
ListenAddress 0.0.0.0
HostKey {folder}/host_key
PidFile none
AuthorizedKeysFile {folder}/authorized_keys
AllowUsers {user}@127.0.0.0/8
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
StrictModes no
UseDNS no
PrintMotd no
PrintLastLog no
MaxStartups 2000:30:4000
LogLevel ERROR
"""

# What the peers that run OpenSSH's client are given; the host key check is as strict as ours.
SSH_CONFIG = """\
Host *
  User {user}
  Port {port}
  IdentityFile {folder}/key
  IdentitiesOnly yes
  IdentityAgent none
  UserKnownHostsFile {folder}/known_hosts
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  BatchMode yes
  LogLevel ERROR
"""


class FarmError(Exception):
    """The hosts cannot be made here; the message says why."""


@dataclass(frozen=True)
class Farm:
    """How to reach the hosts.

    Attributes:
        folder: Temporary folder of everything below.
        user: Login name.
        hosts: Addresses of the hosts.
        ports: Ports of the listening sshd, dealt out to the hosts in turn.
        sshd: Process ids of these sshd.
        apart: Whether the hosts of one port see only their own processes.
    """

    folder: str
    user: str
    hosts: tuple[str, ...]
    ports: tuple[int, ...]
    sshd: tuple[int, ...]
    apart: bool

    @property
    def port(self) -> int:
        """The port of all hosts of a farm with one sshd."""
        (port,) = self.ports
        return port

    def port_of(self, index: int) -> int:
        """Return the port of a host."""
        return self.ports[index % len(self.ports)]

    @property
    def key(self) -> str:
        """Path of the private key."""
        return f"{self.folder}/key"

    @property
    def known_hosts(self) -> str:
        """Path of the known_hosts file, one line a host."""
        return f"{self.folder}/known_hosts"

    @property
    def ssh_config(self) -> str:
        """Path of a configuration for OpenSSH's client."""
        return f"{self.folder}/ssh_config"

    @property
    def file(self) -> Path:
        """Where the farm is described for the processes that are measured."""
        return Path(self.folder) / "farm.json"


def load(path: str) -> Farm:
    """Return the farm described in a file."""
    values = json.loads(Path(path).read_text())
    return Farm(
        **{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    )


@contextmanager
def farm(*, cells: int = 1, meek: bool = False) -> Iterator[Farm]:
    """Start the hosts; take everything away at the end, also the user that was made.

    Args:
        cells: How many sshd to share the hosts among. More than one, and each has a PID namespace of its
            own where that can be had: else every host would have the thousands of processes of all.
        meek: Let the hosts' side have only the CPU that the measured client leaves: real hosts would not
            run on its machine at all.

    Raises:
        FarmError: They cannot be started.
    """
    if not Path(SSHD).exists():
        raise FarmError(f"{SSHD} is not installed (Debian: openssh-server)")
    with _alone(), _farm(cells, meek=meek) as one:
        yield one


@contextmanager
def _alone() -> Iterator[None]:
    """Hold off a second run: it would disturb the figures, and the end of one takes the user of both away."""
    with (Path(tempfile.gettempdir()) / f"{USER}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise FarmError(f"another benchmark is running (it holds {lock.name})") from error
        yield


@contextmanager
def _farm(cells: int, *, meek: bool) -> Iterator[Farm]:
    root = os.getuid() == 0
    user = USER if root else getpass.getuser()
    folder = Path(tempfile.mkdtemp(prefix="opsconsole-bench-"))
    try:
        if root:
            _make_user()
            # sshd wants this empty folder; its service makes it, and other sshd on this machine share it.
            PRIVILEGE_SEPARATION.mkdir(mode=0o755, exist_ok=True)
        folder.chmod(0o755)  # sshd reads authorized_keys as the user
        with ExitStack() as stack:
            one = _start(stack, folder, user, cells, meek=meek)
            one.file.write_text(json.dumps(asdict(one)))
            yield one
    finally:
        if root:
            _end_user()
        shutil.rmtree(folder, ignore_errors=True)


def _start(stack: ExitStack, folder: Path, user: str, cells: int, *, meek: bool) -> Farm:
    hosts = tuple(f"127.0.{1 + index // 250}.{1 + index % 250}" for index in range(MOST_HOSTS))
    for name in ("key", "host_key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    shutil.copy(folder / "key.pub", folder / "authorized_keys")
    (folder / "authorized_keys").chmod(0o644)
    apart = cells > 1 and subprocess.run([*APART, "true"], check=False, capture_output=True).returncode == 0
    before = [*(stack.enter_context(meekly()) if meek else []), *(APART if apart else [])]
    started = [stack.enter_context(_sshd(folder, user, before)) for _ in range(cells)]
    one = Farm(
        str(folder), user, hosts, tuple(port for port, _ in started), tuple(pid for _, pid in started), apart
    )
    public = " ".join((folder / "host_key.pub").read_text().split()[:2])
    known = (f"[{host}]:{one.port_of(index)} {public}\n" for index, host in enumerate(hosts))
    Path(one.known_hosts).write_text("".join(known))
    if cells == 1:
        Path(one.ssh_config).write_text(SSH_CONFIG.format(folder=folder, user=user, port=one.port))
    return one


@contextmanager
def _sshd(folder: Path, user: str, before: list[str]) -> Iterator[tuple[int, int]]:
    """Start an sshd behind the words of another command; yield its port and the process to watch."""
    port = free_port()
    config, log = folder / f"sshd_config.{port}", folder / f"sshd.log.{port}"
    config.write_text(SSHD_CONFIG.format(folder=folder, user=user, port=port))
    with log.open("wb") as stderr:
        process = subprocess.Popen([*before, SSHD, "-D", "-e", "-f", str(config)], stderr=stderr)
    try:
        _wait_for(process, port, log)
        yield port, process.pid
    finally:
        for pid in [process.pid, *descendants(process.pid)]:
            _kill(pid)
        process.wait()


def _wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise FarmError(f"sshd does not start: {log.read_text().strip() or error}") from error
            time.sleep(0.05)
        else:
            return


def free_port() -> int:
    """Return a TCP port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _make_user() -> None:
    """Make the user all sessions run as, with /bin/sh: bash under sshd reads start-up files (0.1 s)."""
    try:
        pwd.getpwnam(USER)
    except KeyError:
        argv = ["useradd", "--system", "--no-create-home", "--home-dir", "/", "--shell", "/bin/sh"]
        # `*`: no password, yet not a locked account, which sshd without PAM would refuse.
        subprocess.run([*argv, "--password", "*", USER], check=True)


def _end_user() -> None:
    """Kill what still runs as our user, and take the user away."""
    try:
        uid = pwd.getpwnam(USER).pw_uid
    except KeyError:
        return
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and (left := _of_user(uid)):
        for pid in left:
            _kill(pid)
        time.sleep(0.1)
    subprocess.run(["userdel", USER], check=False, stderr=subprocess.DEVNULL)


def _of_user(uid: int) -> list[int]:
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if folder.stat().st_uid == uid:
                    found.append(int(folder.name))
            except OSError:
                continue  # it ended meanwhile
    return found


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
