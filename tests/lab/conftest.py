"""The lab of real hosts, for the tests that need it."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from opsconsole.data.host import Host

HERE = Path(__file__).parent
STATE = HERE / ".state"


@dataclass(frozen=True)
class Lab:
    """Where the lab's files are, and its hosts as the inventory would resolve them."""

    state: Path
    ssh_config: Path
    known_hosts: Path
    key: Path
    hosts: dict[str, Host]

    def host(self, name: str, **changes: Any) -> Host:
        """Return a host of the lab, with some of its fields changed."""
        return replace(self.hosts[name], **changes)

    def ssh(self, name: str, script: str, timeout: float = 30) -> str:
        """Run a script on a host with the system's own ssh: the independent witness."""
        argv = ["ssh", "-F", str(self.ssh_config), name, script]
        return subprocess.run(argv, capture_output=True, text=True, timeout=timeout, check=True).stdout


@pytest.fixture(scope="session")
def lab() -> Lab:
    """The lab; where it is required and not there that is a failure, else a reason to skip."""
    if not (STATE / "inventory.json").exists():
        if os.environ.get("OPSCONSOLE_LAB") == "required":
            pytest.fail("the lab is required and not there: make lab")
        pytest.skip("the lab of real hosts is not there: make lab")
    known = STATE / "known_hosts"
    hosts = {
        entry["name"]: Host(
            name=entry["name"],
            address=entry["address"],
            port=entry["port"],
            user=entry["user"],
            jump=(entry["jump"],) if entry["jump"] else (),
            identity_files=(str(STATE / "id_ed25519"),),
            identities_only=True,
            known_hosts_files=(str(known),),
        )
        for entry in json.loads((STATE / "inventory.json").read_text())["hosts"]
    }
    chain = ("bastion", "inner")
    if "deep1" in hosts:
        hosts["deep1"] = replace(hosts["deep1"], jump=chain)
    return Lab(STATE, STATE / "ssh_config", known, STATE / "id_ed25519", hosts)
