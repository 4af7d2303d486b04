"""A host without awk: what that leaves unknown is said to be so for want of awk, and for nothing else."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from opsconsole.panels.frames import parts
from opsconsole.panels.logs.probe import ERRORS
from opsconsole.panels.prelude import PART, TOOLS
from tests.unit.logs_panel.logs_samples import host


@pytest.mark.parametrize("shell", [("dash",), ("busybox", "sh")], ids=" ".join)
@pytest.mark.parametrize(
    ("systemd", "tools", "said"),
    [(True, ("journalctl",), "nocount"), (True, (), "nojournal"), (False, ("journalctl",), "nojournal")],
)
def test_the_script_tells_no_awk_from_no_journal(
    shell: tuple[str, ...], systemd: bool, tools: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "head").symlink_to("/usr/bin/head")
    for tool in tools:
        (tmp_path / "bin" / tool).write_text("#!/bin/sh\n")
        (tmp_path / "bin" / tool).chmod(0o755)
    if systemd:
        (tmp_path / "run" / "systemd" / "system").mkdir(parents=True)
    # BusyBox has an awk of its own that no PATH hides.
    script = (TOOLS + PART).replace("PATH=$PATH:/usr/sbin:/sbin;", "") + ERRORS.replace("has awk", "false")
    script = script.replace("/run/systemd/system", f"{tmp_path}/run/systemd/system")
    whole = ["/usr/bin/env", f"PATH={tmp_path}/bin", f"/usr/bin/{shell[0]}", *shell[1:], "-c", script]
    assert set(parts(subprocess.run(whole, capture_output=True, timeout=60, check=True).stdout)) == {said}


def test_what_is_not_known_for_want_of_awk_is_said_so() -> None:
    reading = host(noawk=b"", nocount=b"")
    told = {note.what: note.why for note in reading.notes}
    assert told["log files"] == told["errors by unit"] == "this host has no awk"
    assert reading.log_count is None
    assert reading.errors is None
