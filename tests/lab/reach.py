"""Ways to a host that need neither SSH nor its network."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from subprocess import CompletedProcess

from .engine import LabError, docker
from .hosts import Host, find

DEADLINE_SECONDS = 15.0


def execute(
    host: str, argv: Sequence[str], user: str = "root", stdin: str | None = None
) -> CompletedProcess[str]:
    """Run a command on a host.

    Args:
        host: Name of the lab host.
        argv: The command.
        user: As whom.
        stdin: Text for its standard input.

    Returns:
        The finished command; a failure is not raised.
    """
    words = ["exec", "--interactive", "--user", user, find(host).container, *argv]
    return docker(*words, check=False, stdin=stdin)


def shell(host: Host, script: str, stdin: str | None = None) -> str:
    """Run a shell script as root on a host.

    Args:
        host: The host.
        script: For its /bin/sh.
        stdin: Text for its standard input.

    Returns:
        Standard output.

    Raises:
        LabError: When the script fails.
    """
    done = execute(host.name, ["sh", "-c", script], stdin=stdin)
    if done.returncode != 0:
        raise LabError(f"{host.name}: `{script.strip()}` ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def wait(what: str, true: Callable[[], bool], seconds: float = DEADLINE_SECONDS) -> None:
    """Ask again and again until something is true.

    Args:
        what: What is awaited, for the message.
        true: Asks.
        seconds: The deadline.

    Raises:
        LabError: When the deadline has passed.
    """
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise LabError(f"waited for {what}: not within {seconds:.0f} s")
        time.sleep(0.05)
