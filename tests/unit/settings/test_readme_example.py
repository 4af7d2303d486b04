"""The configuration that the README shows is one that loads."""

from __future__ import annotations

import re
from pathlib import Path

from opsconsole.console.inventory import load_inventory
from opsconsole.console.settings import Settings

README = Path(__file__).parents[3] / "README.md"


def test_the_readmes_example_loads_without_a_problem(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", README.read_text(), re.DOTALL)
    without_files = re.sub(r"^ansible_inventories.*$", "", example, flags=re.MULTILINE)
    config = tmp_path / "opsconsole.toml"
    config.write_text(without_files + "[hosts.db1]\n[hosts.bastion]\n")
    config.chmod(0o600)
    inventory = load_inventory(Settings.load(config))
    assert inventory.warnings == ()
    assert inventory.host("web1").read_only
    assert inventory.host("db1").is_production
    assert inventory.entries["web1"].panel_settings["health"].http[0].via == "host"
    assert inventory.entries["web1"].limits["resources"].cpu_for_seconds == 900
