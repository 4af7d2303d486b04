"""The resources panel on real hosts: right under load against psutil there, and at home on every kind."""

from __future__ import annotations

import asyncio
import itertools
import json
import shlex
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from opsconsole.data.host import Command
from opsconsole.panels.panel import Cadence
from opsconsole.panels.resources import PANEL
from opsconsole.panels.resources.limits import ResourceLimits
from tests.lab import claims
from tests.lab.resourceroom import opened, process

pytestmark = pytest.mark.lab

LOADED_SECONDS = 60.0
TICK_SECONDS = 2.0
FULL_SCALE = 0.02  # the share of full scale within which the values must agree

# One JSON line for each line it is sent: so psutil looks at the very moment of a tick.
WITNESS = r"""
import json, psutil, sys
psutil.cpu_percent()
for line in sys.stdin:
    memory = psutil.virtual_memory()
    disk = psutil.disk_io_counters(perdisk=True)["vda"]
    net = psutil.net_io_counters(pernic=True)["eth0"]
    print(json.dumps({
        "cpu_percent": psutil.cpu_percent(),
        "memory_used_percent": 100.0 * (memory.total - memory.available) / memory.total,
        "read": disk.read_bytes, "written": disk.write_bytes,
        "received": net.bytes_recv, "sent": net.bytes_sent,
    }), flush=True)
"""


@pytest.fixture
def own_web1() -> Iterator[None]:
    """Keep other tests from breaking web1 meanwhile."""
    claims.claim("web1", "resources")
    yield
    claims.release("web1", "resources")


@asynccontextmanager
async def loaded(ssh: tuple[str, ...]) -> AsyncIterator[None]:
    """Load the host: one core by half, memory, disk, and some megabytes a second over its network card.

    Everything on the host ends by itself soon after the test would, whatever becomes of the test.
    """
    limit = f"timeout {LOADED_SECONDS + 30:.0f}"
    stress = (
        f"exec {limit} stress-ng --quiet --cpu 1 --cpu-load 60 --vm 1 --vm-bytes 1g --vm-keep"
        " --hdd 1 --hdd-bytes 64m --hdd-opts fsync --temp-path /var/tmp"
    )
    stream = "while head -c {} /dev/zero; do sleep 0.5; done"
    fetch = f"exec {limit} sh -c {shlex.quote(stream.format(3_000_000))}"
    send = f"{stream.format(2_000_000)} | {shlex.join(ssh)} 'exec {limit} cat >/dev/null'"
    async with process(*ssh, stress), process(*ssh, fetch), process("timeout", "90", "sh", "-c", send):
        yield


@pytest.mark.usefixtures("own_web1")
async def test_cpu_memory_disk_and_network_agree_with_psutil_over_a_loaded_minute(lab: Any) -> None:
    ssh = ("ssh", "-F", str(lab.ssh_config), "web1")
    loop = asyncio.get_running_loop()
    readings, witnessed = [], []
    async with (
        opened(lab, "web1") as host,
        loaded(ssh),
        process(*ssh, f"exec python3 -u -c {shlex.quote(WITNESS)}", pipes=True) as witness,
    ):
        assert witness.stdin is not None
        assert witness.stdout is not None
        witness.stdin.write(b"are you there\n")
        await witness.stdout.readline()
        until = loop.time() + LOADED_SECONDS
        while loop.time() < until:
            due = loop.time() + TICK_SECONDS
            witness.stdin.write(b"now\n")
            reading, line = await asyncio.gather(host.tick(), witness.stdout.readline())
            readings.append(reading)
            witnessed.append(json.loads(line))
            await asyncio.sleep(max(0.0, due - loop.time()))  # the pace of the ticks that are measured

    assert len(readings) >= 20
    seconds = [
        (later.uptime_seconds or 0) - (earlier.uptime_seconds or 0)
        for earlier, later in itertools.pairwise(readings)
    ]
    whole = sum(seconds)

    def mean(name: str) -> float:
        """Return our mean over the minute, each reading weighted with its own time."""
        values = [getattr(reading, name) for reading in readings[1:]]
        return sum(value * time for value, time in zip(values, seconds, strict=True)) / whole

    cpu = sum(one["cpu_percent"] * time for one, time in zip(witnessed[1:], seconds, strict=True)) / whole
    assert cpu > 40, "the host was not loaded"
    assert mean("cpu_percent") == pytest.approx(cpu, abs=100 * FULL_SCALE)
    memory = sum(one["memory_used_percent"] for one in witnessed) / len(witnessed)
    used = sum(reading.memory_used_percent or 0 for reading in readings) / len(readings)
    assert used == pytest.approx(memory, abs=100 * FULL_SCALE)
    pairs = (
        (("read", "disk_read_bytes_per_second"), ("written", "disk_write_bytes_per_second")),
        (("received", "network_rx_bytes_per_second"), ("sent", "network_tx_bytes_per_second")),
    )
    for pair in pairs:
        # Full scale of a disk or card is the highest rate, of either direction, that the minute saw.
        scale = max(getattr(reading, field) for reading in readings[1:] for _, field in pair)
        assert scale > 1e6, f"{pair[0][0]}: the host was not loaded"
        for name, field in pair:
            theirs = (witnessed[-1][name] - witnessed[0][name]) / whole
            assert mean(field) == pytest.approx(theirs, abs=FULL_SCALE * scale), name


@pytest.mark.parametrize("name", ["web2", "trixie1", "busy1", "nosystemd1", "ro1"])
async def test_every_kind_of_host_is_read_wholly_and_nothing_unknown_is_found(lab: Any, name: str) -> None:
    async with opened(lab, name) as host:
        await host.run(Cadence.ONCE, Cadence.SLOW)
        await host.tick("fast", "medium", "focus")
        await asyncio.sleep(1)  # rates need time between two samples, on the host's clock
        reading = await host.tick("fast", "medium", "focus")
    assert reading.unread == ()
    assert reading.cpu_percent is not None
    assert reading.memory_used_percent is not None
    assert reading.core_count
    assert reading.network_rx_bytes_per_second is not None
    assert reading.disk_write_bytes_per_second is not None
    assert reading.tcp_sockets is not None
    assert "/" in {one.mount for one in reading.filesystems}
    assert not {one.mount for one in reading.filesystems} & {"/etc/hosts", "/dev", "/proc", "/sys"}
    root = next(one for one in reading.filesystems if one.mount == "/")
    assert root.inodes_used_percent is not None
    assert reading.processes is not None
    assert reading.processes.by_rss[0].rss_bytes
    rules = {finding.rule for finding in PANEL.judge(reading, ResourceLimits())}
    # The machine under the lab may be busy with other tests; what belongs to the host itself must be well.
    assert not rules & {"resources-unread", "disk-space", "disk-inodes", "open-files", "conntrack"}


async def test_root_that_is_read_only_is_said_and_not_judged(lab: Any) -> None:
    async with opened(lab, "ro1") as host:
        reading = await host.run(Cadence.SLOW)
    assert next(one for one in reading.filesystems if one.mount == "/").read_only


@pytest.mark.usefixtures("own_web1")
async def test_a_disk_that_is_filled_is_critical(lab: Any) -> None:
    path = "/var/log/app/opsconsole-lab-fill"
    async with opened(lab, "web1") as host:
        try:
            lab.ssh("web1", f"sudo head -c 19500000 /dev/zero | sudo tee {path} >/dev/null")
            reading = await host.run(Cadence.SLOW)
        finally:
            lab.ssh("web1", f"sudo rm -f {path}")
        cured = await host.run(Cadence.SLOW)
    found = [one for one in PANEL.judge(reading, ResourceLimits()) if one.subject == "/var/log/app"]
    assert {one.level.word for one in found} == {"critical", "warning"}
    assert found[0].summary == "/var/log/app 93 % used"
    assert found[0].suggests == "log-rotation"
    assert [one for one in PANEL.judge(cured, ResourceLimits()) if one.subject == "/var/log/app"] == []


@pytest.mark.usefixtures("own_web1")
@pytest.mark.parametrize("name", ["web1", "busy1"])
async def test_a_tick_costs_the_host_two_milliseconds_at_most(lab: Any, name: str) -> None:
    """The fast section, run as the sampler does: in a shell that is there already."""
    fast = next(one.script for one in PANEL.sections if one.cadence is Cadence.FAST)
    script = f"times; i=0; while [ $i -lt 200 ]; do O=$({fast} 2>/dev/null); i=$((i + 1)); done; times"
    async with opened(lab, name) as host:
        output = await host.shell.run(Command(("sh", "-c", script)))

    def total(lines: list[str]) -> float:
        fields = " ".join(lines).replace("m", " ").replace("s", " ").split()
        return sum(
            60 * float(minutes) + float(rest) for minutes, rest in zip(fields[::2], fields[1::2], strict=True)
        )

    lines = output.stdout.decode().splitlines()
    assert len(lines) == 4
    milliseconds = 1000 * (total(lines[2:]) - total(lines[:2])) / 200
    assert 0 < milliseconds <= 2.0
