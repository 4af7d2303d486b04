# ruff: noqa: E501 - configurations and messages stand here as they are, each on one line
"""What the inventory warns of, each message as it is; and this machine, which is always there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from opsconsole.data.host import SudoPolicy
from tests.unit.inventory.sources import load, problems
from tests.work import light

SSH = 'ssh_config = "ssh_config"'


def warnings(folder: Path, toml: str, **files: str) -> list[str]:
    return [warning.replace(f"{folder}/", "") for warning in load(folder, toml, **files).warnings]


def test_key_files_that_cannot_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("good", "secret", "agent-only.pub"):
        (tmp_path / name).touch()
    real = os.access
    monkeypatch.setattr(
        os, "access", lambda path, mode: not str(path).endswith("secret") and real(path, mode)
    )
    toml = '[hosts.a]\nidentity_files = ["good", "missing", "secret", ".", "agent-only"]\n[hosts.b]\nidentity_file = "missing"\n'
    assert warnings(tmp_path, toml) == [
        "ops.toml:2: key file missing does not exist",
        "ops.toml:2: key file secret cannot be read: permission denied",
        f"ops.toml:2: key file {tmp_path} is a folder",
    ]


def test_an_ssh_config_that_others_can_write(tmp_path: Path) -> None:
    from opsconsole.console.inventory import load_inventory
    from opsconsole.console.settings import Settings

    load(tmp_path, f"[console]\n{SSH}\n", ssh="Host a\n")
    (tmp_path / "ssh_config").chmod(0o622)
    found = load_inventory(Settings.load(tmp_path / "ops.toml")).warnings
    assert [warning.replace(f"{tmp_path}/", "") for warning in found] == [
        "ssh_config can be changed by everybody (mode 0622): chmod go-w ssh_config"
    ]


@pytest.mark.parametrize(
    ("ssh", "message"),
    [
        ("Host a\n ProxyCommand nc -x proxy %h %p\n", "ssh_config:2: ProxyCommand is not supported: use ProxyJump; until then it is connected to directly"),
        ("Host a\n PKCS11Provider /lib/p.so\n", "ssh_config:2: pkcs11provider is not supported: load the token's keys into the agent (ssh-add -s)"),
        ("Host a\n RevokedHostKeys /k/revoked /k/more\n", "ssh_config:2: revokedhostkeys is not supported: mark those keys @revoked in a known_hosts file"),
        ("Host a\n CanonicalizeHostname yes\n", "ssh_config:2: canonicalizehostname is not supported: names are used as given"),
        ("Host a\nMatch exec true\n User x\n", "ssh_config:2: Match exec is not run: the block is taken as not matching"),
        ("Host a\nMatch tagged x\n User x\n", "ssh_config:2: Match tagged is not known: the block is taken as not matching"),
        ("Host a\nMatch host\n", "ssh_config:2: Match host has no argument: the block is not used"),
        ("Host a\n Port many\n", "ssh_config:2: 'many' is not a port: the line is not used"),
        ("Host a\n User\n", "ssh_config:2: no argument after User: the line is not used"),
        ('Host a\n IdentityFile "x\n', "ssh_config:2: a quote is not closed: the line is not used"),
        ("Host a\n IdentitiesOnly maybe\n", "ssh_config:2: 'maybe' is neither yes nor no: the line is not used"),
        ("Host a\n ConnectTimeout soon\n", "ssh_config:2: 'soon' is not a time such as 10 or 1m: the line is not used"),
        ("Host a\n ProxyJump a:b:c@\n", "ssh_config:2: 'a:b:c@' is not a jump host such as bastion, ops@bastion or ops@bastion:2222: the line is not used"),
        ("Host a\n User x y\n", "ssh_config:2: more than one argument after user: the line is not used"),
        ("Host a\n IdentityFile /k/${NO_SUCH_THING}\n", "ssh_config:2: /k/${NO_SUCH_THING}: the environment has no NO_SUCH_THING"),
        ("Host a\n IdentityFile /k/%Z\n", "ssh_config:2: /k/%Z: %Z means nothing here"),
        ("Host a\n IdentityAgent $NO_SUCH_THING\n", "ssh_config:2: IdentityAgent: the environment has no NO_SUCH_THING"),
        ('Host a "b c"\n', "ssh_config:1: 'b c' is left out: it cannot be used as a host name"),
    ],
)  # fmt: skip
def test_what_is_odd_in_ssh_config_is_told_and_the_host_stays(ssh: str, message: str, tmp_path: Path) -> None:
    inventory = load(tmp_path, f"[console]\n{SSH}\n", ssh=ssh)
    assert [warning.replace(f"{tmp_path}/", "") for warning in inventory.warnings] == [message]
    assert list(inventory.entries) == ["localhost", "a"]


def test_match_exec_runs_nothing_and_does_not_match_even_negated(tmp_path: Path) -> None:
    ssh = f'Host a\nMatch exec "touch {tmp_path}/ran"\n User x\nMatch !exec "touch {tmp_path}/ran"\n User y\n'
    assert load(tmp_path, f"[console]\n{SSH}\n", ssh=ssh).host("a").user is None
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "command",
    [
        "ssh -W %h:%p ops@bastion:2200",
        "ssh -q -W [%h]:%p -l ops -p 2200 bastion",
        "exec ssh ops@bastion:2200 -W %h:%p",
    ],
)
def test_the_old_way_to_write_a_jump_host_is_understood(command: str, tmp_path: Path) -> None:
    inventory = load(tmp_path, f"[console]\n{SSH}\n", ssh=f"Host a\n ProxyCommand {command}\n")
    assert inventory.host("a").jump == ("ops@bastion:2200",)
    assert inventory.warnings == ()


def test_control_characters_of_files_do_not_reach_the_terminal(tmp_path: Path) -> None:
    inventory = load(tmp_path, f"[console]\n{SSH}\n", ssh="Host a\n IdentityFile /k/\x1b]0;t\x07%Z\n")
    assert [warning.replace(f"{tmp_path}/", "") for warning in inventory.warnings] == [
        "ssh_config:2: /k/%Z: %Z means nothing here"
    ]
    assert problems(tmp_path, '[hosts.a]\naddress = "x\\u001b[31my"\n') == [
        'ops.toml:2: a: address: found "xy", expected a host name or address'
    ]


def test_a_host_of_ssh_config_whose_address_is_none_is_left_out(tmp_path: Path) -> None:
    toml = f'[console]\n{SSH}\n[groups.g]\nhosts = ["a", "b"]\n'
    inventory = load(tmp_path, toml, ssh='Host a\n HostName "x y"\nHost b\n')
    assert list(inventory.entries) == ["localhost", "b"]
    assert [entry.host.name for entry in inventory.select(["@g"])] == ["b"]
    assert [warning.replace(f"{tmp_path}/", "") for warning in inventory.warnings] == [
        'ssh_config:2: a is left out: "x y" is no address'
    ]


def test_groups_of_two_environments(tmp_path: Path) -> None:
    toml = """
    [groups.x]
    environment = "staging"
    hosts = ["a", "b"]
    [groups.y]
    environment = "production"
    hosts = ["a", "b"]
    [hosts.a]
    [hosts.b]
    environment = "production"
    """
    assert warnings(tmp_path, toml) == [
        "a is in groups of two environments: staging (ops.toml:2) is taken, not production (ops.toml:5)"
    ]


def test_a_group_that_is_misspelt(tmp_path: Path) -> None:
    toml = '[groups.production]\nread_only = true\n[hosts.a]\ngroups = ["prodution"]\n'
    assert warnings(tmp_path, toml) == [
        "ops.toml:4: hosts.a.groups: the group prodution has no section and no other host; did you mean production?"
    ]


def test_a_pattern_that_matches_nothing(tmp_path: Path) -> None:
    assert warnings(tmp_path, '[groups.g]\nhosts = ["web*"]\n') == [
        "ops.toml:2: groups.g.hosts: no host matches web*"
    ]


def test_too_many_warnings_are_cut(tmp_path: Path) -> None:
    found = warnings(tmp_path, f"[console]\n{SSH}\n", ssh="Host a\n" + " Port x\n" * 150)
    assert len(found) == 101
    assert found[-1] == "… and 50 more warnings of the same files"


def test_localhost_can_be_configured(tmp_path: Path) -> None:
    inventory = load(
        tmp_path,
        f'[console]\n{SSH}\n[hosts.localhost]\naddress = "127.0.0.1"\nsudo = "never"\ngroups = ["mine"]\n'
        '[groups.mine]\nenvironment = "desk"\nuser = "x"\njump = "bastion"\n[groups.all.limits.demo]\nwarn_percent = 1\n',
        ssh="Host localhost\n HostName 10.0.0.1\n Port 2222\n",
    )
    entry = inventory.entries["localhost"]
    assert entry.host.is_local
    assert (entry.host.address, entry.host.port, entry.host.user, entry.host.jump) == (
        "localhost",
        22,
        None,
        (),
    )
    assert (entry.host.sudo, entry.host.environment, entry.host.groups) == (
        SudoPolicy.NEVER,
        "desk",
        ("mine",),
    )
    assert entry.limits["demo"].warn_percent == 1


def test_what_has_no_meaning_for_localhost(tmp_path: Path) -> None:
    assert warnings(tmp_path, "[hosts.localhost]\nport = 2222\n") == [
        "ops.toml:2: hosts.localhost.port has no effect: localhost needs no SSH"
    ]


@pytest.mark.parametrize("source", ["toml", "ssh", "yaml", "ini"])
def test_ten_thousand_hosts_load_in_a_moment(source: str, tmp_path: Path) -> None:
    hosts = [(f"web{number}", f"10.1.{number // 250}.{number % 250}") for number in range(10_000)]
    toml = "[console]\nssh_config = false\n"
    files = {}
    if source == "toml":
        toml += "".join(
            f'[hosts.{name}]\naddress = "{address}"\ngroups = ["web"]\n' for name, address in hosts
        )
    elif source == "ssh":
        toml = f"[console]\n{SSH}\n"
        files["ssh"] = (
            "".join(f"Host {name}\n HostName {address}\n" for name, address in hosts) + "Host *\n User u\n"
        )
    else:
        toml += f'ansible_inventory = "hosts.{"yml" if source == "yaml" else "ini"}"\n'
        files["yaml"] = "web:\n  hosts:\n" + "".join(
            f"    {name}:\n      ansible_host: {address}\n" for name, address in hosts
        )
        files["ini"] = "[web]\n" + "".join(f"{name} ansible_host={address}\n" for name, address in hosts)
    inventory = light(500, lambda: load(tmp_path, toml, **files))  # a quadratic step would be 10,000s of them
    assert len(inventory.entries) == 10_001
    assert inventory.host("web9999").address == "10.1.39.249"
