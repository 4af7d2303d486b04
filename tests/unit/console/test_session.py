"""The argv of an interactive session, held against what OpenSSH itself makes of it (`ssh -G`)."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

from opsconsole.console.inventory import HostEntry, Inventory
from opsconsole.console.session import session_argv
from opsconsole.data.host import Host


def inventory(*hosts: Host) -> Inventory:
    return Inventory(entries={host.name: HostEntry(host) for host in hosts})


def resolved(argv: list[str], config: Path = Path("/dev/null")) -> dict[str, str]:
    """Return what ssh understands of an argv, without connecting."""
    done = subprocess.run(
        ["ssh", "-G", "-F", str(config), *argv[1:]], capture_output=True, text=True, check=True
    )
    return dict(line.split(" ", 1) for line in done.stdout.splitlines() if " " in line)


def test_all_that_the_inventory_says_reaches_ssh() -> None:
    host = Host(
        "web1",
        "10.0.0.7",
        port=2222,
        user="ops",
        identity_files=("/keys/my key",),
        identities_only=True,
        known_hosts_files=("/keys/known",),
        host_key_alias="web",
    )
    found = resolved(session_argv(host, inventory(host)))
    assert found["hostname"] == "10.0.0.7"
    assert found["port"] == "2222"
    assert found["user"] == "ops"
    assert found["identityfile"] == "/keys/my key"
    assert found["identitiesonly"] == "yes"
    assert found["userknownhostsfile"] == "/keys/known"
    assert found["hostkeyalias"] == "web"
    assert found["stricthostkeychecking"] == "true"


def test_each_hop_of_a_chain_keeps_its_own_key_and_port() -> None:
    bastion = Host("bastion", "192.0.2.1", port=2200, user="jump", identity_files=("/keys/bastion",))
    inner = Host("inner", "10.0.0.2", jump=("bastion",))
    deep = Host("deep", "10.0.0.3", jump=("bastion", "inner"))
    proxy = resolved(session_argv(deep, inventory(bastion, inner, deep)))["proxycommand"]
    assert "-W" in proxy
    assert "10.0.0.2" in proxy
    assert "IdentityFile=/keys/bastion" in proxy
    assert "192.0.2.1" in proxy


def test_a_hop_outside_the_inventory_is_taken_as_written() -> None:
    host = Host("web1", "10.0.0.7", jump=("ops@jump.example.org:2022",))
    proxy = resolved(session_argv(host, inventory(host)))["proxycommand"]
    assert "-l ops -p 2022 -- jump.example.org" in proxy


def test_ssh_s_own_rules_for_an_address_do_not_lead_the_session_another_way(tmp_path: Path) -> None:
    """The console goes the inventory's way, which knows of the rules and may have decided otherwise."""
    config = tmp_path / "config"
    config.write_text("Host *\n ProxyJump elsewhere.example\n")
    bastion = Host("bastion", "192.0.2.1")
    web1, web2 = Host("web1", "10.0.0.1"), Host("web2", "10.0.0.2", jump=("bastion",))
    outside = Host("web3", "10.0.0.3", jump=("ops@gate.example",))
    hosts = inventory(bastion, web1, web2, outside)
    for host in (bastion, web1):
        found = resolved(session_argv(host, hosts), config)
        assert found.get("proxyjump", "none") == "none"
    for host in (web2, outside):
        proxy = resolved(session_argv(host, hosts), config)["proxycommand"]
        found = resolved(shlex.split(proxy.replace("[%h]:%p", "h:22")), config)
        assert found["hostname"] in {"192.0.2.1", "gate.example"}
        assert found.get("proxyjump", "none") == "none"


def test_an_address_cannot_pass_for_an_option() -> None:
    host = Host("evil", "-oProxyCommand=touch /tmp/owned")
    assert session_argv(host, inventory(host))[-2:] == ["--", "-oProxyCommand=touch /tmp/owned"]


def test_this_machine_gets_a_login_shell() -> None:
    host = Host("localhost", "localhost")
    argv = session_argv(host, inventory(host))
    assert argv[0] != "ssh"
    assert argv[1:] == ["-l"]
