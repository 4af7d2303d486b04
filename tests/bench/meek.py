"""Makes programs take only the processor time that others leave: all of them together, not each of them.

`nice` does not do that where the kernel groups tasks by session (CONFIG_SCHED_AUTOGROUP, on by default): it
counts within a session only, and every login is a session of its own, so that a thousand of them have a
thousand times the weight of the one client that is measured.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_VERSION_1 = Path("/sys/fs/cgroup/cpu")
_VERSION_2 = Path("/sys/fs/cgroup")
_NAME = "opsconsole-bench"


@contextmanager
def meekly() -> Iterator[list[str]]:
    """Yield words to put before a command: a control group of least weight, or `nice` where there is none.

    The group is taken away at the end, when everything in it has ended.
    """
    group = _group()
    if group is None:
        yield ["nice", "-n", "19"]
        return
    try:
        yield ["sh", "-c", 'echo $$ >"$0/cgroup.procs" && exec "$@"', str(group)]
    finally:
        with suppress(OSError):  # something of it still ends
            group.rmdir()


def _group() -> Path | None:
    if os.getuid() != 0:
        return None
    for root, weight, least in ((_VERSION_1, "cpu.shares", "2"), (_VERSION_2, "cpu.weight", "1")):
        group = root / _NAME
        try:
            group.mkdir(exist_ok=True)
            (group / weight).write_text(least)
        except OSError:  # no such controller here
            with suppress(OSError):
                group.rmdir()
        else:
            return group
    return None
