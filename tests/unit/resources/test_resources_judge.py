"""What readings mean: each rule at, below and above its limit, in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from opsconsole.panels.holds import Holds
from opsconsole.panels.panel import Finding, Level
from opsconsole.panels.resources.judge import judge
from opsconsole.panels.resources.limits import ResourceLimits
from opsconsole.panels.resources.reading import FileSystem, ProcessTable, ResourcesReading

T0 = datetime(2026, 11, 20, 14, 5, 11, tzinfo=UTC)
LIMITS = ResourceLimits()
GIB = 1024**3


def findings(**values: Any) -> list[Finding]:
    return judge(ResourcesReading(taken_at=T0, **values), LIMITS)


def told(found: list[Finding]) -> list[tuple[str, str, str]]:
    return [(one.level.word, one.rule, one.summary) for one in found]


def var(used: float, **values: Any) -> FileSystem:
    filesystem = FileSystem(
        mount="/var",
        device="/dev/sda1",
        type="ext4",
        size_bytes=100 * GIB,
        used_bytes=int(used * GIB),
        available_bytes=int((100 - used) * GIB),
        used_percent=used,
        inodes=1000,
        inodes_used_percent=1.0,
        read_only=False,
        grows_bytes_per_hour=None,
        full_in_seconds=None,
        taken_at=T0,
    )
    return replace(filesystem, **values)


def table(cpu: tuple[str, float] = ("", 0.0), rss: tuple[str, int] = ("", 0)) -> ProcessTable:
    return ProcessTable(T0, 2, 2, False, (), (), (cpu,), (rss,))


def test_nothing_known_is_nothing_found() -> None:
    assert findings() == []


def test_cpu_says_how_long_and_who() -> None:
    since = (T0 - timedelta(minutes=16)).timestamp()
    [found] = findings(
        cpu_mean_percent=88.4,
        cpu_mean_seconds=30.2,
        core_count=4,
        cpu_lows=((70.0, since), (88.0, T0.timestamp())),
        processes=table(cpu=("php-fpm", 300.0)),
    )
    assert told([found]) == [("warning", "cpu-busy", "CPU 88 % for 16 min (php-fpm)")]
    assert found.since == T0 - timedelta(minutes=16)
    assert found.for_seconds == 900
    assert found.evidence == "/proc/stat, 14:05:11, mean of 30 s"


def test_cpu_names_nobody_when_no_process_stands_out() -> None:
    [found] = findings(cpu_mean_percent=88.4, core_count=4, processes=table(cpu=("php-fpm", 20.0)))
    assert found.summary == "CPU 88 %"
    assert findings(cpu_mean_percent=80.0) == []


def test_memory_tells_both_levels_each_with_its_duration() -> None:
    memory = {"memory_total_bytes": 100 * GIB, "memory_available_bytes": 8 * GIB}
    high = findings(
        memory_used_percent=92.0,
        memory_used_bytes=92 * GIB,
        processes=table(rss=("java", 60 * GIB)),
        **memory,
    )
    assert told(high) == [
        ("warning", "memory-used", "memory 92 % used (java)"),
        ("critical", "memory-used", "memory 92 % used (java)"),
    ]
    assert [one.for_seconds for one in high] == [600, 0]
    assert "8.0G of 100G available" in high[0].evidence
    [warning] = findings(memory_used_percent=86.0, memory_used_bytes=86 * GIB, **memory)
    assert warning.level is Level.WARNING
    assert findings(memory_used_percent=85.0, memory_used_bytes=85 * GIB, **memory) == []


def test_disk_in_the_words_of_the_screens() -> None:
    filesystem = var(94.0, grows_bytes_per_hour=2.1 * GIB, full_in_seconds=6 / 2.1 * 3600)
    settled = Holds().settle(findings(filesystems=(filesystem,)), T0)
    assert told(settled) == [("critical", "disk-space", "/var 94 % used, full in about 3 h (grows 2.1G/h)")]
    assert settled[0].subject == "/var"
    assert settled[0].suggests == "log-rotation"
    assert settled[0].evidence.startswith("df, 14:05:11")


@pytest.mark.parametrize(
    ("used", "hours", "level", "for_seconds"),
    [
        (50.0, 1.0, None, 0),  # too empty for a prediction to alarm
        (61.0, 23.0, "warning", 120),
        (61.0, 25.0, None, 0),
        (61.0, 3.0, "warning", 120),
        (81.0, 3.0, "critical", 120),
        (84.0, None, None, 0),
        (85.5, None, "warning", 0),
        (86.0, 100.0, "warning", 0),
        (90.5, None, "critical", 0),
    ],
)
def test_disk_space_and_prediction(
    used: float, hours: float | None, level: str | None, for_seconds: float
) -> None:
    filesystem = var(used)
    if hours is not None:
        growth = (100 - used) * GIB / hours
        filesystem = replace(filesystem, grows_bytes_per_hour=growth, full_in_seconds=hours * 3600)
    settled = Holds().settle(findings(filesystems=(filesystem,)), T0, at_once=True)
    assert [one.level.word for one in settled] == ([level] if level else [])
    if level:
        assert settled[0].for_seconds == for_seconds


def test_a_prediction_must_hold_two_minutes() -> None:
    filesystem = var(70.0, grows_bytes_per_hour=10.0 * GIB, full_in_seconds=3 * 3600.0)
    holds = Holds()
    assert holds.settle(findings(filesystems=(filesystem,)), T0) == []
    assert holds.settle(findings(filesystems=(filesystem,)), T0 + timedelta(seconds=121))


def test_read_only_is_never_full() -> None:
    assert findings(filesystems=(var(100.0, read_only=True, inodes_used_percent=100.0),)) == []


@pytest.mark.parametrize(
    ("value", "minutes"), [(30.0, "1 min"), (1200.0, "20 min"), (3700.0, "1 h"), (80000.0, "22 h")]
)
def test_about(value: float, minutes: str) -> None:
    [found] = [
        one
        for one in findings(filesystems=(var(70.0, grows_bytes_per_hour=1.0 * GIB, full_in_seconds=value),))
        if one.level is Level.WARNING
    ]
    assert f"full in about {minutes} " in found.summary


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"filesystems": (var(10.0, inodes_used_percent=86.0),)}, ("warning", "disk-inodes")),
        ({"filesystems": (var(10.0, inodes_used_percent=91.0),)}, ("critical", "disk-inodes")),
        ({"open_files_percent": 71.0}, ("warning", "open-files")),
        ({"open_files_percent": 91.0}, ("critical", "open-files")),
        ({"conntrack_percent": 76.0}, ("warning", "conntrack")),
        ({"conntrack_percent": 91.0}, ("critical", "conntrack")),
        ({"load_15": 4.1, "core_count": 2}, ("warning", "load-high")),
        ({"psi_memory_full_5m_percent": 21.0}, ("warning", "memory-pressure")),
        ({"psi_memory_full_5m_percent": 61.0}, ("critical", "memory-pressure")),
        ({"psi_io_full_5m_percent": 61.0}, ("warning", "io-pressure")),
        ({"swap_in_bytes_per_second": 1.1e6}, ("warning", "swapping")),
        ({"cpu_steal_percent": 26.0}, ("warning", "cpu-steal")),
        ({"tcp_retransmit_percent": 6.0, "tcp_retransmits_per_second": 11.0}, ("warning", "tcp-retransmits")),
    ],
)
def test_other_rules(values: dict[str, Any], expected: tuple[str, str]) -> None:
    [found] = findings(**values)
    assert (found.level.word, found.rule) == expected


@pytest.mark.parametrize(
    "values",
    [
        {"open_files_percent": 70.0, "conntrack_percent": 75.0},
        {"load_15": 4.0, "core_count": 2},
        {"psi_memory_full_5m_percent": 20.0, "psi_io_full_5m_percent": 60.0},
        {"tcp_retransmit_percent": 50.0, "tcp_retransmits_per_second": 1.0},
        {"filesystems": (var(85.0, inodes_used_percent=85.0),)},
    ],
)
def test_at_the_limit_is_well(values: dict[str, Any]) -> None:
    assert findings(**values) == []


@pytest.mark.parametrize(
    ("recent", "usual", "found"),
    [
        (15.1e6, 10e6, True),
        (14.9e6, 10e6, False),
        (0.0, 10e6, True),
        (5.1e6, 10e6, False),
        (900e3, 1e3, False),  # an idle host that says something
        (1.1e6, 1e3, True),
        (50e6, None, False),  # not known for ten minutes yet
    ],
)
def test_network_against_its_own_usual_rate(recent: float, usual: float | None, found: bool) -> None:
    told_ = findings(network_rx_recent_bytes_per_second=recent, network_rx_baseline_bytes_per_second=usual)
    assert [one.subject for one in told_] == (["received"] if found else [])


def test_limits_can_be_set() -> None:
    limits = replace(LIMITS, cpu_percent=50.0, cpu_for_seconds=1.0)
    [found] = judge(ResourcesReading(taken_at=T0, cpu_mean_percent=60.0), limits)
    assert found.for_seconds == 1
