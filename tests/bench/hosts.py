"""The farm's hosts as an engineer would configure them, read by the product's own road."""

from __future__ import annotations

from pathlib import Path

from opsconsole.console.inventory import Inventory, load_inventory
from opsconsole.console.settings import Settings
from tests.bench.farm import Farm

CONFIGURATION = """\
[console]
ssh_config = false
history_path = "{history}"
slow_interval_seconds = {slow_seconds:g}

[groups.all]
user = "{farm.user}"
identity_file = "{farm.key}"
identities_only = true
identity_agent = "none"
known_hosts = "{farm.known_hosts}"
connect_timeout_seconds = 60

# All hosts are one machine, which runs a thousand of them: its load is no trouble of each.
[limits.resources]
cpu_percent = 100
load_15_per_core = 100000
"""


def configured(farm: Farm, count: int, name: str, slow_seconds: float = 30.0) -> tuple[Settings, Inventory]:
    """Return settings and inventory of the first `count` hosts, and this machine.

    `name` keeps the files of one measured process apart from those of others.
    """
    path = Path(farm.folder) / f"{name}-{count}.toml"
    text = CONFIGURATION.format(farm=farm, history=path.with_suffix(".db"), slow_seconds=slow_seconds)
    path.write_text(text + "".join(_host(farm, index) for index in range(count)))
    path.chmod(0o600)
    settings = Settings.load(path)
    return settings, load_inventory(settings)


def _host(farm: Farm, index: int) -> str:
    return f'\n[hosts.bench{index:04d}]\naddress = "{farm.hosts[index]}"\nport = {farm.port_of(index)}\n'
