"""The psutil road, forced here where /proc is there too: it must say what /proc says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

import psutil
import pytest

from opsconsole.data.host import Host
from opsconsole.panels.panel import Cadence
from opsconsole.panels.resources import PANEL, psutil_probe
from opsconsole.panels.resources.limits import ResourceLimits
from opsconsole.panels.resources.processes import ProcessReader

T0 = datetime(2026, 11, 20, tzinfo=UTC)


def test_readings_come_from_psutil(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = psutil.virtual_memory()  # what others take meanwhile is not to be seen
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)
    monkeypatch.setattr(psutil, "disk_usage", cache(psutil.disk_usage))
    reader = PANEL.reader(Host("localhost", "localhost"))
    before = set(psutil.net_io_counters(pernic=True))
    reader.read(psutil_probe.sections(set(Cadence)), T0)
    reading = reader.read(psutil_probe.sections(set(Cadence)), T0 + timedelta(seconds=2))
    assert reading.source == "psutil"
    assert reading.memory_total_bytes == memory.total // 1024 * 1024
    assert reading.memory_used_percent == pytest.approx(100 * (1 - memory.available / memory.total), abs=2)
    assert reading.core_count == psutil.cpu_count()
    assert reading.booted_at == datetime.fromtimestamp(int(psutil.boot_time()), UTC)
    root = next(one for one in reading.filesystems if one.mount == "/")
    assert root.used_percent == pytest.approx(psutil.disk_usage("/").percent, abs=0.2)
    assert root.inodes
    assert reading.processes is not None
    after = set(psutil.net_io_counters(pernic=True))  # Containers may come and go meanwhile.
    assert (before & after) - {"lo"} <= {one.name for one in reading.interfaces} <= (before | after) - {"lo"}
    assert reading.psi_cpu_some_percent is None
    assert [one for one in PANEL.judge(reading, ResourceLimits()) if one.level.word == "unknown"] == []


def test_a_process_is_read_as_psutil_tells_it() -> None:
    own = psutil.Process()
    reader = ProcessReader()
    reader.set_units(psutil_probe.sections({Cadence.ONCE})["once"].text)
    table = reader.read(f"100.0 1\n{psutil_probe._process(own)}\n".encode(), T0)
    assert table is not None
    [shown] = table.by_rss
    assert (shown.pid, shown.name) == (own.pid, own.name())
    assert shown.rss_bytes == pytest.approx(own.memory_info().rss, rel=0.1)


def test_rates_are_those_of_psutils_counters(monkeypatch: pytest.MonkeyPatch) -> None:
    class Counters:
        def __init__(self, **values: float) -> None:
            self.__dict__.update(values)

    moment = {"n": 0}
    zero = {"packets_recv": 0, "packets_sent": 0, "errin": 0, "errout": 0, "dropin": 0, "dropout": 0}

    def cpu_times(percpu: bool = False) -> object:
        one = Counters(user=10.0 + moment["n"], nice=0.0, system=5.0, idle=100.0 + moment["n"])
        return [one, one] if percpu else one

    def net(**_: object) -> object:
        return {"en0": Counters(bytes_recv=1000 * moment["n"], bytes_sent=500 * moment["n"], **zero)}

    def disk(**_: object) -> object:
        n = moment["n"]
        return {
            "disk0": Counters(
                read_count=n, write_count=0, read_bytes=51200 * n, write_bytes=0, read_time=n, write_time=0
            )
        }

    monkeypatch.setattr(psutil, "cpu_times", cpu_times)
    monkeypatch.setattr(psutil, "net_io_counters", net)
    monkeypatch.setattr(psutil, "disk_io_counters", disk)
    monkeypatch.setattr(psutil_probe.time, "time", lambda: psutil.boot_time() + 100 + moment["n"])
    reader = PANEL.reader(Host("localhost", "localhost"))
    reader.read(psutil_probe.sections({Cadence.FAST}), T0)
    moment["n"] = 10
    reading = reader.read(psutil_probe.sections({Cadence.FAST}), T0 + timedelta(seconds=10))
    assert reading.cpu_percent == pytest.approx(50)
    assert reading.network_rx_bytes_per_second == pytest.approx(1000)
    assert reading.network_tx_bytes_per_second == pytest.approx(500)
    assert reading.disk_read_bytes_per_second == pytest.approx(51200)
    assert reading.disks[0].utilisation_percent is None
