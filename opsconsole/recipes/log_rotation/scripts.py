"""The recipe's shell scripts: constant text from the folder `sh`, and the commands that run them.

Every script is POSIX sh and runs as root. What differs from host to host comes as arguments (numbers,
folders, patterns) and on standard input (lists of files, see `names`), never as part of the script.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import resources

from opsconsole.data.host import Command

_PARTS = {
    "rules": {"logrotate", "install", "installed", "rotate", "rotated", "unrotate", "unrotated", "prove"},
    "journals": {"journal", "vacuumed"},
}
"""Part -> the scripts that build on it."""


@cache
def _text(name: str) -> str:
    return resources.files(f"{__package__}.sh").joinpath(f"{name}.sh").read_text("utf-8")


@cache
def script(name: str) -> str:
    """Return a script with the parts that it builds on."""
    parts = ["common", *(part for part, users in _PARTS.items() if name in users), name]
    return "".join(_text(part) for part in parts)


def command(
    name: str,
    *arguments: str | int,
    lines: Iterable[str] | None = None,
    deadline_seconds: float = 30.0,
    output_limit_bytes: int = 1024 * 1024,
) -> Command:
    """Return the command that runs a script as root.

    Args:
        name: The script.
        arguments: Its arguments.
        lines: For its standard input.
        deadline_seconds: See `Command`.
        output_limit_bytes: See `Command`.
    """
    argv = ("sh", "-c", script(name), f"log-rotation-{name}", *(str(word) for word in arguments))
    stdin = b"" if lines is None else "".join(f"{line}\n" for line in lines).encode("ascii")
    return Command(
        argv, stdin, sudo=True, deadline_seconds=deadline_seconds, output_limit_bytes=output_limit_bytes
    )
