"""One look at one service: what it serves, in which versions, with which stapled answer."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from opsconsole.data.tls import connect, endpoint, handshake
from opsconsole.data.tls.endpoint import look
from opsconsole.data.tls.read import read_der
from opsconsole.data.tls.served import VERSIONS, Served
from opsconsole.data.tls.trust import Roots
from tests.unit.tls_endpoint.pki import issue, pki
from tests.unit.tls_endpoint.servers import Port, Talk, TlsServer, serving


async def seen(port: Port, server_name: str = "shop.test", **named: Any) -> Served:
    asked = Served("127.0.0.1", port.number, server_name)
    return await look(
        partial(connect.directly, "127.0.0.1", port.number), asked, **{"timeout_seconds": 30.0, **named}
    )


async def test_the_chain_is_kept_as_it_was_served_and_the_name_is_asked_for() -> None:
    foreign = issue("somebody else", ca=True)
    server = TlsServer(above=(foreign, pki().root, pki().intermediate))
    async with serving(server.talk) as port:
        one = await seen(port)
    assert [each.fingerprint_sha256 for each in one.chain] == [
        each.fingerprint for each in (pki().leaf, foreign, pki().root, pki().intermediate)
    ]
    assert one.leaf is not None
    assert one.leaf.names == ("shop.test", "www.shop.test")
    assert (one.error, one.error_kind, one.remark) == ("", "", "")
    assert (one.address, one.port, one.seen_from) == ("127.0.0.1", port.number, "console")
    assert one.negotiated == "TLSv1.3"
    assert one.cipher.startswith("TLS_")
    assert one.took_ms is not None
    assert 0 < one.took_ms < 30_000
    assert set(server.names) == {"shop.test"}
    assert server.broken == 0


async def test_without_a_name_none_is_asked_for() -> None:
    server = TlsServer()
    async with serving(server.talk) as port:
        one = await seen(port, "", versions=False)
    assert one.chain
    assert server.names == [None]
    assert one.protocols == {"TLSv1.3": True}
    assert port.connections == 1


@pytest.mark.parametrize("days", [(-30, -1), (1, 30)])
async def test_a_certificate_that_every_client_refuses_is_what_is_looked_for(days: tuple[int, int]) -> None:
    alone = issue("alone", names=["alone.test"], days=days)
    async with serving(TlsServer(alone, ()).talk) as port:
        one = await seen(port, "other.test", versions=False)
    assert [each.fingerprint_sha256 for each in one.chain] == [alone.fingerprint]
    assert one.error == ""


@pytest.mark.parametrize("first", range(4))
@pytest.mark.parametrize("last", range(4))
async def test_each_version_is_tried_by_itself(first: int, last: int) -> None:
    if first > last:
        return
    server = TlsServer(versions=(VERSIONS[first], VERSIONS[last]))
    async with serving(server.talk) as port:
        one = await seen(port)
    assert one.protocols == {name: first <= place <= last for place, name in enumerate(VERSIONS)}
    assert one.negotiated == VERSIONS[last]
    assert port.connections == 4


async def test_a_version_that_this_machine_does_not_speak_is_not_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(endpoint, "speaks", lambda version: version != "TLSv1")
    async with serving(TlsServer().talk) as port:
        one = await seen(port)
    assert one.protocols == {"TLSv1": None, "TLSv1.1": True, "TLSv1.2": True, "TLSv1.3": True}


def test_what_this_machine_speaks_is_tried_and_not_assumed() -> None:
    assert handshake.speaks("TLSv1.2")
    assert handshake.speaks("TLSv1.3")


def taking_only(version: str, otherwise: Talk, server: TlsServer) -> Talk:
    """Return a server that does something else with a ClientHello that does not offer a version."""
    mark = {"TLSv1.3": b"\x03\x04"}[version]

    async def talk(reader: Any, writer: Any) -> None:
        hello = await reader.read(16384)
        # supported_versions (43): only a client that offers TLS 1.3 sends it.
        if b"\x00\x2b" in hello and mark in hello:
            reader._buffer[:0] = hello  # given back
            await server.talk(reader, writer)
        else:
            await otherwise(reader, writer)

    return talk


async def hang_up(_reader: Any, writer: Any) -> None:
    writer.close()


async def say_nothing(reader: Any, _writer: Any) -> None:
    while await reader.read(4096):
        pass


async def test_who_hangs_up_twice_on_a_version_does_not_take_it() -> None:
    server = TlsServer(versions=("TLSv1.3", "TLSv1.3"))
    async with serving(taking_only("TLSv1.3", hang_up, server)) as port:
        one = await seen(port)
    assert one.protocols == {"TLSv1": False, "TLSv1.1": False, "TLSv1.2": False, "TLSv1.3": True}
    assert port.connections == 1 + 3 * 2


def alerting(number: int) -> Talk:
    async def talk(reader: Any, writer: Any) -> None:
        writer.write(bytes((21, 3, 3, 0, 2, 2, number)))
        await writer.drain()

    return talk


@pytest.mark.parametrize(
    ("alert", "takes", "tries"),
    [(70, False, 1), (40, False, 1), (80, False, 2), (112, None, 1)],
    ids=["protocol version", "handshake failure", "internal error", "unrecognized name"],
)
async def test_what_an_alert_says_of_a_version(alert: int, takes: bool | None, tries: int) -> None:
    server = TlsServer(versions=("TLSv1.3", "TLSv1.3"))
    async with serving(taking_only("TLSv1.3", alerting(alert), server)) as port:
        one = await seen(port)
    assert one.protocols == {**dict.fromkeys(VERSIONS, takes), "TLSv1.3": True}
    assert port.connections == 1 + 3 * tries


async def test_who_does_not_answer_a_version_leaves_it_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    once = endpoint._once

    async def soon(opened: Any, asked: Served, version: str | None, seconds: float) -> handshake.Shown:
        """Do not wait for long where no answer will come."""
        return await once(opened, asked, version, 0.2 if version in VERSIONS[:3] else seconds)

    monkeypatch.setattr(endpoint, "_once", soon)
    server = TlsServer(versions=("TLSv1.3", "TLSv1.3"))
    async with serving(taking_only("TLSv1.3", say_nothing, server)) as port:
        one = await seen(port)
    assert one.protocols == {"TLSv1": None, "TLSv1.1": None, "TLSv1.2": None, "TLSv1.3": True}


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
async def test_a_server_that_demands_a_clients_certificate_has_shown_its_own(version: str) -> None:
    server = TlsServer(versions=(version, version), wants_client=True)
    async with serving(server.talk) as port:
        one = await seen(port)
    assert one.leaf is not None
    assert one.leaf.fingerprint_sha256 == pki().leaf.fingerprint
    assert one.protocols[version] is True
    assert one.error == ""
    if version == "TLSv1.2":  # in 1.3 the client is done before the server has seen that there is none
        assert one.remark == "after its certificate: the server ended it: handshake failure"


async def test_trust_is_looked_at_only_with_roots() -> None:
    ours = Roots([read_der(pki().root.der)], "test")
    others = Roots([read_der(issue("others", ca=True).der)], "test")
    async with serving(TlsServer().talk) as port:
        assert (await seen(port, versions=False)).verify_error is None
        assert (await seen(port, versions=False, roots=ours)).verify_error == ""
        untrusted = await seen(port, versions=False, roots=others)
    assert untrusted.verify_error
    assert len(untrusted.chain) == 2


async def test_mysql_that_is_not_on_loopback_is_not_asked_for_each_version(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []

    async def once(_connect: Any, one: Served, version: str | None, _seconds: float) -> handshake.Shown:
        asked.append(version)
        return handshake.Shown((pki().leaf.der,), version or "TLSv1.3", "x", b"")

    monkeypatch.setattr(endpoint, "_once", once)
    for address, count in (("192.0.2.7", 1), ("db.test", 1), ("127.0.0.1", 4), ("::1", 4), ("localhost", 4)):
        asked.clear()
        one = await look(None, Served(address, 3306, starttls="mysql"))  # type: ignore[arg-type]  # not called
        assert len(asked) == count, address
        assert one.protocols["TLSv1.2"] is (None if count == 1 else True)
