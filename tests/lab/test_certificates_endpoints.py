"""What real servers serve, held against the openssl of the hosts themselves: nothing here is simulated.

nginx, Apache, HAProxy, Postfix, Dovecot and MariaDB on tls1, PostgreSQL on db1, nginx behind the bastion.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from opsconsole.console.inventory import HostEntry
from opsconsole.console.readings import HostReadings
from opsconsole.console.rounds import read_rare
from opsconsole.console.ssh.local import LocalShell
from opsconsole.console.state import HostState
from opsconsole.data.host import Host
from opsconsole.data.tls.served import VERSIONS
from opsconsole.panels.certificates import PANEL
from opsconsole.panels.certificates.observe import observe
from opsconsole.panels.certificates.settings import CertificatesSettings, EndpointSetting
from tests.lab import faults
from tests.lab.conftest import Lab
from tests.lab.endpoints import SERVICES, claimed, fingerprints, look, marks, run, speaks, trusted
from tests.lab.shells import connected

pytestmark = pytest.mark.lab


async def test_every_service_of_a_host_is_seen_as_its_own_openssl_sees_it(lab: Lab, tmp_path: Path) -> None:
    with claimed("tls1"):
        async with connected(lab, "tls1") as shell:
            seen = await look(shell, *(one for one, _ in SERVICES.values()), roots=trusted(tmp_path))
        for endpoint, (name, (setting, path)) in zip(seen, SERVICES.items(), strict=True):
            addresses = {"127.0.0.1"} if name == "mysql" else {"127.0.0.1", "::1"}
            assert {one.address for one in endpoint.served} == addresses, name
            for one in endpoint.served:
                assert marks(one) == fingerprints("tls1", path), (name, one.place)
                assert one.verify_error == "", (name, one.place)
                assert (one.remark, one.seen_from, one.negotiated) == ("", "host", "TLSv1.3")
                assert one.ocsp_stapled is False
            first = endpoint.served[0]
            by_openssl = {
                version: speaks("tls1", first.place, version, setting.starttls, setting.asked_name)
                for version in VERSIONS
            }
            assert dict(first.protocols) == by_openssl, name


async def test_without_its_root_a_company_chain_is_not_trusted(lab: Lab) -> None:
    with claimed("tls1"):
        async with connected(lab, "tls1") as shell:
            (seen,) = await look(shell, SERVICES["api"][0])
    assert "unable to get local issuer certificate" in (seen.served[0].verify_error or "")


async def test_the_console_and_the_host_see_the_same_through_and_beside_the_tunnel(lab: Lab) -> None:
    outside = [
        EndpointSetting("127.0.0.1:2443", name="shop", server_name="shop.lab.test", via="console"),
        EndpointSetting("127.0.0.1:2484", name="legacy", server_name="legacy.lab.test", via="console"),
        EndpointSetting("127.0.0.1:2494", name="lb", server_name="lb.lab.test", via="console"),
    ]
    with claimed("tls1"):
        async with connected(lab, "tls1") as shell:
            near = await look(shell, *outside)
            far = await look(shell, *(SERVICES[one.name][0] for one in outside))
    for one, other in zip(near, far, strict=True):
        assert (one.served[0].seen_from, other.served[0].seen_from) == ("console", "host")
        assert marks(one.served[0]) == marks(other.served[0])
        assert one.served[0].protocols == other.served[0].protocols


async def test_this_machine_needs_no_ssh(lab: Lab) -> None:
    with claimed("tls1"):
        shell = LocalShell(Host("localhost", "localhost"))
        setting = EndpointSetting("127.0.0.1:2443", server_name="shop.lab.test", via="both")
        (seen,) = await look(shell, setting)
        assert [one.seen_from for one in seen.served] == ["host"]
        assert marks(seen.served[0]) == fingerprints("tls1", SERVICES["shop"][1])


async def test_postgresql_with_tls(lab: Lab) -> None:
    async with connected(lab, "db1") as shell:
        (seen,) = await look(shell, EndpointSetting("127.0.0.1", name="pg", starttls="postgresql"))
    (one,) = seen.served
    path = run("db1", "runuser -u postgres -- psql -Atc 'SHOW ssl_cert_file'").strip()
    assert marks(one) == fingerprints("db1", path)
    assert "self-signed" in (one.verify_error or "")
    assert dict(one.protocols) == {
        version: speaks("db1", "127.0.0.1:5432", version, "postgresql") for version in VERSIONS
    }


async def test_an_endpoint_behind_the_bastion(lab: Lab, tmp_path: Path) -> None:
    root = tmp_path / "inner.pem"
    root.write_text(run("inner", "cat /etc/lab-ca/root.pem"))
    setting = EndpointSetting("127.0.0.1:443", name="inner", server_name="inner.lab.test", via="host")
    from_here = EndpointSetting("inner.lab.test", name="from here", via="console")
    async with connected(lab, "inner") as shell:
        seen, unseen = await look(shell, setting, from_here, roots=[root])
    assert marks(seen.served[0]) == fingerprints("inner", "/etc/lab-ca/issued/inner.lab.test.pem")
    assert seen.served[0].verify_error == ""
    assert unseen.served[0].error_kind == "name"  # a name that only that network knows
    async with connected(lab, "bastion") as shell:  # and as the host in front of it sees it
        (seen,) = await look(shell, EndpointSetting("inner", server_name="inner.lab.test"), roots=[root])
    assert marks(seen.served[0]) == fingerprints("inner", "/etc/lab-ca/issued/inner.lab.test.pem")


async def test_a_host_with_busybox_and_dropbear_only(lab: Lab) -> None:
    with claimed("tls1"):
        async with connected(lab, "busy1") as shell:
            (seen,) = await look(shell, EndpointSetting("tls1", server_name="api.lab.test"))
        assert [one.address for one in seen.served] == ["tls1"]  # it has no getent: its sshd looked it up
        assert marks(seen.served[0]) == fingerprints("tls1", SERVICES["api"][1])


async def test_nothing_there_and_nothing_that_answers_are_told_apart(lab: Lab) -> None:
    nobody = EndpointSetting("127.0.0.1:9", name="nobody")
    plain = EndpointSetting("127.0.0.1:80", name="plain")
    wrong = EndpointSetting("127.0.0.1:80", name="wrong", starttls="smtp", timeout_seconds=1.0)
    dropped = EndpointSetting("web1:443", name="dropped", timeout_seconds=1.0)
    no_name = EndpointSetting("127.0.0.1:22", name="ssh")
    async with connected(lab, "web2") as shell:
        with faults.packets_dropped("web1"):
            seen = await look(shell, nobody, plain, wrong, dropped, no_name)
    kinds = {one.name: (one.served[0].error_kind, one.served[0].error) for one in seen}
    assert kinds["nobody"] == ("refused", "connection refused")
    assert kinds["plain"] == ("protocol", "the answer is not TLS (wrong version number)")
    assert kinds["wrong"] == ("timeout", "TLS did not begin within 1 s")
    assert kinds["dropped"][0] == "timeout"
    assert kinds["ssh"][0] == "protocol"


async def test_a_host_that_was_lost_says_so_of_its_endpoints(lab: Lab) -> None:
    async with connected(lab, "web2") as shell:
        pass
    seen = await observe(shell, shell.host, CertificatesSettings(endpoints=(EndpointSetting("127.0.0.1"),)))
    assert seen.endpoints is not None
    assert seen.endpoints[0].served[0].error_kind == "console"
    assert seen.clock_skew_seconds is None
    assert [note.what for note in seen.problems] == ["clock of the host"]


async def test_what_web_servers_are_configured_for_is_found_and_asked(lab: Lab) -> None:
    loaded = {"certificates": PANEL}
    with claimed("tls1"):
        async with connected(lab, "tls1") as shell:
            state = HostState(HostEntry(shell.host))
            readings = HostReadings(state, loaded, tick_seconds=2.0, slow_seconds=30.0, at_once=True)
            await read_rare(shell, readings, loaded, record=None)
            reading = state.panels["certificates"].reading
        places = {
            (one.found_by, endpoint.place, endpoint.server_name)
            for one in reading.endpoints
            for endpoint in one.served
        }
        assert places >= {
            ("nginx", "127.0.0.1:443", "shop.lab.test"),
            ("nginx", "[::1]:443", "shop.lab.test"),
            ("nginx", "127.0.0.1:443", "www.shop.lab.test"),
            ("nginx", "[::1]:443", "api.lab.test"),
            ("apache", "127.0.0.1:8443", "legacy.lab.test"),
            ("apache", "[::1]:8443", "legacy.lab.test"),
            ("haproxy", "127.0.0.1:9443", "lb.lab.test"),
            ("haproxy", "[::1]:9443", "lb.lab.test"),
        }
        for one in reading.endpoints:
            expected = {fingerprints("tls1", path)[0] for path in one.expects}
            assert {marks(served)[0] for served in one.served} <= expected, one
