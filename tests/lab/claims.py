"""Who breaks which host just now: tests that run at the same time wait for each other.

A claim is a lock on a file, so it ends with the process that took it, however that ends. What a dead
process left broken can be told from what a living one breaks on purpose.
"""

from __future__ import annotations

import fcntl
import time
from io import TextIOWrapper

from .engine import STATE, LabError

_FOLDER = STATE / "claims"
_WAIT_SECONDS = 120.0
_held: dict[str, TextIOWrapper] = {}
_faults: dict[str, set[str]] = {}


def _take(host: str) -> TextIOWrapper | None:
    """Lock a host's file, unless another process has it."""
    _FOLDER.mkdir(parents=True, exist_ok=True)
    file = (_FOLDER / host).open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def claim(host: str, fault: str) -> None:
    """Claim a host for a fault; wait while another process has it.

    Args:
        host: Name of the lab host.
        fault: Name of the fault.

    Raises:
        LabError: When the other process does not let go.
    """
    deadline = time.monotonic() + _WAIT_SECONDS
    while host not in _held:
        if (file := _take(host)) is not None:
            _held[host] = file
        elif time.monotonic() > deadline:
            raise LabError(f"{host}: another process has kept it broken for {_WAIT_SECONDS:.0f} s")
        else:
            time.sleep(0.1)
    _faults.setdefault(host, set()).add(fault)


def release(host: str, fault: str) -> None:
    """Say that a fault is cured; the claim ends with the last one.

    Args:
        host: Name of the lab host.
        fault: Name of the fault.
    """
    left = _faults.get(host, set())
    left.discard(fault)
    if not left and host in _held:
        _held.pop(host).close()


def taken(host: str) -> bool:
    """Whether another living process claims a host.

    Args:
        host: Name of the lab host.

    Returns:
        True when it does.
    """
    if host in _held:
        return False
    file = _take(host)
    if file is None:
        return True
    file.close()
    return False
