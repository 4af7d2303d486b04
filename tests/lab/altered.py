"""Faults that are a script, with another script as their cure, which waits on the host from the start."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from . import claims
from .hosts import Host, find
from .reach import shell

_FOLDER = "/run/opsconsole-lab/cures"


@contextmanager
def altered(host: str, fault: str, breaks: str, cure: str) -> Iterator[str]:
    """Break a host by a script run as root for a while.

    Args:
        host: Name of the lab host.
        fault: A word for it.
        breaks: The script; whatever it did of its work, the cure is run.
        cure: The other script; it may be run when nothing is broken.

    Yields:
        What the first script wrote.

    Raises:
        LabError: The first script failed.
    """
    claims.claim(host, fault)
    target = find(host)
    try:
        shell(target, f"mkdir -p {_FOLDER}; cat >{_FOLDER}/{fault}", stdin=cure)
        yield shell(target, breaks)
    finally:
        _cure(target, f"{_FOLDER}/{fault}")
        claims.release(host, fault)


def mend(host: Host) -> list[str]:
    """Cure whatever a test that was killed left altered.

    Args:
        host: The lab host.

    Returns:
        The words of what was wrong.
    """
    return _cure(host, f"{_FOLDER}/*")


def _cure(host: Host, scripts: str) -> list[str]:
    each = 'sh "$one" >/dev/null 2>&1; rm -f "$one"; echo "${one##*/}"'
    return shell(host, f'for one in {scripts}; do [ ! -e "$one" ] || {{ {each}; }}; done').split()
