"""The interactive session's argv logs in for real, through a chain of jump hosts as well."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from opsconsole.console.inventory import HostEntry, Inventory
from opsconsole.console.session import session_argv

pytestmark = pytest.mark.lab


@pytest.mark.parametrize("name", ["web1", "inner", "deep1"])
def test_the_session_reaches_the_host(lab, name: str) -> None:
    inventory = Inventory(entries={each: HostEntry(host) for each, host in lab.hosts.items()})
    argv = [*session_argv(lab.hosts[name], inventory), "cat", "/etc/hostname"]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=30, check=False, cwd=Path("/"))
    assert done.stdout.strip() == name, done.stderr
