"""Whether the console that drove a run is still there."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from opsconsole.recipes.runner import owner
from opsconsole.recipes.runner.owner import Owner

RUN = "20260301-140500-abcdef"


def test_a_killed_console_is_gone_also_while_its_parent_has_not_asked_for_it() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        started = owner._started(process.pid)
        assert started is not None
        console = replace(Owner.here(), pid=process.pid, started=started)
        assert console.is_alive(RUN) is True
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # dead, and still listed
        assert console.is_alive(RUN) is False


@pytest.mark.parametrize(("change", "alive"), [({"machine": "other"}, None), ({"boot": "before"}, False)])
def test_another_machine_does_not_tell_and_another_boot_does(
    change: dict[str, str], alive: bool | None
) -> None:
    assert replace(Owner.here(), **change).is_alive(RUN) is alive  # type: ignore[arg-type]
