"""The reader on output captured from real hosts: Debian 12, Debian 13, BusyBox."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from opsconsole.data.host import Host
from opsconsole.panels import load
from opsconsole.panels.panel import Cadence, SectionOutput
from opsconsole.panels.resources import PANEL
from opsconsole.panels.resources.limits import ResourceLimits

CAPTURED = Path(__file__).parent / "captured"
T0 = datetime(2026, 11, 20, 9, 50, tzinfo=UTC)


def captured(host: str, *names: str, second: bool = False) -> dict[str, SectionOutput]:
    mark = "2" if second else ""
    return {name: SectionOutput((CAPTURED / f"{host}.{name}{mark}").read_bytes()) for name in names}


def blob(text: bytes, path: str) -> list[str]:
    part = text.decode().split(f"==> {path} <==\n")[1].split("\n==> ")[0]
    return part.strip().splitlines()


def test_panel_is_found_by_name() -> None:
    assert load("resources") is PANEL
    # Nothing of it costs a host seconds: that is what the rare cadence is for.
    assert {section.cadence for section in PANEL.sections} == set(Cadence) - {Cadence.RARE}


@pytest.mark.parametrize("host", ["web1", "busy1"])
def test_two_samples_agree_with_a_plain_calculation(host: str) -> None:
    reader = PANEL.reader(Host(host, host))
    first = captured(host, "once", "fast", "medium", "focus", "slow")
    second = captured(host, "fast", "medium", "focus", second=True)
    before = reader.read(first, T0)
    assert before.cpu_percent is None
    assert before.disk_read_bytes_per_second is None
    assert before.network_rx_bytes_per_second is None

    now = reader.read(second, T0 + timedelta(seconds=3))
    a, b = first["fast"].text, second["fast"].text
    old, new = ([int(x) for x in blob(text, "/proc/stat")[0].split()[1:9]] for text in (a, b))
    spent = [y - x for x, y in zip(old, new, strict=True)]
    assert now.cpu_percent == pytest.approx(100 * (sum(spent) - spent[3] - spent[4]) / sum(spent))
    assert now.cpu_user_percent == pytest.approx(100 * (spent[0] + spent[1]) / sum(spent))
    seconds = float(blob(b, "/proc/uptime")[0].split()[0]) - float(blob(a, "/proc/uptime")[0].split()[0])

    def disk(text: bytes) -> list[str]:
        return next(line for line in blob(text, "/proc/diskstats") if " vda " in line).split()

    read = (int(disk(b)[5]) - int(disk(a)[5])) * 512 / seconds
    written = (int(disk(b)[9]) - int(disk(a)[9])) * 512 / seconds
    assert now.disk_read_bytes_per_second == pytest.approx(read)
    assert now.disk_write_bytes_per_second == pytest.approx(written)
    assert [one.name for one in now.disks] == ["vda"]
    assert now.disks[0].write_bytes_per_second == pytest.approx(written)

    def ethernet(text: bytes) -> list[str]:
        line = next(line for line in blob(text, "/proc/net/dev") if line.strip().startswith("eth0:"))
        return line.split(":")[1].split()

    received = (int(ethernet(b)[0]) - int(ethernet(a)[0])) / seconds
    sent = (int(ethernet(b)[8]) - int(ethernet(a)[8])) / seconds
    assert now.network_rx_bytes_per_second == pytest.approx(received)
    assert now.network_tx_bytes_per_second == pytest.approx(sent)
    assert received > 0

    meminfo = dict(line.split(":") for line in blob(b, "/proc/meminfo"))
    total, available = (int(meminfo[key].split()[0]) * 1024 for key in ("MemTotal", "MemAvailable"))
    assert now.memory_used_bytes == total - available
    assert now.memory_used_percent == pytest.approx(100 * (total - available) / total)
    assert now.swap_total_bytes == 0
    assert now.swap_used_percent is None
    assert (now.load_1, now.load_5, now.load_15) == tuple(
        float(x) for x in blob(b, "/proc/loadavg")[0].split()[:3]
    )
    assert now.core_count == 2
    assert len(now.cores) == 2
    assert now.cores[0].cpu_percent is not None
    assert now.uptime_seconds == float(blob(b, "/proc/uptime")[0].split()[0])
    assert now.booted_at is not None
    assert now.booted_at.year == 2026
    assert now.psi_cpu_some_percent is not None
    assert now.open_files == int(blob(b, "/proc/sys/fs/file-nr")[0].split()[0])
    assert now.oom_kills == 0
    assert now.oom_kills_recent == 0
    assert now.tcp_sockets is not None
    assert now.unread == ()


def test_container_root_is_shown_and_its_bind_mounts_are_not() -> None:
    reading = PANEL.reader(Host("web1", "web1")).read(captured("web1", "slow"), T0)
    assert [(one.mount, one.type, one.read_only) for one in reading.filesystems] == [
        ("/", "overlay", False),
        ("/run", "tmpfs", False),
        ("/dev/shm", "tmpfs", False),
        ("/tmp", "tmpfs", False),
        ("/var/log/app", "tmpfs", False),
    ]
    root = reading.filesystems[0]
    assert (root.size_bytes, root.used_bytes, root.available_bytes) == (
        264212084 * 1024,
        25760564 * 1024,
        80630348 * 1024,
    )
    assert root.used_percent == pytest.approx(100 * 25760564 / (25760564 + 80630348))
    assert root.inodes == 16777216
    assert root.inodes_used_percent == pytest.approx(100 * 465055 / 16777216)


def test_busybox_df_and_missing_getconf() -> None:
    reading = PANEL.reader(Host("busy1", "busy1")).read(captured("busy1", "once", "slow", "focus"), T0)
    assert [one.mount for one in reading.filesystems] == ["/", "/run", "/dev/shm", "/tmp"]
    assert reading.filesystems[0].inodes == 16777216
    assert reading.processes is not None
    first = {one.pid: one for one in reading.processes.by_rss}[1]
    assert (first.name, first.rss_bytes) == ("serve.sh", 385 * 4096)


def test_parts_not_read_stay_and_keep_their_own_time() -> None:
    reader = PANEL.reader(Host("web1", "web1"))
    reader.read(captured("web1", "slow", "fast"), T0)
    later = reader.read(captured("web1", "fast", second=True), T0 + timedelta(seconds=2))
    assert later.taken_at == T0 + timedelta(seconds=2)
    assert later.filesystems[0].taken_at == T0
    assert later.filesystems_taken_at == T0


def test_series_has_known_values_only_and_file_systems_once_per_df() -> None:
    reader = PANEL.reader(Host("web1", "web1"))
    first = reader.read(captured("web1", "fast"), T0)
    assert "cpu_percent" not in reader.series(first)
    assert reader.series(first)["load_1"] == first.load_1
    second = reader.read(captured("web1", "fast", "slow"), T0 + timedelta(seconds=2))
    assert reader.series(second)["filesystem_used_bytes:/"] == float(second.filesystems[0].used_bytes)
    assert "filesystem_used_bytes:/" not in reader.series(second)


def test_json_is_plain_and_whole() -> None:
    reader = PANEL.reader(Host("web1", "web1"))
    reader.read(captured("web1", "once", "fast", "medium", "focus", "slow"), T0)
    reading = reader.read(captured("web1", "fast", "medium", "focus", second=True), T0 + timedelta(seconds=3))
    document = json.loads(json.dumps(PANEL.to_json(reading), allow_nan=False))
    assert document["taken_at"] == "2026-11-20T09:50:03+00:00"
    assert document["memory_total_bytes"] == reading.memory_total_bytes
    assert document["cores"][1]["name"] == "cpu1"
    assert document["filesystems"][0]["mount"] == "/"
    assert document["processes"]["by_rss"]
    assert "details" not in document


def test_healthy_host_has_no_finding() -> None:
    reader = PANEL.reader(Host("trixie1", "trixie1"))
    reading = reader.read(captured("trixie1", "once", "fast", "medium", "focus", "slow"), T0)
    assert PANEL.judge(reading, ResourceLimits()) == []


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("/proc/stat", "CPU"),
        ("/proc/meminfo", "memory"),
        ("/proc/loadavg", "load"),
        ("/proc/uptime", "uptime"),
        ("/proc/net/dev", "network"),
        ("/proc/diskstats", "disks"),
    ],
)
def test_a_missing_file_is_named_and_never_ok(path: str, part: str) -> None:
    text = captured("web1", "fast")["fast"].text
    start = text.index(f"==> {path} <==\n".encode())
    end = text.find(b"\n==> ", start)
    reading = PANEL.reader(Host("a", "a")).read({"fast": SectionOutput(text[:start] + text[end + 1 :])}, T0)
    [finding] = PANEL.judge(reading, ResourceLimits())
    assert (finding.level.word, finding.subject) == ("unknown", part)
    assert path in finding.summary


def test_a_part_that_comes_back_is_no_longer_unread() -> None:
    reader = PANEL.reader(Host("a", "a"))
    assert reader.read({"fast": SectionOutput(b"")}, T0).unread
    assert reader.read(captured("web1", "fast"), T0 + timedelta(seconds=2)).unread == ()


def test_no_pressure_and_no_conntrack_is_no_finding() -> None:
    text = captured("web1", "fast")["fast"].text
    cut = text[: text.index(b"\n==> /proc/pressure/cpu")]
    reading = PANEL.reader(Host("a", "a")).read({"fast": SectionOutput(cut + b"\n")}, T0)
    assert reading.psi_cpu_some_percent is None
    assert reading.conntrack is None
    assert PANEL.judge(reading, ResourceLimits()) == []


@pytest.mark.parametrize("section", ["medium", "focus", "slow"])
def test_an_empty_section_is_unknown(section: str) -> None:
    reading = PANEL.reader(Host("a", "a")).read({section: SectionOutput(b"")}, T0)
    [finding] = PANEL.judge(reading, ResourceLimits())
    assert finding.level.word == "unknown"
