"""Choosing hosts by TARGET."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsconsole.console.inventory import Inventory, TargetError
from tests.unit.inventory.sources import load

TOML = """
[groups.web]
hosts = ["web1", "web2"]
[groups.db]
hosts = ["db1"]
[hosts.web1]
[hosts.web2]
jump = "db1"
[hosts.db1]
[hosts.db]
"""


@pytest.fixture
def inventory(tmp_path: Path) -> Inventory:
    return load(tmp_path, TOML)


@pytest.mark.parametrize(
    ("targets", "names"),
    [
        (["all"], ["localhost", "web1", "web2", "db1", "db"]),
        (["@all"], ["localhost", "web1", "web2", "db1", "db"]),
        (["@web"], ["web1", "web2"]),
        (["db1", "@web", "web1", "db1"], ["db1", "web1", "web2"]),
        (["localhost"], ["localhost"]),
        (["db"], ["db"]),
        ([], []),
    ],
)
def test_hosts_each_once_in_the_order_named(
    inventory: Inventory, targets: list[str], names: list[str]
) -> None:
    assert [entry.host.name for entry in inventory.select(targets)] == names


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("wbe1", "there is no host 'wbe1'; did you mean web1?"),
        ("web", "there is no host 'web'; the group is written @web"),
        ("@wbe", "there is no group '@wbe'; did you mean @web?"),
        ("zzz", "there is no host 'zzz'; there are: localhost, web1, web2, db1, db, @web, @db, all"),
        ("", "there is no host ''; there are: localhost, web1, web2, db1, db, @web, @db, all"),
    ],
)
def test_a_target_that_names_nothing(inventory: Inventory, target: str, message: str) -> None:
    with pytest.raises(TargetError) as caught:
        inventory.select([target])
    assert str(caught.value) == message


def test_narrowed_keeps_the_other_hosts_as_hops(inventory: Inventory) -> None:
    narrow = inventory.narrowed(["web2"])
    assert list(narrow.entries) == ["web2"]
    assert narrow.groups == {"web": ("web2",)}
    hop = narrow.hop("db1")
    assert hop is not None
    assert hop.address == "db1"
    assert narrow.hop("localhost") is None
    assert set(narrow.reachable()) == {"web1", "web2", "db1", "db"}
