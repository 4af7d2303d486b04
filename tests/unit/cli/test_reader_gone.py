"""Whoever read the output has gone, or nobody ever did: every verb ends with its own status, quietly."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from opsconsole.data.ledger import Entry, Ledger

# Nothing listens there: its level is unknown, and `check` says 3.
CONFIG = """
[console]
ssh_config = false
history = false
[audit]
ledger = "ledger.db"
[hosts.away]
address = "127.0.0.1"
port = 1
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "opsconsole.toml"
    file.write_text(CONFIG)
    file.chmod(0o600)
    return file


@pytest.fixture
def broken(config: Path) -> Path:
    """A ledger that is not what was written."""
    path = config.with_name("ledger.db")
    with_one = Ledger.open(path)
    with_one.append(Entry(kind="start", run_id="r1", host="away"))
    with_one.close()
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("DROP TRIGGER events_no_update")
    connection.execute("UPDATE events SET step = 'x'")
    connection.close()
    return config


def unread(config: Path, *words: str, stderr: bool = False) -> tuple[int, str]:
    """Call with an stdout (and an stderr) that nobody reads; return the status and what else was said."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "opsconsole", *words],
            stdout=writer,
            stderr=writer if stderr else subprocess.PIPE,
            text=True,
            env={**os.environ, "OPSCONSOLE_CONFIG": str(config)},
            timeout=60,
            check=False,
        )
    finally:
        os.close(writer)
    return done.returncode, done.stderr or ""


@pytest.mark.parametrize("stderr", [False, True])
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_check_has_the_level_for_its_status(config: Path, form: tuple[str, ...], stderr: bool) -> None:
    assert unread(config, "check", "away", *form, stderr=stderr) == (3, "")


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_broken_trail_is_broken_when_nobody_reads_so(broken: Path, form: tuple[str, ...]) -> None:
    assert unread(broken, "audit", "verify", "--offline", *form)[0] == 1


@pytest.mark.parametrize("words", [("--help",), ("--version",), ("hosts",), ("completion", "bash")])
def test_what_only_tells_has_told(config: Path, words: tuple[str, ...]) -> None:
    assert unread(config, *words) == (0, "")


def test_an_export_ends_with_its_reader(broken: Path) -> None:
    assert unread(broken, "audit", "export")[0] == 0


def shell(config: Path, line: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", f"{sys.executable} -m opsconsole {line}"],
        capture_output=True,
        text=True,
        env={**os.environ, "OPSCONSOLE_CONFIG": str(config)},
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("redirection", [">&-", "2>&-", ">&- 2>&-"])
def test_streams_that_are_not_even_open(config: Path, redirection: str) -> None:
    done = shell(config, f"check away --panel nope {redirection}")
    assert done.returncode == 3
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("words", "status"), [("hosts", 2), ("audit export", 2), ("audit verify", 1)])
def test_results_that_are_lost_on_a_full_disk_are_told_and_are_not_0(
    broken: Path, words: str, status: int
) -> None:
    done = shell(broken, f"{words} > /dev/full")
    assert done.returncode == status
    assert "the results could not be written to stdout: No space left on device" in done.stderr


def test_a_locale_without_our_signs_is_told_all_the_same(config: Path) -> None:
    done = shell(config, "check away")
    assert done.returncode == 3
    environment = {**os.environ, "OPSCONSOLE_CONFIG": str(config), "PYTHONIOENCODING": "ascii"}
    plain = subprocess.run(
        [sys.executable, "-m", "opsconsole", "check", "away"],
        capture_output=True,
        env=environment,
        timeout=60,
        check=False,
    )
    assert plain.returncode == 3
    assert b"\\u" in plain.stdout
