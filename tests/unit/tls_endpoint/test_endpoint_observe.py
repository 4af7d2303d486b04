"""The panel's looks: sides, addresses, bounds, the clock; every failure is a result."""

from __future__ import annotations

import asyncio
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from opsconsole.data.host import Command, NotConnectedError, Output
from opsconsole.data.tls.certificate import Certificate
from opsconsole.data.tls.endpoint import look
from opsconsole.data.tls.read import read_der
from opsconsole.data.tls.served import Served
from opsconsole.data.tls.trust import Roots
from opsconsole.data.webserver.model import Listen
from opsconsole.panels import clock
from opsconsole.panels.certificates import addresses, observe
from opsconsole.panels.certificates.observed import Observed
from opsconsole.panels.certificates.reading import CertificateFile, CertificatesReading, Endpoint, Use
from opsconsole.panels.certificates.settings import CertificatesSettings, EndpointSetting
from tests.unit.tls_endpoint.pki import issue, now, pki
from tests.unit.tls_endpoint.servers import TlsServer, TunnelShell, serving, silent, unused_port


@pytest.fixture(autouse=True)
def system(monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine's store has a few hundred roots; here it has one."""
    roots = Roots([a_root()], "test store")
    monkeypatch.setattr("opsconsole.data.tls.trust.system_roots", lambda: roots)


_ROOTS: list[Certificate] = []


def a_root() -> Certificate:
    if not _ROOTS:
        _ROOTS.append(read_der(issue("somebody's root", ca=True).der))
    return _ROOTS[0]


class HostShell(TunnelShell):
    """A host with a clock and an own idea of names."""

    def __init__(
        self, ports: dict[tuple[str, int], int] | None = None, **answers: Output | Exception
    ) -> None:
        super().__init__(ports)
        self.answers = answers
        self.ran: list[Command] = []

    async def run(self, command: Command) -> Output:
        self.ran.append(command)
        answer = self.answers.get(command.argv[0])
        if isinstance(answer, Exception):
            raise answer
        if answer is None and command.argv[0] == "date":
            return Output(0, b"%d\n" % time.time(), b"", 0.0)
        return answer or Output(127, b"", b"not found", 0.0)


def getent(*lines: str, status: int = 0) -> Output:
    return Output(status, "".join(f"{line}\n" for line in lines).encode(), b"", 0.0)


async def seen(shell: TunnelShell, *endpoints: EndpointSetting, roots: tuple[Path, ...] = ()) -> Observed:
    settings = CertificatesSettings(endpoints=endpoints, roots=roots)
    return await observe.observe(shell, shell.host, settings)  # type: ignore[arg-type]  # a fake


async def test_the_console_asks_directly_and_the_host_through_its_connection() -> None:
    async with serving(TlsServer().talk) as port:
        shell = HostShell({("shop.test", 443): port.number})
        at_console = EndpointSetting(f"127.0.0.1:{port.number}", name="near", via="console")
        at_host = EndpointSetting("shop.test", name="far", file="/etc/shop.pem")
        one = await seen(shell, at_console, at_host)
    assert one.endpoints is not None
    near, far = one.endpoints
    assert (near.name, near.found_by, near.expects) == ("near", "configuration", ())
    assert (far.target, far.expects) == ("shop.test", ("/etc/shop.pem",))
    assert [(each.seen_from, each.address, bool(each.chain)) for each in (*near.served, *far.served)] == [
        ("console", "127.0.0.1", True),
        ("host", "shop.test", True),  # no getent there: its sshd looked the name up
    ]
    assert set(far.served[0].protocols.values()) == {True}
    assert one.endpoints_taken_at is not None
    assert abs((one.endpoints_taken_at - now()).total_seconds()) < 30
    assert all(abs((each.taken_at - now()).total_seconds()) < 30 for each in (*near.served, *far.served))


async def test_every_address_that_the_host_knows_is_asked() -> None:
    async with serving(TlsServer().talk) as port:
        shell = HostShell(
            {("192.0.2.1", 443): port.number, ("2001:db8::1", 443): port.number},
            getent=getent(
                "192.0.2.1 STREAM shop.test",
                "192.0.2.1 DGRAM",
                "2001:db8::1 STREAM",
                "192.0.2.66 STREAM",
                "\x1b[2J x",
            ),
        )
        one = await seen(shell, EndpointSetting("shop.test"))
    assert one.endpoints is not None
    assert [(each.address, each.error_kind) for each in one.endpoints[0].served] == [
        ("192.0.2.1", ""),
        ("2001:db8::1", ""),
        ("192.0.2.66", "refused"),
    ]
    assert ("getent", "ahosts", "shop.test") in [command.argv for command in shell.ran]


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (getent(status=2), "name", "name not found on the host"),
        (NotConnectedError("web1: gone"), "console", "web1: gone"),
        (Output(None, b"", b"", 6.0, timed_out=True), "timeout", "did not look the name up"),
        (Output(1, b"", b"Usage: \x1b[1mgetent", 0.0), "name", "getent on the host: Usage: getent"),
    ],
)
async def test_a_name_that_the_host_does_not_know_is_a_result(answer: Any, kind: str, words: str) -> None:
    one = await seen(HostShell(getent=answer), EndpointSetting("shop.test"))
    assert one.endpoints is not None
    (served,) = one.endpoints[0].served
    assert (served.error_kind, words in served.error, served.address) == (kind, True, "shop.test")


async def test_both_sides_are_told_apart() -> None:
    async with serving(TlsServer().talk) as outside, serving(TlsServer(issue("inside"), ()).talk) as inside:
        shell = HostShell({("127.0.0.1", outside.number): inside.number})
        one = await seen(shell, EndpointSetting(f"127.0.0.1:{outside.number}", via="both"))
    assert one.endpoints is not None
    assert [(each.seen_from, each.leaf.common_name) for each in one.endpoints[0].served if each.leaf] == [
        ("host", "inside"),
        ("console", "shop.test"),
    ]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (socket.EAI_NONAME, "name not found from the console"),
        (socket.EAI_AGAIN, "name not looked up: no answer from the console's name servers"),
    ],
)
async def test_a_name_that_nobody_knows_from_the_console(
    monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    def look_up(*_: object, **__: object) -> None:
        raise socket.gaierror(number, "in the system's words")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    one = await seen(HostShell(), EndpointSetting("no-such-host.invalid", via="console"))
    assert one.endpoints is not None
    assert one.endpoints[0].served[0].error == words


async def test_ipv6_without_a_route_is_left_out_unless_it_is_all_there_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def known(_loop: Any, name: str, _port: int, **_named: Any) -> list[Any]:
        found = {"both.test": ["192.0.2.1", "2001:db8::1"], "six.test": ["2001:db8::1"]}[name]
        return [(None, None, None, "", (address, 443)) for address in found]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", known)
    monkeypatch.setattr(addresses, "_has_route", lambda address, _port: ":" not in address)
    assert await addresses.from_console("both.test", 443) == ("192.0.2.1",)
    assert await addresses.from_console("six.test", 443) == ("2001:db8::1",)
    monkeypatch.setattr(addresses, "_has_route", lambda _address, _port: True)
    assert await addresses.from_console("both.test", 443) == ("192.0.2.1", "2001:db8::1")


async def test_loopback_has_a_route() -> None:
    assert addresses._has_route("127.0.0.1", 443)
    assert addresses._has_route("::1", 443) == (await six_works())


async def six_works() -> bool:
    try:
        async with serving(silent(), "::1"):
            return True
    except OSError:
        return False


async def test_no_more_than_eight_at_once() -> None:
    release = asyncio.Event()

    async def waiting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if port.open == observe.AT_ONCE:
            release.set()
        await release.wait()

    async with serving(waiting) as port:
        endpoints = [
            EndpointSetting(f"127.0.0.1:{port.number}", name=f"n{place}", via="console")
            for place in range(30)
        ]
        one = await seen(HostShell(), *endpoints)
    assert one.endpoints is not None
    assert {each.served[0].error_kind for each in one.endpoints} == {"closed"}
    assert port.most_open == observe.AT_ONCE


@dataclass
class Clock:
    """Says the time that a test wants."""

    now: float = 0.0

    def monotonic(self) -> float:
        return self.now


async def test_silent_services_do_not_hold_it_up_for_longer_than_its_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told_time = Clock()
    monkeypatch.setattr(observe, "time", told_time)
    monkeypatch.setattr(observe, "AT_ONCE", 1)

    async def told(*asked: Any, **named: Any) -> Served:
        """After the first, which ends at its own deadline, nearly all of the time is over."""
        one = await look(*asked, **named)
        told_time.now = observe.CONFIGURED_SECONDS - 0.1
        return one

    monkeypatch.setattr(observe, "look", told)
    async with serving(silent()) as port:
        target = f"127.0.0.1:{port.number}"
        endpoints = [
            EndpointSetting(target, name=f"n{place}", via="console", timeout_seconds=30.0 if place else 0.3)
            for place in range(5)
        ]
        one = await seen(HostShell(), *endpoints)
    assert one.endpoints is not None
    kinds = [each.served[0].error_kind for each in one.endpoints]
    assert kinds == ["timeout", "skipped", "skipped", "skipped", "skipped"]
    assert one.endpoints[4].served[0].error == "not seen within the 25 s that all endpoints have together"


async def test_what_is_beyond_the_number_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observe, "MOST_LOOKS", 2)
    async with serving(TlsServer().talk) as port:
        shell = HostShell({(f"192.0.2.{place}", 443): port.number for place in range(4)})
        one = await seen(shell, *(EndpointSetting(f"192.0.2.{place}") for place in range(4)))
    assert one.endpoints is not None
    assert [each.served[0].error_kind for each in one.endpoints] == ["", "", "skipped", "skipped"]


async def test_roots_of_the_configuration_count_beside_the_systems(tmp_path: Path) -> None:
    (tmp_path / "company.pem").write_bytes(pki().root.pem)
    async with serving(TlsServer().talk) as port:
        endpoint = EndpointSetting(f"127.0.0.1:{port.number}", via="console")
        without = await seen(HostShell(), endpoint)
        with_it = await seen(HostShell(), endpoint, roots=(tmp_path / "company.pem",))
        missing = await seen(HostShell(), endpoint, roots=(tmp_path / "no-such.pem",))
    assert without.endpoints
    assert with_it.endpoints
    assert without.endpoints[0].served[0].verify_error
    assert with_it.endpoints[0].served[0].verify_error == ""
    assert [(note.what, "no-such.pem" in note.why) for note in missing.problems] == [
        ("configured roots", True)
    ]


async def test_a_file_of_roots_that_was_changed_is_read_anew(tmp_path: Path) -> None:
    file = tmp_path / "company.pem"
    file.write_bytes(issue("other root", ca=True).pem)
    async with serving(TlsServer().talk) as port:
        endpoint = EndpointSetting(f"127.0.0.1:{port.number}", via="console")
        before = await seen(HostShell(), endpoint, roots=(file,))
        again = await seen(HostShell(), endpoint, roots=(file,))
        file.write_bytes(pki().root.pem + pki().root.pem)
        after = await seen(HostShell(), endpoint, roots=(file,))
    assert before.roots is again.roots
    assert before.endpoints
    assert before.endpoints[0].served[0].verify_error
    assert after.endpoints
    assert after.endpoints[0].served[0].verify_error == ""


@pytest.mark.parametrize("ahead", [-3600, 0, 90])
async def test_the_clock_of_the_host_is_held_against_ours(
    ahead: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = 1_800_000_000.0
    monkeypatch.setattr(clock, "time", SimpleNamespace(time=lambda: at, monotonic=lambda: 1000.0))
    one = await seen(HostShell(date=Output(0, b"%d.500\n" % (at + ahead), b"", 0.0)))
    assert one.clock_skew_seconds == ahead + 0.5
    assert (one.endpoints, one.problems) == ((), ())


@pytest.mark.parametrize(
    "answer", [Output(0, b"\x1b[2Jnoon", b"", 0.0), Output(0, b"", b"", 0.0), NotConnectedError("web1: gone")]
)
async def test_a_clock_that_is_not_known_says_why(answer: Any) -> None:
    one = await seen(HostShell(date=answer))
    assert one.clock_skew_seconds is None
    assert [note.what for note in one.problems] == ["clock of the host"]
    assert "\x1b" not in one.problems[0].why


def reading(*files: CertificateFile) -> CertificatesReading:
    return CertificatesReading(now(), files=files)


def shown(
    path: str, *names: str, port: int, addresses: tuple[str, ...] = ("*",), server: str = "nginx"
) -> CertificateFile:
    listens = tuple(Listen(address, port, tls=True) for address in addresses)
    return CertificateFile(path, used_by=(Use(server, "/etc/x.conf", 1, names, listens),))


async def found(shell: TunnelShell, *files: CertificateFile, servers: bool = True) -> tuple[Endpoint, ...]:
    settings = CertificatesSettings(servers=servers)
    return await observe.found_endpoints(shell, shell.host, settings, reading(*files))  # type: ignore[arg-type]


async def test_what_web_servers_are_configured_for_is_asked_as_the_host_sees_it() -> None:
    server = TlsServer()
    async with serving(server.talk) as port:
        shell = HostShell({("127.0.0.1", 443): port.number, ("::1", 443): port.number})
        both = ("*", "::")
        shop, www = await found(
            shell, shown("/a.pem", "shop.test", "www.shop.test", port=443, addresses=both)
        )
        count = port.connections
    assert (shop.name, shop.target, shop.found_by, shop.expects) == (
        "shop.test",
        "shop.test:443",
        "nginx",
        ("/a.pem",),
    )
    assert [(one.place, one.server_name, one.seen_from) for one in shop.served] == [
        ("127.0.0.1:443", "shop.test", "host"),
        ("[::1]:443", "shop.test", "host"),
    ]
    assert [len(one.protocols) for one in (*shop.served, *www.served)] == [4, 4, 1, 1]
    assert count == 4 + 4 + 1 + 1
    assert {"shop.test", "www.shop.test"} == set(server.names)


async def test_servers_that_are_not_to_be_looked_at_are_not() -> None:
    shell = HostShell()
    assert await found(shell, shown("/a.pem", "a.test", port=443), servers=False) == ()
    assert await found(shell) == ()
    assert shell.asked == []


async def test_apaches_ipv6_is_no_failure_where_there_is_none() -> None:
    async with serving(TlsServer().talk) as port:
        shell = HostShell({("127.0.0.1", 443): port.number})
        (one,) = await found(shell, shown("/a.pem", "a.test", port=443, server="apache"))
        (six,) = await found(shell, shown("/a.pem", "a.test", port=443, addresses=("::",), server="apache"))
    assert [each.address for each in one.served] == ["127.0.0.1"]
    assert [each.error_kind for each in six.served] == ["refused"]


async def test_too_many_names_are_one_thing_that_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observe, "MOST_LOOKS", 2)
    async with serving(TlsServer().talk) as port:
        shell = HostShell({("127.0.0.1", 443): port.number})
        every = await found(
            shell, *(shown(f"/{place}.pem", f"n{place}.test", port=443) for place in range(5))
        )
    assert [one.target for one in every] == ["n0.test:443", "n1.test:443", "n2.test:443 and 2 more"]
    assert every[2].served[0].error == "not asked: 3 names and addresses beyond the 2 of one look"
    assert every[2].served[0].error_kind == "skipped"


async def test_a_server_that_is_down_is_a_result() -> None:
    shell = HostShell({("127.0.0.1", 8443): unused_port()})
    (one,) = await found(shell, shown("/a.pem", "a.test", port=443))
    assert [each.error_kind for each in one.served] == ["refused"]
