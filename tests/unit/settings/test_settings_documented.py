"""The configuration in docs/CONFIGURATION.md loads as it stands, and says every key that there is."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from opsconsole import panels
from opsconsole.console.inventory import load_inventory
from opsconsole.console.settings import Settings
from opsconsole.console.settings.reading import key_names
from opsconsole.console.settings.tables import AuditTable, ConsoleTable, GroupTable, HostTable
from tools import limits

DOCUMENT = Path(__file__).parents[3] / "docs" / "CONFIGURATION.md"


def example() -> str:
    found = re.search(r"```toml\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found.group(1)


def test_the_example_loads_and_means_what_it_says(tmp_path: Path) -> None:
    (tmp_path / "ops.toml").write_text(example())
    settings = Settings.load(tmp_path / "ops.toml")
    assert (settings.ledger_path, settings.signing_key) == (tmp_path / "ledger.sqlite", False)
    inventory = load_inventory(settings)
    web1 = inventory.entries["web1"]
    assert (web1.host.user, web1.host.jump, web1.host.read_only) == ("deploy", ("bastion",), True)
    assert (web1.limits["resources"].cpu_for_seconds, web1.limits["resources"].disk_percent) == (1800.0, 80.0)
    assert inventory.groups["web"] == ("web1", "app-1")
    assert inventory.host("app-1").jump == ("bastion",)
    assert inventory.host("bastion").jump == ()


def test_every_key_is_in_the_example() -> None:
    said = set(re.findall(r"^(\w+) =", example(), re.MULTILINE))
    for table in (ConsoleTable, AuditTable, HostTable, GroupTable):
        fields = {field.name for field in key_names(table).values()}
        missing = {
            name
            for name in fields
            if not said & {key for key, field in key_names(table).items() if field.name == name}
        }
        assert not missing


def test_the_page_of_limits_is_what_the_code_says() -> None:
    assert limits.DOCUMENT.read_text(encoding="utf-8") == limits.document(), "run: python -m tools.limits"


@pytest.mark.parametrize("name", panels.names())
def test_the_limits_as_documented_are_the_defaults(tmp_path: Path, name: str) -> None:
    table = limits.document().partition(f"`[limits.{name}]`")[2].split("\n\n")[1]
    rows = re.findall(r"^\| `(\w+)` \| `(.*?)`", table, re.MULTILINE)
    lines = [f"{key} = {value}" for key, value in rows]
    (tmp_path / "ops.toml").write_text("\n".join(["[hosts.a]", f"[limits.{name}]", *lines]))
    loaded = load_inventory(Settings.load(tmp_path / "ops.toml")).entries["a"].limits[name]
    default = panels.load(name).limits_type()
    assert len(rows) == len(dataclasses.fields(default))
    for field in dataclasses.fields(default):
        said, meant = getattr(loaded, field.name), getattr(default, field.name)
        assert said == (pytest.approx(meant, abs=0.005) if isinstance(meant, float) else meant), field.name
