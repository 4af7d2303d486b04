"""Which source wins, for every field, and where the value is said to come from."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsconsole.data.host import SudoPolicy
from tests.unit.inventory.sources import load, places

SSH = 'ssh_config = "ssh_config"'


def test_no_configuration_is_this_machine_only(own_home: Path) -> None:
    from opsconsole.console.inventory import load_inventory
    from opsconsole.console.settings import Settings

    (own_home / ".ssh").mkdir()
    (own_home / ".ssh" / "config").write_text("Host web1\n")
    settings = Settings.load()
    assert list(load_inventory(settings).entries) == ["localhost"]
    assert not settings.configured


def test_every_value_has_its_file_and_line(tmp_path: Path) -> None:
    inventory = load(
        tmp_path,
        f"""
        [console]
        {SSH}
        [hosts.web1]
        address = "10.0.0.1"
        environment = "production"
        """,
        ssh="""
        Host web1
            User deploy
            Port 2222
        Host *
            ConnectTimeout 5
        """,
    )
    host = inventory.host("web1")
    assert (host.address, host.user, host.port) == ("10.0.0.1", "deploy", 2222)
    assert (host.environment, host.connect_timeout_seconds) == ("production", 5.0)
    assert places(inventory, "web1") == {
        "name": "ops.toml:3",
        "address": "ops.toml:4",
        "environment": "ops.toml:5",
        "user": "ssh_config:2",
        "port": "ssh_config:3",
        "connect_timeout_seconds": "ssh_config:5",
    }
    assert str(inventory.entries["web1"].origins["sudo"]) == "default"


def test_order_of_hosts_is_localhost_then_toml_then_ssh_config_then_ansible(tmp_path: Path) -> None:
    inventory = load(
        tmp_path,
        f'[console]\n{SSH}\nansible_inventory = "hosts.ini"\n[hosts.t2]\n[hosts.t1]\n',
        ssh="Host s1 t1\nHost s2\n",
        ini="a1\ns2\n",
    )
    assert list(inventory.entries) == ["localhost", "t2", "t1", "s1", "s2", "a1"]


def test_duplicates_of_other_sources_merge_into_one_host(tmp_path: Path) -> None:
    inventory = load(
        tmp_path,
        f'[console]\n{SSH}\nansible_inventory = "hosts.ini"\n[hosts.web1]\nsudo = "ask"\n',
        ssh="Host web1\n HostName 10.0.0.1\n",
        ini="[web]\nweb1 ansible_user=deploy ansible_host=10.9.9.9\n",
    )
    host = inventory.host("web1")
    assert (host.sudo, host.address, host.user) == (SudoPolicy.ASK, "10.0.0.1", "deploy")
    assert host.groups == ("web",)
    assert places(inventory, "web1") == {
        "name": "ops.toml:4",
        "sudo": "ops.toml:5",
        "address": "ssh_config:2",
        "user": "hosts.ini:2",
    }


def test_a_host_beats_its_groups_and_groups_count_in_the_order_listed(tmp_path: Path) -> None:
    toml = """
        [console]
        ssh_config = false
        [groups.a]
        user = "of-a"
        port = 1001
        [groups.b]
        user = "of-b"
        port = 1002
        connect_timeout = "7s"
        [groups.listing]
        hosts = ["web1"]
        identity_agent = "none"
        user = "of-listing"
        [groups.all]
        user = "of-all"
        sudo = "never"
        [hosts.web1]
        groups = ["b", "a"]
        port = 22022
        [hosts.other]
        """
    inventory = load(tmp_path, toml)
    host = inventory.host("web1")
    assert host.groups == ("b", "a", "listing")
    assert (host.port, host.user, host.connect_timeout_seconds) == (22022, "of-b", 7.0)
    assert (host.identity_agent, host.sudo) == ("none", SudoPolicy.NEVER)
    assert inventory.host("other").user == "of-all"
    assert inventory.entries["web1"].origins["user"].note == "group b"
    assert inventory.groups == {"a": ("web1",), "b": ("web1",), "listing": ("web1",)}


def test_a_general_rule_of_ssh_config_loses_to_ansible_and_a_block_for_the_host_wins(tmp_path: Path) -> None:
    inventory = load(
        tmp_path,
        f'[console]\n{SSH}\nansible_inventory = "hosts.ini"\n',
        ssh="Host web1\n Port 2201\nHost *\n User everybody\n Port 22\n ConnectTimeout 3\n",
        ini="web1 ansible_user=deploy ansible_port=9999\nweb2 ansible_port=9998\n",
    )
    web1, web2 = inventory.host("web1"), inventory.host("web2")
    assert (web1.user, web1.port, web1.connect_timeout_seconds) == ("deploy", 2201, 3.0)
    assert (web2.user, web2.port) == ("everybody", 9998)


def test_ssh_config_is_asked_for_the_address_when_it_does_not_speak_of_the_name(tmp_path: Path) -> None:
    inventory = load(
        tmp_path,
        f'[console]\n{SSH}\nansible_inventory = "hosts.ini"\n[hosts.t1]\naddress = "10.0.0.9"\n',
        ssh="Host 10.0.*\n ProxyJump bastion\nHost named*\n User by-name\n",
        ini="a1 ansible_host=10.0.0.1\nnamed1 ansible_host=10.0.0.2\n",
    )
    assert inventory.host("a1").jump == ("bastion",)
    assert inventory.host("t1").jump == ("bastion",)
    assert (inventory.host("named1").user, inventory.host("named1").jump) == ("by-name", ())


def test_values_of_toml_take_part_in_match_and_tokens_like_options_of_ssh(tmp_path: Path) -> None:
    inventory = load(
        tmp_path,
        f'[console]\n{SSH}\n[hosts.web1]\naddress = "db.example.org"\nuser = "root"\n',
        ssh=f"""
        Match host db.example.org user root
            Port 2022
            IdentityFile {tmp_path}/%h_%r
        Host web1
            User somebody
            HostName elsewhere
        """,
    )
    host = inventory.host("web1")
    assert (host.address, host.user, host.port) == ("db.example.org", "root", 2022)
    assert host.identity_files == (f"{tmp_path}/db.example.org_root",)


@pytest.mark.parametrize(
    "level",
    [
        "[console]\nread_only = true",
        '[groups.g]\nhosts = ["web1"]\nread_only = true',
        "[groups.all]\nread_only = true",
        "[environments.production]\nread_only = true",
        '[groups.g]\nhosts = ["web1"]\nread_only = false\n[groups.h]\nhosts = ["web*"]\nread_only = true',
    ],
)
def test_read_only_is_sticky_from_every_level(level: str, tmp_path: Path) -> None:
    toml = f'{level}\n[hosts.web1]\nenvironment = "Production"\nread_only = false\n[hosts.free]\n'
    inventory = load(tmp_path, toml)
    assert inventory.host("web1").read_only
    assert inventory.entries["web1"].origins["read_only"].line is not None


def test_read_only_of_one_host_is_of_no_other(tmp_path: Path) -> None:
    inventory = load(tmp_path, "[hosts.web1]\nread_only = true\n[hosts.web2]\nread_only = false\n")
    assert inventory.host("web1").read_only
    assert not inventory.host("web2").read_only
    assert not inventory.host("localhost").read_only


def test_read_only_of_the_command_line_reaches_every_host(tmp_path: Path) -> None:
    from dataclasses import replace

    from opsconsole.console.inventory import load_inventory
    from opsconsole.console.settings import Settings

    (tmp_path / "ops.toml").write_text("[hosts.web1]\nread_only = false\n")
    settings = replace(Settings.load(tmp_path / "ops.toml"), read_only=True)
    entries = load_inventory(settings).entries
    assert all(entry.host.read_only for entry in entries.values())
    assert str(entries["web1"].origins["read_only"]) == "--read-only"


def test_hosts_that_are_ignored_are_not_listed_but_can_be_jumped_through(tmp_path: Path) -> None:
    inventory = load(
        tmp_path,
        f'[console]\n{SSH}\nignore = ["github.com", "jump*", "kept"]\n[hosts.kept]\n',
        ssh="Host github.com\n User git\nHost jump1\n User j\n Port 2200\nHost web1\n ProxyJump jump1\n",
    )
    assert list(inventory.entries) == ["localhost", "kept", "web1"]
    hop = inventory.hop("jump1")
    assert hop is not None
    assert (hop.user, hop.port) == ("j", 2200)


def test_key_paths_are_expanded_and_relative_to_the_configuration(tmp_path: Path, own_home: Path) -> None:
    inventory = load(
        tmp_path,
        """
        [hosts.web1]
        identity_file = "keys/a"
        certificate_file = "~/cert.pub"
        known_hosts = ["/etc/known", "mine"]
        identity_agent = "~/agent.sock"
        identities_only = true
        host_key_alias = "alias"
        """,
    )
    host = inventory.host("web1")
    assert host.identity_files == (f"{tmp_path}/keys/a",)
    assert host.certificate_files == (f"{own_home}/cert.pub",)
    assert host.known_hosts_files == ("/etc/known", f"{tmp_path}/mine")
    assert host.identity_agent == f"{own_home}/agent.sock"
    assert (host.identities_only, host.host_key_alias) == (True, "alias")


def test_settings_after_an_include_within_a_host_block_do_not_leak(tmp_path: Path) -> None:
    """asyncssh's reader leaks here."""
    inventory = load(
        tmp_path,
        f"[console]\n{SSH}\n",
        ssh=f"Host web1\n Include {tmp_path}/more\n User leaky\nHost web2\n Port 1\n",
        more="Port 2222\n",
    )
    assert inventory.host("web2").user is None
    assert (inventory.host("web1").user, inventory.host("web1").port) == ("leaky", 2222)
