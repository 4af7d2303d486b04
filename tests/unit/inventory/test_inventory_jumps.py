# ruff: noqa: E501 - configurations and messages stand here as they are, each on one line
"""Jump chains: expanded as OpenSSH goes them, and circles named."""

from __future__ import annotations

from pathlib import Path

from tests.unit.inventory.sources import load, problems

SSH = 'ssh_config = "ssh_config"'


def test_the_jump_of_a_jump_is_part_of_the_chain(tmp_path: Path) -> None:
    inventory = load(
        tmp_path,
        f'[console]\n{SSH}\n[hosts.deep]\njump = "inner"\n',
        ssh="Host inner\n ProxyJump middle\nHost middle\n ProxyJump outer\nHost outer\n Port 2200\n",
    )
    assert inventory.host("deep").jump == ("outer", "middle", "inner")
    assert inventory.host("middle").jump == ("outer",)


def test_only_the_first_hop_of_a_chain_keeps_its_own_jump(tmp_path: Path) -> None:
    """`ssh -J a,b` opens b through a whatever b's own ProxyJump says."""
    inventory = load(
        tmp_path,
        """
        [hosts.web1]
        jump = ["a", "b"]
        [hosts.a]
        jump = "front"
        [hosts.b]
        jump = "never"
        [hosts.front]
        [hosts.never]
        """,
    )
    assert inventory.host("web1").jump == ("front", "a", "b")


def test_a_comma_separated_text_is_a_chain_too(tmp_path: Path) -> None:
    assert load(tmp_path, '[hosts.web1]\njump = "a,b:2222"\n').host("web1").jump == ("a", "b:2222")
    assert load(tmp_path, '[hosts.web1]\njump = "none"\n').host("web1").jump == ()


def test_hops_that_are_no_hosts_have_what_ssh_config_says_of_them(tmp_path: Path) -> None:
    inventory = load(
        tmp_path,
        f'[console]\n{SSH}\n[hosts.web1]\njump = "gate.example.org"\n[hosts.web2]\njump = "me@bastion:2022"\n',
        ssh="Host bastion\n HostName 10.0.0.1\n User ops\n IdentityFile /k\nHost *.example.org\n User gate\n Port 2200\n ProxyJump bastion\n",
    )
    assert inventory.host("web1").jump == ("bastion", "gate.example.org")
    gate, mine = inventory.hop("gate.example.org"), inventory.hop("me@bastion:2022")
    assert gate is not None
    assert mine is not None
    assert (gate.address, gate.user, gate.port, gate.jump) == ("gate.example.org", "gate", 2200, ("bastion",))
    assert (mine.address, mine.user, mine.port, mine.identity_files) == ("10.0.0.1", "me", 2022, ("/k",))
    assert set(inventory.reachable()) == {"web1", "web2", "bastion", "gate.example.org", "me@bastion:2022"}


def test_a_circle_is_named_with_its_lines_and_told_once(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        """
        [hosts.a]
        jump = "b"
        [hosts.b]
        jump = ["c"]
        [hosts.c]
        jump = "a"
        [hosts.outside]
        jump = "a"
        """,
    )
    assert found == [
        "ops.toml:2: the jump hosts lead in a circle: a → b → c → a "
        "(their jumps: a at ops.toml:2, b at ops.toml:4, c at ops.toml:6)"
    ]


def test_a_circle_through_ssh_config_is_named(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        f'[console]\n{SSH}\n[hosts.a]\njump = "b"\n',
        ssh="Host b\n ProxyJump a\n",
    )
    assert found == [
        "ops.toml:4: the jump hosts lead in a circle: a → b → a (their jumps: a at ops.toml:4, b at ssh_config:2)"
    ]


def test_a_host_that_jumps_through_itself_is_a_circle(tmp_path: Path) -> None:
    assert problems(tmp_path, '[hosts.a]\njump = "a"\n') == [
        "ops.toml:2: the jump hosts lead in a circle: a → a (their jumps: a at ops.toml:2)"
    ]


def test_a_host_behind_a_chain_that_holds_itself_is_a_circle(tmp_path: Path) -> None:
    """`a` can be reached: its second hop is not asked for its own jump. `b` cannot."""
    found = problems(
        tmp_path,
        """
        [hosts.x]
        [hosts.a]
        jump = ["x", "b"]
        [hosts.b]
        jump = "a"
        """,
    )
    assert found == [
        "ops.toml:5: the jump hosts lead in a circle: b → a → b (their jumps: b at ops.toml:5, a at ops.toml:3)"
    ]


def test_a_hop_with_another_user_does_not_hide_a_circle(tmp_path: Path) -> None:
    found = problems(tmp_path, '[hosts.a]\njump = "root@b"\n[hosts.b]\njump = "a"\n')
    assert len(found) == 1
    assert "lead in a circle" in found[0]


def test_the_jump_of_a_group_does_not_lead_the_jump_host_through_itself(tmp_path: Path) -> None:
    inventory = load(
        tmp_path,
        '[groups.dc]\nhosts = ["bastion", "web1"]\njump = "bastion"\n[hosts.bastion]\n[hosts.web1]\n',
    )
    assert inventory.host("bastion").jump == ()
    assert inventory.host("web1").jump == ("bastion",)


def test_a_long_chain_is_no_circle(tmp_path: Path) -> None:
    assert len(load(tmp_path, chain(32)).host("h0").jump) == 32


def test_a_chain_without_end_is_an_error_told_once(tmp_path: Path) -> None:
    found = problems(tmp_path, chain(3000))
    assert len(found) == 1
    assert found[0].startswith("ops.toml:2: more than 32 jump hosts in a row: h0 → h1 → h2 → …")


def chain(length: int) -> str:
    hosts = (f'[hosts.h{number}]\njump = "h{number + 1}"\n' for number in range(length))
    return "".join(hosts) + f"[hosts.h{length}]\n"


def test_a_hop_that_is_none_is_an_error(tmp_path: Path) -> None:
    assert problems(tmp_path, '[hosts.a]\njump = "-oProxyCommand=x"\n') == [
        "ops.toml:2: a: '-oProxyCommand=x' is not a jump host such as bastion, ops@bastion or ops@bastion:2222"
    ]


def test_a_misspelt_hop_is_a_warning(tmp_path: Path) -> None:
    inventory = load(tmp_path, '[hosts.web1]\njump = "basion"\n[hosts.bastion]\n')
    assert [warning.split("/")[-1] for warning in inventory.warnings] == [
        "ops.toml:2: jump host basion is not in the inventory; did you mean bastion?"
    ]


def test_localhost_is_no_jump_host(tmp_path: Path) -> None:
    assert problems(tmp_path, '[hosts.web1]\njump = "localhost"\n') == [
        "ops.toml:2: web1: localhost is this machine itself: it is no jump host"
    ]
