"""The recipe's shell scripts: constant text from the folder `sh`, and the commands that run them.

Every script is POSIX sh and runs as root. What differs from host to host comes as arguments and on standard
input (one thing a line, paths as `names.escaped` writes them), never as part of the script.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import resources

from opsconsole.data.host import Command

LABEL = "certificate-renewal-"
"""What the name of each script begins with, as the host's list of processes has it."""
_PARTS: dict[str, tuple[str, ...]] = {
    "as_before": ("tls", "servers", "same"),
    "before_undo": ("tls",),
    "copied": ("tls",),
    "copies": ("tls",),
    "issue": ("certbot",),
    "kept": ("same",),
    "programs": ("servers",),
    "prove": ("tls",),
    "rehearse": ("certbot",),
    "rehearsed": ("tls",),
    "reload": ("tls", "servers", "proof"),
    "reload_back": ("tls", "servers"),
    "reloaded": ("tls", "servers", "proof"),
    "renew": ("certbot",),
    "renewed": ("tls", "names"),
    "restore": ("same", "names"),
    "running": ("servers",),
    "shown": ("tls",),
    "unserve": ("tls", "servers"),
    "unserved": ("tls",),
}
"""Script -> the parts that it builds on, beside `common`."""


@cache
def text(name: str) -> str:
    """Return one file of the folder `sh`."""
    return resources.files(f"{__package__}.sh").joinpath(f"{name}.sh").read_text("utf-8")


@cache
def script(name: str, parts: tuple[str, ...] | None = None) -> str:
    """Return a script with the parts that it builds on.

    Args:
        name: The script.
        parts: Beside `common`; None: as `_PARTS` says.
    """
    needed = _PARTS.get(name, ()) if parts is None else parts
    return "".join(text(part) for part in ("common", *needed, name))


def command(
    name: str,
    *arguments: str | int,
    lines: Iterable[str] | None = None,
    stdin: bytes = b"",
    parts: tuple[str, ...] | None = None,
    deadline_seconds: float = 30.0,
    output_limit_bytes: int = 1024 * 1024,
) -> Command:
    """Return the command that runs a script as root.

    Args:
        name: The script.
        arguments: Its arguments.
        lines: For its standard input.
        stdin: Behind the lines.
        parts: See `script`.
        deadline_seconds: See `Command`.
        output_limit_bytes: See `Command`.
    """
    label = f"{LABEL}{name.replace('_', '-')}"
    argv = ("sh", "-c", script(name, parts), label, *(str(word) for word in arguments))
    listed = "".join(f"{line}\n" for line in lines or ()).encode("ascii")
    return Command(
        argv,
        listed + stdin,
        sudo=True,
        deadline_seconds=deadline_seconds,
        output_limit_bytes=output_limit_bytes,
    )
