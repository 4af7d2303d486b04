"""A host behind three jump hosts, as the lab's ssh_config says it: every hop's key is checked, and named."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from opsconsole.console.inventory import load_inventory
from opsconsole.console.settings import Settings
from opsconsole.console.ssh.known_hosts import lookup_name
from opsconsole.console.ssh.status import ConnectionState
from opsconsole.data.host import Command, Host, NotConnectedError
from tests.lab.conftest import Lab
from tests.lab.consoles import CALM, opsconsole
from tests.lab.sshroom import Person, room

pytestmark = pytest.mark.lab

CHAIN = ("web1", "bastion-via-web1", "inner-via-web1", "deep1-via-web1")
TARGET = CHAIN[-1]


def config_of(lab: Lab, folder: Path, known: Path) -> Path:
    """Write a configuration that takes its hosts from the lab's ssh_config, but for the keys on record."""
    path = folder / "opsconsole.toml"
    sections = "".join(f'[hosts.{name}]\nknown_hosts = "{known}"\n' for name in CHAIN)
    path.write_text(f'[console]\nssh_config = "{lab.ssh_config}"\n{sections}{CALM}')
    path.chmod(0o600)
    return path


def hosts_of(config: Path) -> dict[str, Host]:
    """Return the hosts of the chain as the inventory resolves them."""
    inventory = load_inventory(Settings.load(config))
    return {name: inventory.reachable()[name] for name in CHAIN}


def keys_on_record(lab: Lab, folder: Path, hop: Host | None = None, key: str | None = None) -> Path:
    """Copy the lab's known_hosts; the line of a hop has another key, or is left out."""
    lines = []
    for line in lab.known_hosts.read_text().splitlines():
        names = line.split()[0]
        if hop is None or lookup_name(hop.address, hop.port, None) not in names.split(","):
            lines.append(line)
        elif key is not None:
            lines.append(f"{names} {key}")
    path = folder / "known_hosts"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def stranger(tmp_path: Path) -> str:
    """A key that no host has."""
    key = tmp_path / "stranger"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", key], check=True)
    return key.with_suffix(".pub").read_text().strip()


async def test_a_host_behind_three(lab: Lab, tmp_path: Path) -> None:
    hosts = hosts_of(config_of(lab, tmp_path, keys_on_record(lab, tmp_path)))
    async with room(hosts.values()) as connections:
        await connections.connect(TARGET)
        output = await connections.shell(TARGET).run(Command(("cat", "/etc/hostname")))
        assert output.stdout == b"deep1\n"
        assert connections.status(TARGET).via == CHAIN[:-1]
        assert {name: connections.status(name).state for name in CHAIN} == dict.fromkeys(
            CHAIN, ConnectionState.UP
        )
        assert len(connections._links) == len(CHAIN)


@pytest.mark.parametrize("hop", CHAIN)
async def test_a_wrong_key_of_any_hop_is_refused_and_the_hop_named(
    lab: Lab, tmp_path: Path, stranger: str, hop: str
) -> None:
    config = config_of(lab, tmp_path, tmp_path / "known_hosts")
    hosts = hosts_of(config)
    keys_on_record(lab, tmp_path, hosts[hop], stranger)
    person = Person(accept=True)
    async with room(hosts.values(), person) as connections:
        with pytest.raises(NotConnectedError, match="HOST KEY CHANGED"):
            await connections.connect(TARGET)
        status = connections.status(TARGET)
        assert status.state is ConnectionState.HOST_KEY_CHANGED
        assert status.offer is not None
        assert status.offer.hop == hop
        assert status.offer.address == lookup_name(hosts[hop].address, hosts[hop].port, None)
        assert status.offer.known_fingerprints[0] in status.reason
        if hop != TARGET:
            assert f"jump host {hop}: HOST KEY CHANGED" in status.reason
        assert person.offers == []
        # Those before it were reached, and nobody behind it.
        reached = [name for name in CHAIN if ConnectionState.UP in connections.states(name)]
        assert reached == list(CHAIN[: CHAIN.index(hop)])


@pytest.mark.parametrize("hop", CHAIN)
async def test_an_unknown_key_of_any_hop_is_offered_with_its_name(lab: Lab, tmp_path: Path, hop: str) -> None:
    hosts = hosts_of(config_of(lab, tmp_path, tmp_path / "known_hosts"))
    keys_on_record(lab, tmp_path, hosts[hop])
    person = Person()
    async with room(hosts.values(), person) as connections:
        with pytest.raises(NotConnectedError, match="is not known"):
            await connections.connect(TARGET)
        assert connections.status(TARGET).state is ConnectionState.HOST_KEY_UNKNOWN
        assert [offer.hop for offer in person.offers] == [hop]
        person.accept = True
        connections.retry(TARGET)
        await connections.connect(TARGET)
    assert [offer.hop for offer in person.offers] == [hop, hop]


def test_the_command_line_says_which_hop(lab: Lab, tmp_path: Path, stranger: str) -> None:
    known = keys_on_record(lab, tmp_path)
    config = config_of(lab, tmp_path, known)
    well = opsconsole("check", "--config", config, "--panel", "health", TARGET)
    assert well.returncode == 0, well.stdout + well.stderr
    bastion = hosts_of(config)["bastion-via-web1"]
    keys_on_record(lab, tmp_path, bastion, stranger)
    refused = opsconsole("check", "--config", config, "--panel", "health", TARGET)
    assert refused.returncode == 2  # critical: somebody may stand in between
    assert "jump host bastion-via-web1: HOST KEY CHANGED" in refused.stdout + refused.stderr
