"""Every state that a connection can be in, on real hosts, told apart and explained."""

from __future__ import annotations

import asyncio
import os
import stat
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from opsconsole.console.ssh.status import ConnectionState
from opsconsole.data.host import Command, NotConnectedError
from tests.lab import faults
from tests.lab.altered import altered
from tests.lab.sshroom import Person, room

pytestmark = pytest.mark.lab


async def test_up_names_the_server_and_a_second_connect_shares_it(lab) -> None:
    async with room([lab.host("web1")]) as connections:
        await connections.connect("web1")
        first = connections._by_name["web1"].connection()
        await connections.connect("web1")
        assert connections._by_name["web1"].connection() is first
        status = connections.status("web1")
        assert status.state is ConnectionState.UP
        assert "OpenSSH" in status.peer
        assert status.reason == ""


@pytest.mark.parametrize(
    ("name", "ciphers"),
    # dropbear, as Debian builds it, has no AES-GCM.
    [("web1", {"aes256-gcm@openssh.com"}), ("busy1", {"chacha20-poly1305@openssh.com", "aes256-ctr"})],
)
async def test_the_quickest_cipher_that_the_host_has(lab, name: str, ciphers: set[str]) -> None:
    async with room([lab.host(name)]) as connections:
        await connections.connect(name)
        connection = connections._by_name[name].connection()
        assert connection.get_extra_info("send_cipher") in ciphers
        assert connection.get_extra_info("recv_cipher") in ciphers


async def test_a_chain_of_three_shares_its_bastion(lab) -> None:
    hosts = [lab.host(name) for name in ("bastion", "inner", "deep1")]
    async with room(hosts) as connections:
        await connections.connect("deep1")
        output = await connections.shell("deep1").run(Command(("cat", "/etc/hostname")))
        assert output.stdout.strip() == b"deep1"
        assert connections.status("deep1").via == ("bastion", "inner")
        # The hops were connected on the way, once, and speak for the inventory's hosts of that name.
        assert connections.status("bastion").state is ConnectionState.UP
        assert connections.status("inner").state is ConnectionState.UP
        assert len(connections._links) == 3
        assert connections.states("bastion").count(ConnectionState.CONNECTING) == 1


async def test_one_handshake_at_a_time_does_not_stop_those_behind_a_jump(lab) -> None:
    names = ("deep1", "inner", "web1", "bastion")
    async with room([lab.host(name) for name in names], max_handshakes=1) as connections, asyncio.timeout(20):
        await asyncio.gather(*(connections.connect(name) for name in names))


async def test_a_hop_outside_the_inventory(lab) -> None:
    bastion = lab.host("bastion")
    jump = f"{bastion.user}@{bastion.address}:{bastion.port}"
    async with room([lab.host("inner", jump=(jump,))]) as connections:
        await connections.connect("inner")
        assert connections.status("inner").via == (jump,)


async def test_refused(lab) -> None:
    with faults.sshd_stopped("nosystemd1"):
        async with room([lab.host("nosystemd1")]) as connections:
            with pytest.raises(NotConnectedError, match="connection refused"):
                await connections.connect("nosystemd1")
            assert connections.status("nosystemd1").state is ConnectionState.REFUSED


async def test_name_not_found(lab) -> None:
    async with room([lab.host("web1", address="no-such-host.invalid")]) as connections:
        with pytest.raises(NotConnectedError, match=r"no-such-host\.invalid"):
            await connections.connect("web1")
        assert connections.status("web1").state is ConnectionState.NAME_NOT_FOUND


# What a router answers when the host is gone, or a firewall that says so.
UNREACHABLE = "iptables -w -{} INPUT -p tcp --dport 22 -j REJECT --reject-with icmp-host-unreachable"


async def test_no_route(lab) -> None:
    with altered("nosystemd1", "unreachable", UNREACHABLE.format("I"), UNREACHABLE.format("D")):
        async with room([lab.host("nosystemd1")]) as connections:
            with pytest.raises(NotConnectedError, match="no route to host"):
                await connections.connect("nosystemd1")
            assert connections.status("nosystemd1").state is ConnectionState.NO_ROUTE
    async with room([lab.host("nosystemd1")]) as connections:
        await connections.connect("nosystemd1")


async def test_no_route_behind_a_jump(lab) -> None:
    async with room([lab.host("bastion"), lab.host("inner")]) as connections:
        with altered("inner", "unreachable", UNREACHABLE.format("I"), UNREACHABLE.format("D")):
            with pytest.raises(NotConnectedError, match=r"through bastion.*[Nn]o route to host"):
                await connections.connect("inner")
            assert connections.status("inner").state is ConnectionState.NO_ROUTE
        await connections.connect("inner")


async def test_timed_out(lab) -> None:
    with faults.frozen("nosystemd1"):
        async with room([lab.host("nosystemd1", connect_timeout_seconds=1.0)]) as connections:
            with pytest.raises(NotConnectedError, match="within 1 s"):
                await connections.connect("nosystemd1")
            assert connections.status("nosystemd1").state is ConnectionState.TIMED_OUT


async def test_behind_a_jump_the_target_s_own_trouble_is_told(lab) -> None:
    hosts = [
        lab.host("bastion"),
        replace(lab.host("inner"), name="closed", port=3),
        replace(lab.host("inner"), name="nameless", address="no-such-host.invalid"),
    ]
    async with room(hosts) as connections:
        for name, state in (
            ("closed", ConnectionState.REFUSED),
            ("nameless", ConnectionState.NAME_NOT_FOUND),
        ):
            with pytest.raises(NotConnectedError, match="through bastion"):
                await connections.connect(name)
            assert connections.status(name).state is state


async def test_a_wrong_key_says_what_was_tried_and_what_is_allowed(lab, tmp_path: Path) -> None:
    key = tmp_path / "stranger"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    missing = str(tmp_path / "gone")
    host = lab.host("web1", identity_files=(str(key), missing))
    async with room([host]) as connections:
        with pytest.raises(NotConnectedError):
            await connections.connect("web1")
        status = connections.status("web1")
        assert status.state is ConnectionState.AUTHENTICATION_FAILED
        assert "tried publickey" in status.reason
        assert "allows publickey" in status.reason
        assert f"cannot read key {missing}" in status.reason
        assert status.next_try_at is None


async def test_what_needs_a_person_is_not_tried_again_by_itself(lab, eventually) -> None:
    person = Person()
    async with room([lab.host("web1", user="stranger")], person) as connections:
        connections.keep("web1")
        await eventually(
            lambda: (
                connections.status("web1").state is ConnectionState.AUTHENTICATION_FAILED
                and connections._by_name["web1"]._resting
            )
        )
        assert connections.states("web1").count(ConnectionState.CONNECTING) == 1
        connections.retry("web1")
        await eventually(lambda: connections.states("web1").count(ConnectionState.CONNECTING) == 2)


async def test_an_unknown_key_is_offered_and_once_accepted_known(lab, tmp_path: Path) -> None:
    known = tmp_path / "folder" / "known hosts"
    person = Person(accept=True)
    host = lab.host("web1", known_hosts_files=(str(known),))
    async with room([host], person) as connections:
        await connections.connect("web1")
    (offer,) = person.offers
    assert offer.hop == "web1"
    assert offer.address == f"[{host.address}]:{host.port}"
    scanned = subprocess.run(
        ["ssh-keygen", "-l", "-F", offer.address, "-f", lab.known_hosts],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert offer.fingerprint in scanned
    assert stat.S_IMODE(os.stat(known).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(known.parent).st_mode) == 0o700
    async with room([host]) as connections:
        await connections.connect("web1")  # nobody is asked now


async def test_a_declined_key_tells_the_exact_command(lab, tmp_path: Path) -> None:
    known = tmp_path / "it's known"
    host = lab.host("inner", known_hosts_files=(str(known),))
    async with room([lab.host("bastion"), host]) as connections:
        with pytest.raises(NotConnectedError):
            await connections.connect("inner")
        status = connections.status("inner")
        assert status.state is ConnectionState.HOST_KEY_UNKNOWN
        assert status.offer is not None
        subprocess.run(["sh", "-c", status.offer.command], check=True)
        connections.retry("inner")
        await connections.connect("inner")


async def test_one_question_for_many_hosts_behind_an_unknown_bastion(lab, tmp_path: Path, eventually) -> None:
    known = tmp_path / "known"
    person = Person()
    behind = [
        replace(lab.host("inner"), name=f"inner{number}", known_hosts_files=(str(known),))
        for number in range(8)
    ]
    async with room([lab.host("bastion", known_hosts_files=(str(known),)), *behind], person) as connections:
        for host in behind:
            connections.keep(host.name)
        await eventually(
            lambda: all(
                connections.status(host.name).state is ConnectionState.HOST_KEY_UNKNOWN for host in behind
            )
        )
        assert [offer.hop for offer in person.offers] == ["bastion"]
        offer = connections.status("inner0").offer
        assert offer is not None
        assert offer.hop == "bastion"
        person.accept = True
        await connections.accept(offer)
        await eventually(
            lambda: all(connections.status(host.name).state is ConnectionState.UP for host in behind)
        )
        # One more question: they are the same machine under one name, whose key was unknown as well.
        assert [offer.address for offer in person.offers[1:]] == ["inner"]


async def test_a_changed_key_is_refused_with_both_fingerprints_and_never_asked(lab) -> None:
    person = Person(accept=True)
    with faults.host_key_changed("nosystemd1"):
        async with room([lab.host("nosystemd1")], person) as connections:
            with pytest.raises(NotConnectedError):
                await connections.connect("nosystemd1")
            status = connections.status("nosystemd1")
            assert status.state is ConnectionState.HOST_KEY_CHANGED
            assert status.offer is not None
            assert status.offer.fingerprint in status.reason
            assert len(status.offer.known_fingerprints) == 1
            assert status.offer.known_fingerprints[0] in status.reason
            assert person.offers == []
            with pytest.raises(ValueError, match="changed"):
                await connections.accept(status.offer)
    async with room([lab.host("nosystemd1")]) as connections:
        await connections.connect("nosystemd1")


async def test_the_key_policy_holds_for_jump_hosts(lab, tmp_path: Path) -> None:
    """asyncssh #698: the jump hop of its own ProxyJump would not see our known hosts."""
    hosts = [lab.host("bastion", known_hosts_files=(str(tmp_path / "none"),)), lab.host("inner")]
    async with room(hosts) as connections:
        with pytest.raises(NotConnectedError, match="jump host bastion"):
            await connections.connect("inner")
        assert connections.status("inner").state is ConnectionState.HOST_KEY_UNKNOWN
