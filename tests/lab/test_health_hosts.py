"""The health panel on real hosts, read as the console reads it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from opsconsole.console.inventory import HostEntry
from opsconsole.console.readings import HostReadings
from opsconsole.console.rounds import read_slow
from opsconsole.console.state import HostState
from opsconsole.data.host import Shell
from opsconsole.panels.health import PANEL
from opsconsole.panels.health.reading import HealthReading
from opsconsole.panels.health.settings import HealthSettings, HttpCheck, TcpCheck
from opsconsole.panels.panel import Finding, Level
from tests.lab import claims, faults
from tests.lab.conftest import Lab
from tests.lab.shells import connected

pytestmark = pytest.mark.lab

LOADED = {"health": PANEL}


@contextmanager
def broken(name: str, breaks: str, cures: str) -> Iterator[None]:
    """Break a claimed host by a script run as root; cure it by another, and empty its journal."""
    claims.claim(name, "health")
    try:
        faults.execute(name, ["timeout", "30", "sh", "-c", breaks])
        yield
    finally:
        faults.execute(name, ["sh", "-c", cures])
        faults.forget_journal(name)
        claims.release(name, "health")


class Repeated:
    """Reads a host several times with one reader, as the live console does."""

    def __init__(self, shell: Shell, settings: HealthSettings | None = None) -> None:
        self._shell = shell
        entry = HostEntry(shell.host, panel_settings={} if settings is None else {"health": settings})
        self._state = HostState(entry)
        self._readings = HostReadings(self._state, LOADED, tick_seconds=2.0, slow_seconds=30.0, at_once=True)

    async def read(self) -> tuple[HealthReading, dict[str, Finding]]:
        """Read now, and return the reading and its findings by `rule:subject`."""
        await read_slow(self._shell, self._readings, LOADED, record=None, first=True)
        panel = self._state.panels["health"]
        return panel.reading, {f"{one.rule}:{one.subject}": one for one in panel.findings}


async def once(
    shell: Shell, settings: HealthSettings | None = None
) -> tuple[HealthReading, dict[str, Finding]]:
    """Read a host for the first time."""
    return await Repeated(shell, settings).read()


@pytest.mark.parametrize("name", ["web2", "db1", "nosystemd1", "busy1", "ro1", "deep1"])
async def test_a_healthy_host_has_no_finding(lab: Lab, name: str) -> None:
    async with connected(lab, name) as shell:
        reading, findings = await once(shell)
    assert findings == {}
    assert reading.problems == ()
    assert reading.skew is not None
    # The lab's containers share this machine's clock; busy1's `date` knows whole seconds only.
    assert abs(reading.skew.offset_seconds) <= reading.skew.uncertainty_seconds + 0.05
    assert (reading.skew.uncertainty_seconds > 0.5) == (name == "busy1")


async def test_the_units_are_those_that_systemctl_counts(lab: Lab) -> None:
    async with connected(lab, "web2") as shell:
        reading, _ = await once(shell)
    said = dict(
        line.split("=") for line in lab.ssh("web2", "systemctl show -p NNames -p SystemState").splitlines()
    )
    assert reading.system_state == said["SystemState"]
    assert reading.unit_count == pytest.approx(int(said["NNames"]), abs=40)  # sessions come and go
    assert reading.failed_units == ()
    assert reading.clock is not None
    assert (reading.clock.daemon, reading.clock.synchronised) == ("chrony", True)


@pytest.mark.parametrize("name", ["nosystemd1", "busy1", "ro1"])
async def test_without_systemd_its_parts_do_not_apply(lab: Lab, name: str) -> None:
    async with connected(lab, name) as shell:
        reading, _ = await once(shell)
    assert reading.has_systemd is False
    assert reading.failed_units is reading.journal is reading.restarts is None
    assert reading.mounts is not None
    roots = [one for one in reading.mounts.read_only if one.mount == "/"]
    assert [one.by_design for one in roots] == ([True] if name == "ro1" else [])


@pytest.mark.parametrize("name", ["web1", "trixie1"])
async def test_a_failed_unit_shows_its_log_and_goes_away(lab: Lab, name: str) -> None:
    async with connected(lab, name) as shell:
        with faults.unit_failing(name):
            _, findings = await once(shell)
        reading, _ = await once(shell)
    failed = findings["unit-failed:opsconsole-lab-fail.service"]
    assert failed.level is Level.WARNING
    assert "cannot open /nonexistent/orders.db" in failed.evidence
    assert reading.failed_units == ()


async def test_a_user_without_sudo_or_groups_reads_what_it_may(lab: Lab) -> None:
    async with connected(lab, "web1", user="plain") as shell:
        with faults.unit_failing("web1"):
            reading, findings = await once(shell)
    assert reading.journal is None
    assert findings["unread:journal"].level is Level.UNKNOWN
    assert "its log cannot be read" in findings["unit-failed:opsconsole-lab-fail.service"].evidence


FLAPPING = """
printf '%s\\n' '[Unit]' StartLimitIntervalSec=0 '[Service]' Restart=always RestartSec=0.1 \
  ExecStart=/bin/false \
  >/run/systemd/system/opsconsole-lab-flap.service
systemctl daemon-reload
systemctl start opsconsole-lab-flap
"""
SETTLED = """
systemctl stop opsconsole-lab-flap
rm -f /run/systemd/system/opsconsole-lab-flap.service
systemctl daemon-reload
systemctl reset-failed opsconsole-lab-flap 2>/dev/null
true
"""


async def test_a_service_that_systemd_keeps_restarting_is_found(lab: Lab) -> None:
    async with connected(lab, "web1") as shell:
        with broken("web1", FLAPPING, SETTLED):
            async with asyncio.timeout(20):
                _, findings = await once(shell)
                while "unit-restarting:opsconsole-lab-flap.service" not in findings:
                    _, findings = await once(shell)
    assert "restarted" in findings["unit-restarting:opsconsole-lab-flap.service"].summary


GREEDY = """
systemd-run --quiet --unit=opsconsole-lab-greedy -p MemoryMax=30M -p OOMPolicy=continue \\
  sh -c 'python3 -c "b = bytes(1) * (200 << 20)"; touch /run/opsconsole-lab-greedy; sleep 60'
while [ ! -e /run/opsconsole-lab-greedy ]; do sleep 0.1; done
"""
CONTENT = "systemctl stop opsconsole-lab-greedy; rm -f /run/opsconsole-lab-greedy"


async def test_a_kill_for_want_of_memory_is_found_with_its_group(lab: Lab) -> None:
    settings = HealthSettings()
    async with connected(lab, "web1") as shell:
        reader = Repeated(shell, settings)
        _, before = await reader.read()
        with broken("web1", GREEDY, CONTENT):
            _, findings = await reader.read()
    assert "oom-kill:memory" not in before
    found = findings["oom-kill:memory"]
    assert found.level is Level.WARNING
    assert "opsconsole-lab-greedy.service" in found.summary


async def test_error_lines_are_counted_by_unit(lab: Lab) -> None:
    write = 'for n in 1 2 3 4 5 6 7 8 9 10 11 12; do logger -p daemon.err -t orders "no $n [/red]"; done'
    async with connected(lab, "web1") as shell:
        with broken("web1", f"{write}; journalctl --sync", "true"):
            reading, findings = await once(shell)
    found = findings["journal-errors:orders"]
    assert found.summary == "orders: 12 errors in 15 min"
    assert found.evidence.endswith("no 12 [/red]")
    assert reading.journal is not None


async def test_units_that_must_run(lab: Lab) -> None:
    async with connected(lab, "web2") as shell:
        _, findings = await once(shell, HealthSettings(units=("nginx", "no-such-thing")))
    assert list(findings) == ["unit-not-active:no-such-thing.service"]


async def test_checks_from_the_host_go_through_the_ssh_connection(lab: Lab) -> None:
    settings = HealthSettings(
        http=(
            HttpCheck("good", "http://127.0.0.1/health", expect_json={"status": "ok"}),
            HttpCheck("by name", "http://web2/", expect_body="opsconsole lab"),
            HttpCheck("wrong", "http://127.0.0.1/health", expect_json={"status": "bad"}),
            HttpCheck("missing", "http://127.0.0.1/no-such-page"),
            HttpCheck("nobody", "http://127.0.0.1:9/"),
            HttpCheck("no name", "http://no-such-host.invalid/"),
        ),
        tcp=(
            TcpCheck("ssh", 22),
            TcpCheck("closed", 9),
            TcpCheck("nowhere", 80, "no-such-host.invalid"),
            TcpCheck("bastion", 22, "bastion"),
        ),
    )
    async with connected(lab, "web2") as shell:
        reading, findings = await once(shell, settings)
    results = {one.last.name: one.last for one in reading.checks}
    assert {name: one.error for name, one in results.items()} == {
        "good": "",
        "by name": "",
        "wrong": "json",
        "missing": "status",
        "nobody": "refused",
        "no name": "name",
        "ssh": "",
        "closed": "refused",
        "nowhere": "name",
        "bastion": "",
    }
    assert results["wrong"].detail == "status is 'ok', expected 'bad'"
    assert findings["http-errors:nobody"].level is Level.CRITICAL
    assert all(one.latency_seconds is not None for one in results.values() if one.ok)


async def test_dropbear_tells_a_closed_port_from_an_open_one(lab: Lab) -> None:
    settings = HealthSettings(tcp=(TcpCheck("ssh", 22), TcpCheck("closed", 9)))
    async with connected(lab, "busy1") as shell:
        reading, _ = await once(shell, settings)
    assert [one.last.error for one in reading.checks] == ["", "refused"]


async def test_a_port_that_drops_packets_times_out(lab: Lab) -> None:
    settings = HealthSettings(
        http=(HttpCheck("http", "http://web1/", timeout_seconds=1.0),),
        tcp=(TcpCheck("tcp", 80, "web1", timeout_seconds=1.0),),
    )
    async with connected(lab, "web2") as shell:
        with faults.packets_dropped("web1"):
            reading, _ = await once(shell, settings)
    assert [one.last.error for one in reading.checks] == ["timeout", "timeout"]


async def test_checks_from_the_console_and_from_deep_inside(lab: Lab) -> None:
    settings = HealthSettings(
        http=(
            HttpCheck("far", "http://127.0.0.1/health"),
            HttpCheck("near", "http://127.0.0.1:2382/health", "console"),
        )
    )
    async with connected(lab, "deep1") as shell:
        reading, _ = await once(shell, settings)
    assert [one.last.ok for one in reading.checks] == [True, True]


async def test_a_host_that_was_lost_says_so_of_its_checks(lab: Lab) -> None:
    async with connected(lab, "web2") as shell:
        pass
    seen = await PANEL.observe(shell, shell.host, HealthSettings(tcp=(TcpCheck("ssh", 22),)))
    assert seen.tcp[0].error == "console"
    assert seen.problems[0].what == "clock skew"
