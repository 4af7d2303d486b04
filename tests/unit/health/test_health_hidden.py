"""Hosts that show their users only their own processes (hidepid): what cannot be seen is not said."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from opsconsole.panels.health.scripts import CLOCK as SCRIPT
from opsconsole.panels.panel import Level
from tests.unit.health.health_samples import CLOCK, VM, framed, judged, read

SHELLS = [("dash",), ("busybox", "sh")]
SEEN = {"1": "init", "300": "sshd"}


def asked(shell: tuple[str, ...], tmp_path: Path, processes: dict[str, str], **tools: str) -> bytes:
    """Run the clock's script on a made-up /proc and with these tools only, as on a host without systemd."""
    for pid, name in processes.items():
        (tmp_path / "proc" / pid).mkdir(parents=True)
        (tmp_path / "proc" / pid / "comm").write_text(f"{name}\n")
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in ("cat", "grep", "head"):
        (folder / tool).symlink_to(f"/usr/bin/{tool}")
    for tool, answer in tools.items():
        (folder / tool).write_text(f"#!/bin/sh\n{answer}\n")
        (folder / tool).chmod(0o755)
    script = SCRIPT.replace("/proc/", f"{tmp_path}/proc/").replace("/run/", f"{tmp_path}/run/")
    script = script.replace("/.dockerenv", f"{tmp_path}/none").replace("PATH=$PATH:/usr/sbin:/sbin;", "")
    whole = ["/usr/bin/env", f"PATH={folder}", f"/usr/bin/{shell[0]}", *shell[1:], "-c", script]
    return subprocess.run(whole, capture_output=True, timeout=60, check=True).stdout


@pytest.mark.parametrize("shell", SHELLS, ids=" ".join)
def test_no_daemon_among_processes_that_are_all_seen_is_none(shell: tuple[str, ...], tmp_path: Path) -> None:
    found = judged(read(clock=asked(shell, tmp_path, SEEN, chronyc="echo 506; exit 1")))
    assert [one.summary for one in found] == ["clock is not synchronised: no time daemon runs"]


@pytest.mark.parametrize("shell", SHELLS, ids=" ".join)
def test_a_daemon_that_cannot_be_seen_is_unknown(shell: tuple[str, ...], tmp_path: Path) -> None:
    said = asked(shell, tmp_path, {"300": "sshd"}, chronyc="echo 506; exit 1", ntpq="echo refused >&2")
    (finding,) = judged(read(clock=said))
    assert finding.level is Level.UNKNOWN
    assert "this user may not see the host's processes (hidepid)" in finding.summary


@pytest.mark.parametrize("shell", SHELLS, ids=" ".join)
def test_a_daemon_that_cannot_be_seen_is_asked(shell: tuple[str, ...], tmp_path: Path) -> None:
    reading = read(clock=asked(shell, tmp_path, {"300": "sshd"}, chronyc=f"echo {CLOCK['chrony']}"))
    assert judged(reading) == []
    assert reading.clock is not None
    assert (reading.clock.daemon, reading.clock.synchronised) == ("chrony", True)


@pytest.mark.parametrize("pid1", ["", None, "cat: /proc/1/stat: No such file or directory"])
def test_the_uptime_of_a_container_is_not_the_machines(pid1: str | None) -> None:
    reading = read(framed(VM, container="docker", pid1=pid1))
    assert reading.uptime_seconds is None
    summaries = [one.summary for one in judged(reading) if one.level is Level.UNKNOWN]
    assert any(one.startswith("uptime unknown: ") for one in summaries)
