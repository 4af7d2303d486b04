"""The console's command on hosts of the lab: its configuration, and one call of it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.lab.conftest import Lab
from tests.lab.terminal import Terminal

OPSCONSOLE = str(Path(sys.executable).with_name("opsconsole"))
"""The command as `pip` installed it."""

CALM = """
[limits.resources]
cpu_percent = 100
load_15_per_core = 1000
io_pressure_percent = 100
memory_pressure_percent = 100
memory_pressure_critical_percent = 100
steal_percent = 100
network_floor_bytes_per_second = 1e12
"""
"""Limits that the machine under the lab does not break: how busy tests keep it is not what they are about."""

FLEET = ("web1", "web2", "db1", "bastion", "inner", "deep1", "busy1", "trixie1", "nosystemd1", "ro1")


def configure(
    lab: Lab,
    path: Path,
    names: Iterable[str] = FLEET,
    *,
    console: Mapping[str, object] | None = None,
    known_hosts: Path | None = None,
    hosts: Mapping[str, Mapping[str, object]] | None = None,
    more: str = "",
) -> Path:
    """Write an `opsconsole.toml` for hosts of the lab.

    Args:
        lab: The lab.
        path: Where to write it.
        names: The hosts; jump hosts among them must be named too.
        console: Keys of `[console]`.
        known_hosts: Instead of the lab's own, which knows every key.
        hosts: Keys of a host's own section, over what the lab says.
        more: TOML to append.
    """
    everywhere = {
        "user": "ops",
        "identity_file": str(lab.key),
        "identities_only": True,
        "known_hosts": str(known_hosts or lab.known_hosts),
    }
    tables: dict[str, Mapping[str, object]] = {
        "console": {"ssh_config": False, **(console or {})},
        "groups.all": everywhere,
    }
    for name in names:
        host = lab.hosts[name]
        place = {"address": host.address, "port": host.port}
        jump = {"jump": list(host.jump)} if host.jump else {}
        tables[f"hosts.{name}"] = {**place, **jump, **(hosts or {}).get(name, {})}
    # JSON's strings, numbers, booleans and lists are TOML's, too.
    text = "\n".join(
        f"[{title}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in table.items())
        for title, table in tables.items()
    )
    path.write_text(f"{text}\n{more}")
    path.chmod(0o600)
    return path


def opsconsole(*argv: str | Path, timeout: float = 150) -> subprocess.CompletedProcess[str]:
    """Run the command to its end, without a terminal."""
    return subprocess.run(
        [OPSCONSOLE, *argv],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "LANG": "C.UTF-8"},
    )


def checked(config: Path, *argv: str) -> tuple[int, dict[str, Any]]:
    """Run `opsconsole check --json`; return its exit status and the hosts of its document by name."""
    done = opsconsole("check", "--config", config, "--json", *argv)
    assert done.stdout, done.stderr
    return done.returncode, {host["host"]: host for host in json.loads(done.stdout)["hosts"]}


def console(config: Path | None, folder: Path, *argv: str, **terminal: Any) -> Terminal:
    """Open the console in a terminal; `terminal` are arguments of `Terminal`. A host is seen by its row."""
    options = ["--config", str(config)] if config is not None else []
    return Terminal([OPSCONSOLE, *options, *argv], folder, **terminal)


def row(name: str) -> str:
    """Return a pattern of a host's row in the Fleet, up to its name."""
    return rf"^[ ◆]+[●▲○✓] {name} "


def live(name: str) -> str:
    """Return a pattern of the row of a host with figures: CPU and memory of now."""
    return row(name) + r".*\d+%.*\d+%"


def names(terminal: Terminal) -> list[str]:
    """Return the hosts of the Fleet's rows in their order."""
    return re.findall(r"^[ ◆]+[●▲○✓] (\S+) ", terminal.text(), re.MULTILINE)


def chosen(terminal: Terminal, name: str) -> None:
    """Put the Fleet's cursor on a host: a filter leaves it alone, and the cursor stays with it."""
    terminal.keys("/")
    terminal.type(f"^{name} ")
    terminal.keys("Enter")
    terminal.wait_until(lambda: names(terminal) == [name], f"{name} alone")
    terminal.keys("j")  # a cursor that was moved stays with its host
    terminal.keys("Escape")
    terminal.wait_until(lambda: names(terminal) != [name], "all hosts again")
