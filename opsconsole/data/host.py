"""Hosts, the commands run on them, and the Shell that runs those commands.

A `Shell` is what panels and recipes are handed. Whether it is SSH or this very machine is not theirs
to know: `console/ssh` has both kinds.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

LOCALHOST = "localhost"
OUTPUT_LIMIT_BYTES = 1024 * 1024


class SudoPolicy(StrEnum):
    """How a command that wants root may get it on a host."""

    NEVER = "never"
    PASSWORDLESS = "passwordless"
    ASK = "ask"


class Asking(StrEnum):
    """Whether a person may be asked for the sudo password of a command; see `SudoPolicy.ASK`."""

    FREELY = "freely"
    """A person wants just this: ask when it is not known."""
    ONCE = "once"
    """A person wants something that is better with it: ask, but not again once they declined."""
    NEVER = "never"
    """Nobody waits for it: use the password when it is known, else raise `SudoPasswordError` at once."""


@dataclass(frozen=True, slots=True)
class Host:
    """One host as the inventory resolved it: all that is needed to reach it, and how it may be treated.

    Attributes:
        name: The name the engineer knows it by; unique in the inventory.
        address: Host name or IP address to connect to.
        port: TCP port of its sshd.
        user: Login name; None means the local user's name.
        groups: Names of the groups it belongs to.
        environment: Free word; `production` is shown differently everywhere.
        jump: Names or `[user@]host[:port]` of the jump hosts, first hop first. Empty: reached directly.
        identity_files: Paths of private keys to try, in order.
        certificate_files: Paths of OpenSSH user certificates.
        identities_only: Offer only `identity_files`, not every key of the agent.
        identity_agent: Path of the agent's socket; None: SSH_AUTH_SOCK; "none": no agent.
        known_hosts_files: Files of known host keys; the first is the one written to.
        host_key_alias: Name to look up in known_hosts instead of the address.
        sudo: The sudo policy.
        read_only: No change may be made on this host.
        connect_timeout_seconds: How long one connection attempt may take.
    """

    name: str
    address: str
    port: int = 22
    user: str | None = None
    groups: tuple[str, ...] = ()
    environment: str = ""
    jump: tuple[str, ...] = ()
    identity_files: tuple[str, ...] = ()
    certificate_files: tuple[str, ...] = ()
    identities_only: bool = False
    identity_agent: str | None = None
    known_hosts_files: tuple[str, ...] = ()
    host_key_alias: str | None = None
    sudo: SudoPolicy = SudoPolicy.PASSWORDLESS
    read_only: bool = False
    connect_timeout_seconds: float = 10.0

    @property
    def is_local(self) -> bool:
        """Whether this is the machine the console itself runs on, reached without SSH."""
        return self.name == LOCALHOST

    @property
    def is_production(self) -> bool:
        """Whether changes here need the strictest confirmation."""
        return self.environment.lower() in {"production", "prod"}


@dataclass(frozen=True, slots=True)
class Command:
    """One command for a host: an argv, never a shell string.

    Attributes:
        argv: Program and arguments. Quoted for the remote shell in exactly one place (`console/ssh`).
        stdin: Bytes for its standard input, then end of file.
        sudo: Run as root, by the host's sudo policy.
        asking: Whether a person may be asked for the sudo password.
        deadline_seconds: After this long the whole remote process tree is killed.
        output_limit_bytes: Each of stdout and stderr is cut here, and `Output.truncated` says so.
        redact: Values that must never be shown or recorded.
    """

    argv: tuple[str, ...]
    stdin: bytes | None = field(default=None, repr=False)
    sudo: bool = False
    asking: Asking = Asking.FREELY
    deadline_seconds: float = 30.0
    output_limit_bytes: int = OUTPUT_LIMIT_BYTES
    redact: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Output:
    """What a command left behind.

    Attributes:
        exit_status: Its exit status; 128 + N when signal N ended it; None when it could not be learned.
        stdout: At most `output_limit_bytes` of its standard output, raw and hostile.
        stderr: Likewise of its standard error.
        duration_seconds: From sending it to its end, as seen from here.
        truncated: Whether stdout or stderr was cut.
        timed_out: Whether the deadline ended it.
    """

    exit_status: int | None
    stdout: bytes
    stderr: bytes
    duration_seconds: float
    truncated: bool = False
    timed_out: bool = False

    @property
    def ok(self) -> bool:
        """Whether it ended by itself with status 0. Not the same as success: check the postcondition."""
        return self.exit_status == 0 and not self.timed_out


@dataclass(frozen=True, slots=True)
class Facts:
    """What a host says of itself, read once per connection. Empty or None where it would not say.

    Attributes:
        os_name: PRETTY_NAME of os-release, cleaned.
        kernel: `uname -sr`.
        architecture: `uname -m`.
        boot_id: Changes at each boot.
        user: Login name of the session on the host.
        user_id: Its numeric id; 0 is root.
        has_systemd: PID 1 is systemd.
        has_proc: /proc can be read.
        timeout_style: "gnu", "busybox", "busybox-t" (old `-t N` syntax) or "none".
        sudo_ready: `sudo -n true` works (or we are root).
    """

    os_name: str = ""
    kernel: str = ""
    architecture: str = ""
    boot_id: str = ""
    user: str = ""
    user_id: int | None = None
    has_systemd: bool = False
    has_proc: bool = True
    timeout_style: str = "none"
    sudo_ready: bool = False


@dataclass(frozen=True, slots=True)
class Login:
    """How we are logged in on a host, as the connection itself knows; all empty on this machine.

    Attributes:
        user: Login name.
        key_fingerprint: `SHA256:…` of the key we logged in with; empty: with a password.
        host_key: `SHA256:…` of the key that the host proved to have.
    """

    user: str = ""
    key_fingerprint: str = ""
    host_key: str = ""


class ShellError(Exception):
    """A host could not be asked. The message is for a person and names the host."""


class NotConnectedError(ShellError):
    """There is no connection to the host now; `str(error)` says why."""


class SudoError(ShellError):
    """Root was wanted and not given: policy, missing password or a wrong one."""


class SudoPasswordError(SudoError):
    """Root takes a password, and there is none: it was not asked for, or not given."""


class Shell(Protocol):
    """Runs commands on one host, over whichever transport."""

    @property
    def host(self) -> Host:
        """The host this shell is on."""
        ...

    @property
    def login(self) -> Login:
        """How we are logged in, or were when the connection was lost; all empty before the first one."""
        ...

    async def facts(self) -> Facts:
        """What the host says of itself; read once and kept.

        Raises:
            ShellError: The host could not be asked.
        """
        ...

    async def run(self, command: Command) -> Output:
        """Run a command to its end or deadline. A non-zero exit is an Output, not an exception.

        Raises:
            ShellError: It could not be started, or the connection was lost while it ran.
        """
        ...

    def stream(self, command: Command) -> AsyncIterator[bytes]:
        """Yield stdout (stderr merged) in bounded chunks as it comes; closing the iterator kills the tree.

        `deadline_seconds` and `output_limit_bytes` of the command do not apply: the reader decides.
        """
        ...

    async def read_file(
        self, path: str, *, limit_bytes: int = OUTPUT_LIMIT_BYTES, sudo: bool = False
    ) -> bytes:
        """Read at most `limit_bytes` of a file."""
        ...

    async def write_file(
        self, path: str, content: bytes, *, mode: int | None = None, sudo: bool = False
    ) -> None:
        """Replace a file atomically: temporary file beside it, fsync, rename; mode and owner are kept."""
        ...

    def forward(self, host: str, port: int) -> AbstractAsyncContextManager[tuple[str, int]]:
        """Open a local TCP port that leads to `host:port` as seen from the host; yields (address, port)."""
        ...

    async def reach(self, host: str, port: int) -> None:
        """Open a TCP connection from the host to `host:port`, and close it: to see whether it is taken.

        `forward` cannot tell: its local port takes every connection before the far one is tried.

        Raises:
            OSError: It was not taken: ConnectionRefusedError, TimeoutError, socket.gaierror (no such name),
                or another whose `errno` or text says why.
            ShellError: The host could not be asked, or forbids forwarding.
        """
        ...

    def forward_socket(self, path: str) -> AbstractAsyncContextManager[str]:
        """Open a local UNIX socket that leads to a UNIX socket of the host; yields its local path."""
        ...
