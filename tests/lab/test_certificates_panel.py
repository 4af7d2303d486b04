"""The certificates panel on real hosts, as the console reads it, against their own openssl and systemd."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from opsconsole.console.inventory import HostEntry
from opsconsole.console.readings import HostReadings
from opsconsole.console.rounds import read_rare, read_slow
from opsconsole.console.state import HostState
from opsconsole.data.host import Shell
from opsconsole.panels.certificates import PANEL
from opsconsole.panels.certificates.reading import CertificatesReading
from opsconsole.panels.certificates.settings import CertificatesSettings
from opsconsole.panels.panel import Finding, Level
from tests.lab import faults, tls_lab
from tests.lab.conftest import Lab
from tests.lab.shells import connected
from tests.lab.tls_lab import HOST, LB, SHOP, fingerprint, served, sh

pytestmark = pytest.mark.lab

LOADED = {"certificates": PANEL}
LIVE = f"/etc/letsencrypt/live/{SHOP}"
SHOWN = f"{LIVE}/fullchain.pem"
API = "/etc/nginx/tls/api.lab.test"
USED = {
    SHOWN: "nginx",
    f"{API}.pem": "nginx",
    "/etc/apache2/tls/legacy.lab.test.pem": "apache",
    "/etc/haproxy/certs/lb.pem": "haproxy",
}


@pytest.fixture
def roots(tmp_path: Path) -> tuple[Path, ...]:
    """The roots of tls1's internal CA and its ACME servers, as a company's configuration names them."""
    made = []
    for name in ("lab-ca", "pebble-long", "pebble-short"):
        path = tmp_path / f"{name}.pem"
        path.write_text(sh(f"cat /usr/local/share/ca-certificates/{name}.crt"))
        made.append(path)
    return tuple(made)


async def read(shell: Shell, roots: tuple[Path, ...] = ()) -> tuple[CertificatesReading, dict[str, Finding]]:
    """Read the host once, from outside and from inside; return the reading and its findings by rule."""
    entry = HostEntry(shell.host, panel_settings={"certificates": CertificatesSettings(roots=roots)})
    readings = HostReadings(HostState(entry), LOADED, tick_seconds=2.0, slow_seconds=30.0, at_once=True)
    await read_slow(shell, readings, LOADED, record=None, first=True)
    await read_rare(shell, readings, LOADED, record=None)
    panel = readings.state.panels["certificates"]
    return panel.reading, {f"{one.rule}:{one.subject}": one for one in panel.findings}


async def look(
    lab: Lab, roots: tuple[Path, ...], fault: AbstractContextManager[Any]
) -> tuple[CertificatesReading, dict[str, Finding]]:
    """Read tls1 while it is broken in a way."""
    with fault:
        async with connected(lab, HOST) as shell:
            return await read(shell, roots)


def openssl(path: str, *words: str) -> str:
    """Return what the host's own openssl says of the first certificate of a file."""
    return sh(f"openssl x509 -in '{path}' -noout {' '.join(words)}").strip()


def moment(said: str) -> datetime:
    return datetime.strptime(said.partition("=")[2], "%b %d %H:%M:%S %Y GMT").replace(tzinfo=UTC)


async def test_every_value_is_what_the_hosts_own_openssl_says(lab: Lab, roots: tuple[Path, ...]) -> None:
    with tls_lab.changed("panel-values"):
        async with connected(lab, HOST) as shell:
            reading, findings = await read(shell, roots)
        assert findings == {}
        assert reading.unread == ()
        files = {one.path: one for one in reading.files or ()}
        assert set(USED) <= set(files)
        for path, one in files.items():
            leaf = one.leaf
            assert leaf is not None, path
            assert leaf.fingerprint_sha256 == fingerprint(path)
            assert leaf.serial_hex == openssl(path, "-serial").partition("=")[2].lower()
            assert leaf.not_before == moment(openssl(path, "-startdate"))
            assert leaf.not_after == moment(openssl(path, "-enddate"))
            assert leaf.subject == openssl(path, "-subject", "-nameopt RFC2253").removeprefix("subject=")
            assert leaf.issuer == openssl(path, "-issuer", "-nameopt RFC2253").removeprefix("issuer=")
            said = openssl(path, "-ext subjectAltName").splitlines()[-1]
            assert set(leaf.names) == {name.strip().partition(":")[2] for name in said.split(",")}
            text = openssl(path, "-text")
            assert f"Signature Algorithm: {leaf.signature}" in text
            assert f"({leaf.key_bits} bit)" in text
            key = "openssl pkey -pubin -outform DER | sha256sum"
            public = sh(f"openssl x509 -in '{path}' -noout -pubkey | {key}")
            assert leaf.public_key_sha256 == public.split()[0]
            assert len(one.certificates) == int(sh(f"grep -c 'BEGIN CERTIFICATE' '{path}'"))
        for path, server in USED.items():
            one = files[path]
            assert {use.server for use in one.used_by} == {server}
            for use in one.used_by:
                assert Path(path).name in sh(f"sed -n {use.line}p '{use.file}'")
            (own,) = one.keys
            assert own.matches is True
            mode, owner, group = sh(f"stat -Lc '%a %U %G' '{own.path}'").split()
            assert (own.mode, own.owner, own.group) == (int(mode, 8), owner, group)


async def test_what_is_served_is_what_the_hosts_own_openssl_is_served(
    lab: Lab, roots: tuple[Path, ...]
) -> None:
    with tls_lab.changed("panel-served"):
        async with connected(lab, HOST) as shell:
            reading, _ = await read(shell, roots)
        looks = [one for end in reading.endpoints or () for one in end.served]
        assert {one.server_name for one in looks} >= {SHOP, f"www.{SHOP}", "api.lab.test", LB}
        assert {one.address for one in looks if one.server_name == SHOP} == {"127.0.0.1", "::1"}
        for one in looks:
            address = f"[{one.address}]" if ":" in one.address else one.address
            assert one.leaf is not None, one
            assert one.leaf.fingerprint_sha256 == served(one.server_name, one.port, address)
            assert one.verify_error == ""


async def test_who_renews_is_what_systemd_says(lab: Lab) -> None:
    with tls_lab.changed("panel-timer"):
        async with connected(lab, HOST) as shell:
            reading, _ = await read(shell)
        (timer,) = [one for one in reading.renewers or () if one.kind == "certbot.timer"]
        assert (timer.enabled, timer.active) == (True, True)
        said = sh('date -d "$(systemctl show -P NextElapseUSecRealtime certbot.timer)" +%s')
        assert timer.next_run_at is not None
        assert timer.next_run_at.timestamp() == pytest.approx(int(said), abs=1)
        names = sh("ls /etc/letsencrypt/renewal").replace(".conf", "").split()
        assert sorted(one.name for one in reading.lineages or ()) == sorted(names)


async def test_an_expired_and_a_due_certificate_are_found(lab: Lab, roots: tuple[Path, ...]) -> None:
    days = timedelta(days=1)
    _, expired = await look(lab, roots, tls_lab.aged(lived=91 * days, left=-1 * days))
    assert expired[f"certificate-expired:{SHOWN}"].level is Level.CRITICAL
    _, due = await look(lab, roots, tls_lab.aged(lived=70 * days, left=20 * days))
    assert set(due) == {f"certificate-expiring:{SHOWN}"}
    assert due[f"certificate-expiring:{SHOWN}"].level is Level.WARNING
    assert due[f"certificate-expiring:{SHOWN}"].suggests == "certificate-renewal"


async def test_a_short_lived_certificate_does_not_cry_wolf(lab: Lab, roots: tuple[Path, ...]) -> None:
    reading, findings = await look(lab, roots, tls_lab.lineage("short.lab.test", short=True))
    (lived,) = [
        one.leaf.lifetime for one in reading.files or () if one.leaf and "short.lab.test" in one.leaf.names
    ]
    assert lived < timedelta(days=7)
    assert findings == {}


async def test_renewed_on_disk_and_not_served_is_found(lab: Lab, roots: tuple[Path, ...]) -> None:
    _, findings = await look(lab, roots, tls_lab.renewed_but_not_served())
    told = [one for one in findings.values() if one.rule == "served-not-file"]
    assert {one.subject for one in told} == {f"{SHOP}:443", f"www.{SHOP}:443"}
    assert all("the server was not reloaded" in one.summary for one in told)
    assert {one.rule for one in findings.values()} == {"served-not-file"}


async def test_a_key_that_is_not_the_certificates_is_found(lab: Lab, roots: tuple[Path, ...]) -> None:
    other = tls_lab.make(["api.lab.test"], tls_lab.internal())
    reading, findings = await look(lab, roots, tls_lab.installed(other.full, f"{API}.pem"))
    assert findings[f"key-mismatch:{API}.pem"].level is Level.CRITICAL
    (file,) = [one for one in reading.files or () if one.path == f"{API}.pem"]
    assert [key.matches for key in file.keys] == [False]


async def test_a_key_that_others_can_read_is_found(lab: Lab, roots: tuple[Path, ...]) -> None:
    _, findings = await look(lab, roots, tls_lab.changed("panel-exposed", f"chmod 644 {API}.key"))
    assert set(findings) == {f"key-exposed:{API}.key"}


async def test_a_chain_without_its_intermediate_is_found(lab: Lab, roots: tuple[Path, ...]) -> None:
    made = tls_lab.make(["api.lab.test"], tls_lab.pebble())
    alone = tls_lab.installed(made.leaf, f"{API}.pem", key=made.key, key_path=f"{API}.key", reload="nginx")
    _, findings = await look(lab, roots, alone)
    assert {one.rule for one in findings.values()} == {"chain-incomplete"}, findings
    assert all("api.lab.test" in one.summary for one in findings.values()), findings


async def test_a_timer_that_is_off_is_found(lab: Lab, roots: tuple[Path, ...]) -> None:
    _, findings = await look(lab, roots, tls_lab.timer_off())
    assert set(findings) == {"renewal-off:certbot"}
    assert "certbot.timer" in findings["renewal-off:certbot"].summary


async def test_an_untrusted_root_is_found_without_the_configurations(lab: Lab) -> None:
    _, findings = await look(lab, (), tls_lab.changed("panel-roots"))
    assert {one.rule for one in findings.values()} == {"chain-untrusted"}


@pytest.mark.parametrize("name", ["web2", "trixie1", "bastion", "busy1", "nosystemd1", "ro1"])
async def test_where_there_is_no_certificate_nothing_is_found(lab: Lab, name: str) -> None:
    async with connected(lab, name) as shell:
        reading, findings = await read(shell)
    assert findings == {}
    assert (reading.files, reading.endpoints) == ((), ())
    assert reading.unread == ()


async def test_without_root_what_is_not_known_is_told_and_never_ok(lab: Lab, roots: tuple[Path, ...]) -> None:
    with tls_lab.changed("panel-plain"):
        async with connected(lab, HOST, user="plain") as shell:
            reading, findings = await read(shell, roots)
    assert reading.is_root is False
    (file,) = [one for one in reading.files or () if one.path == SHOWN]
    assert (file.leaf, {key.matches for key in file.keys}) == (None, {None})
    assert findings[f"file-unread:{SHOWN}"].level is Level.UNKNOWN
    assert max(one.level for one in findings.values()) is Level.UNKNOWN


async def test_an_endpoint_behind_the_bastion_is_read(lab: Lab, tmp_path: Path) -> None:
    root = tmp_path / "inner.pem"
    root.write_text(faults.execute("inner", ["cat", "/etc/lab-ca/root.pem"]).stdout)
    async with connected(lab, "inner") as shell:
        reading, findings = await read(shell, (root,))
    assert findings == {}
    (path,) = [one.path for one in reading.files or ()]
    said = faults.execute("inner", ["openssl", "x509", "-in", path, "-noout", "-fingerprint", "-sha256"])
    mark = said.stdout.strip().rpartition("=")[2].replace(":", "").lower()
    assert {
        one.leaf.fingerprint_sha256 for end in reading.endpoints or () for one in end.served if one.leaf
    } == {mark}
