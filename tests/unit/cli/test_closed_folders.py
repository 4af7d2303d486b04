"""A folder on the way to a file of ours may not be entered: that is said, and no verb ends in a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

NOBODY = 65534
# As root no folder is closed to us: so become nobody, once all that is loaded late is loaded.
CHILD = """
import concurrent.futures.thread, contextlib, importlib, io, os, pkgutil, sys
import opsconsole
from opsconsole.console.cli.main import run

for module in pkgutil.walk_packages(opsconsole.__path__, "opsconsole."):
    if module.name.startswith(("opsconsole.console.", "opsconsole.data.")) and ".tui" not in module.name:
        importlib.import_module(module.name)

def call():
    try:
        return run(sys.argv[3:])
    except SystemExit as end:
        return end.code

os.environ["HOME"] = sys.argv[1]
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    call()
os.environ["HOME"] = sys.argv[2]
if os.getuid() == 0:
    os.setresuid(65534, 65534, 65534)
sys.exit(call())
"""
CONFIG = "[hosts.web1]\naddress = '10.0.0.1'\n"
FOLDERS = (".config/opsconsole", ".ssh", ".local/state/opsconsole")


@pytest.fixture
def home() -> Iterator[Path]:
    """A home of nobody's, outside of what only root may enter."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        home = Path(name)
        home.chmod(0o755)
        for folder in FOLDERS:
            (home / folder).mkdir(parents=True, mode=0o700)
        for path in (home, *home.rglob("*")):
            if os.getuid() == 0:
                os.chown(path, NOBODY, NOBODY)
        yield home
        for folder in FOLDERS:
            for path in (*reversed((home / folder).parents), home / folder):
                if path.is_relative_to(home):
                    path.chmod(0o700)


Call = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def call(home: Path, own_home: Path) -> Call:
    """Call the command line as nobody, whose folder is closed."""

    def called(closed: str, *words: str) -> subprocess.CompletedProcess[str]:
        (home / closed).chmod(0)
        done = subprocess.run(
            [sys.executable, "-c", CHILD, str(own_home), str(home), *words],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert "Traceback" not in done.stderr
        assert "a mistake of opsconsole" not in done.stderr
        return done

    return called


@pytest.mark.parametrize("closed", [".config", ".config/opsconsole"])
def test_a_configuration_that_may_not_be_looked_at_is_not_taken_for_none(call: Call, closed: str) -> None:
    done = call(closed, "hosts")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "opsconsole: ~/.config/opsconsole/opsconsole.toml: cannot be read: Permission denied,"
        " expected a file that you may read, in folders that you may enter\n"
    )
    assert call(closed, "check").returncode == 3


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("[console]\nssh_config = '~/.ssh/other'\n", "~/.ssh/other: cannot be read: Permission denied"),
        ("[console]\nansible_inventory = '~/.ssh/hosts'\n", "~/.ssh/hosts: cannot be read: Permission"),
        ("[audit]\nsigning_key = '~/.ssh/id'\n", ""),
        ("", "~/.ssh/config: cannot be read: Permission denied"),
    ],
)
def test_what_a_configuration_names_in_a_closed_folder_is_told(
    call: Call, home: Path, toml: str, said: str
) -> None:
    config = home / "ops.toml"
    config.write_text(toml + CONFIG)
    config.chmod(0o644)
    done = call(".ssh", "hosts", "--config", str(config))
    assert said in done.stderr
    assert done.returncode == (2 if "ansible" in toml else 0)


def test_a_ledger_that_may_not_be_looked_at_is_not_taken_for_none(call: Call, home: Path) -> None:
    closed = ".local/state"
    ledger = home / ".local/state/opsconsole/ledger.sqlite"
    said = f"ledger {ledger} cannot be used: Permission denied"
    hosts = call(closed, "hosts")
    assert (hosts.returncode, f"warning: {said}" in hosts.stderr) == (0, True)
    for words, status in ((("audit",), 1), (("audit", "verify"), 1), (("runs",), 3), (("undo", "x"), 3)):
        done = call(closed, *words)
        assert (done.returncode, said in done.stdout + done.stderr) == (status, True), words


@pytest.mark.parametrize(
    ("closed", "subjects"), [(".ssh", ["known_hosts"]), (".local", ["history", "ledger"])]
)
def test_doctor_names_the_folder(call: Call, home: Path, closed: str, subjects: list[str]) -> None:
    done = call(closed, "doctor")
    assert done.returncode == 1
    bad = [line for line in done.stdout.splitlines() if "may not be entered" in line]
    assert [line.split()[1] for line in bad] == subjects
    assert all(f"{home / closed} may not be entered" in line for line in bad)
