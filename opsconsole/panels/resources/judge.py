"""What a reading of resources means under its limits. Pure, and quick when all is well."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from opsconsole.data.units import format_bytes
from opsconsole.panels.panel import Finding, Level
from opsconsole.panels.resources.limits import ResourceLimits
from opsconsole.panels.resources.reading import FileSystem, ResourcesReading
from opsconsole.panels.resources.sustained import above_since

_NAMED_SHARE = 0.25  # A process name is told when it has at least this share of what is used.


def judge(reading: ResourcesReading, limits: ResourceLimits) -> list[Finding]:
    """Return the findings of a reading, none when all is well.

    A rule with two levels tells both when the higher one is reached, each with its own duration: so the
    lower one is not forgotten when the value falls back.
    """
    found: list[Finding] = []
    if (reading.cpu_mean_percent or 0.0) > limits.cpu_percent:
        found.append(_cpu(reading, limits))
    if (reading.memory_used_percent or 0.0) > limits.memory_percent:
        found.extend(_memory(reading, limits))
    if (
        reading.load_15
        and reading.core_count
        and reading.load_15 > limits.load_15_per_core * reading.core_count
    ):
        found.append(_load(reading))
    for filesystem in reading.filesystems:
        if not filesystem.read_only:
            found.extend(_space(filesystem, limits))
            found.extend(_inodes(filesystem, limits))
    found.extend(_tables(reading, limits))
    found.extend(_waiting(reading, limits))
    found.extend(_network(reading, limits))
    if reading.unread:
        found.extend(
            Finding(
                Level.UNKNOWN,
                "resources-unread",
                one.part,
                f"{one.part}: {one.reason}",
                evidence=_evidence(reading.source, reading.taken_at),
            )
            for one in reading.unread
        )
    return found


def _evidence(source: str, taken_at: datetime) -> str:
    return f"{source}, {taken_at:%H:%M:%S}"


def _cpu(reading: ResourcesReading, limits: ResourceLimits) -> Finding:
    value = reading.cpu_mean_percent or 0.0
    since = datetime.fromtimestamp(
        above_since(reading.cpu_lows, limits.cpu_percent, reading.taken_at.timestamp()), UTC
    )
    minutes = int((reading.taken_at - since).total_seconds() // 60)
    lasting = f" for {minutes} min" if minutes >= 1 else ""
    return Finding(
        Level.WARNING,
        "cpu-busy",
        "CPU",
        f"CPU {value:.0f} %{lasting}{_busiest(reading, value)}",
        evidence=_evidence("/proc/stat" if reading.source == "/proc" else reading.source, reading.taken_at)
        + f", mean of {reading.cpu_mean_seconds:.0f} s",
        since=since,
        suggests="cpu-busy",
        for_seconds=limits.cpu_for_seconds,
    )


def _busiest(reading: ResourcesReading, busy_percent: float) -> str:
    table = reading.processes
    if table is None or not table.names_by_cpu or not reading.core_count:
        return ""
    name, percent = table.names_by_cpu[0]
    return f" ({name})" if percent / reading.core_count >= _NAMED_SHARE * busy_percent else ""


def _memory(reading: ResourcesReading, limits: ResourceLimits) -> Iterator[Finding]:
    value, used, total = reading.memory_used_percent, reading.memory_used_bytes, reading.memory_total_bytes
    if value is None or used is None or total is None:
        return
    table = reading.processes
    name, rss = table.names_by_rss[0] if table and table.names_by_rss else ("", 0)
    summary = f"memory {value:.0f} % used" + (f" ({name})" if rss >= _NAMED_SHARE * used else "")
    evidence = (
        f"{_evidence('/proc/meminfo', reading.taken_at)}: "
        f"{format_bytes(reading.memory_available_bytes or 0)} of {format_bytes(total)} available"
    )
    levels = [(Level.WARNING, limits.memory_for_seconds)]
    if value > limits.memory_critical_percent:
        levels.append((Level.CRITICAL, limits.memory_critical_for_seconds))
    for level, for_seconds in levels:
        yield Finding(
            level,
            "memory-used",
            "memory",
            summary,
            evidence=evidence,
            suggests="memory-used",
            for_seconds=for_seconds,
        )


def _load(reading: ResourcesReading) -> Finding:
    return Finding(
        Level.WARNING,
        "load-high",
        "load",
        f"load {reading.load_15:.1f} on {reading.core_count} cores for 15 min",
        evidence=_evidence("/proc/loadavg", reading.taken_at),
        suggests="cpu-busy",
    )


def _space(filesystem: FileSystem, limits: ResourceLimits) -> Iterator[Finding]:
    used, full_in = filesystem.used_percent, filesystem.full_in_seconds
    soon = full_in is not None and full_in < limits.full_in_seconds and used >= limits.full_used_percent
    if used <= limits.disk_percent and not soon:
        return
    summary = f"{filesystem.mount} {used:.0f} % used"
    if full_in is not None and full_in < limits.full_in_seconds:
        growth = format_bytes(filesystem.grows_bytes_per_hour or 0.0)
        summary += f", full in about {_about(full_in)} (grows {growth}/h)"
    evidence = f"{_evidence('df', filesystem.taken_at)}: {format_bytes(filesystem.available_bytes)} available"
    very_soon = (
        full_in is not None
        and full_in < limits.full_critical_in_seconds
        and used >= limits.full_critical_used_percent
    )
    rules = (
        (Level.CRITICAL, used > limits.disk_critical_percent, very_soon),
        (Level.WARNING, used > limits.disk_percent, soon),
    )
    for level, by_used, by_trend in rules:
        if by_used or by_trend:
            yield Finding(
                level,
                "disk-space",
                filesystem.mount,
                summary,
                evidence=evidence,
                suggests="log-rotation",
                for_seconds=0.0 if by_used else limits.full_for_seconds,
            )


def _about(seconds: float) -> str:
    if seconds < 3600:
        return f"{max(1, round(seconds / 60))} min"
    return f"{round(seconds / 3600)} h"


def _inodes(filesystem: FileSystem, limits: ResourceLimits) -> Iterator[Finding]:
    used = filesystem.inodes_used_percent
    if used is not None and used > limits.inodes_percent:
        yield Finding(
            Level.CRITICAL if used > limits.inodes_critical_percent else Level.WARNING,
            "disk-inodes",
            filesystem.mount,
            f"{filesystem.mount} {used:.0f} % of its inodes used",
            evidence=_evidence("df -i", filesystem.taken_at),
            suggests="log-rotation",
        )


def _tables(reading: ResourcesReading, limits: ResourceLimits) -> Iterator[Finding]:
    files, tracked = reading.open_files_percent, reading.conntrack_percent
    if files is not None and files > limits.open_files_percent:
        yield Finding(
            Level.CRITICAL if files > limits.open_files_critical_percent else Level.WARNING,
            "open-files",
            "open files",
            f"{files:.0f} % of the host's file handles in use",
            evidence=f"{_evidence('/proc/sys/fs/file-nr', reading.taken_at)}: "
            f"{reading.open_files} of {reading.open_files_max}",
        )
    if tracked is not None and tracked > limits.conntrack_percent:
        yield Finding(
            Level.CRITICAL if tracked > limits.conntrack_critical_percent else Level.WARNING,
            "conntrack",
            "connection tracking",
            f"connection tracking table {tracked:.0f} % full",
            evidence=f"{_evidence('nf_conntrack_count', reading.taken_at)}: "
            f"{reading.conntrack} of {reading.conntrack_max}",
        )


def _waiting(reading: ResourcesReading, limits: ResourceLimits) -> Iterator[Finding]:
    taken_at = reading.taken_at
    memory = reading.psi_memory_full_5m_percent or 0.0
    if memory > limits.memory_pressure_percent:
        yield Finding(
            Level.CRITICAL if memory > limits.memory_pressure_critical_percent else Level.WARNING,
            "memory-pressure",
            "memory",
            f"all tasks waited {memory:.0f} % of 5 min for memory",
            evidence=_evidence("PSI full avg300", taken_at),
            suggests="memory-used",
        )
    io = reading.psi_io_full_5m_percent or 0.0
    if io > limits.io_pressure_percent:
        yield Finding(
            Level.WARNING,
            "io-pressure",
            "disks",
            f"all tasks waited {io:.0f} % of 5 min for disks",
            evidence=_evidence("PSI full avg300", taken_at),
            for_seconds=limits.io_pressure_for_seconds,
        )
    swapped = reading.swap_in_bytes_per_second or 0.0
    if swapped > limits.swapping_bytes_per_second:
        yield Finding(
            Level.WARNING,
            "swapping",
            "swap",
            f"reads {format_bytes(swapped)}/s back from swap",
            evidence=_evidence("/proc/vmstat", taken_at),
            suggests="memory-used",
            for_seconds=limits.swapping_for_seconds,
        )
    steal = reading.cpu_steal_percent or 0.0
    if steal > limits.steal_percent:
        yield Finding(
            Level.WARNING,
            "cpu-steal",
            "CPU",
            f"the hypervisor takes {steal:.0f} % of the CPU",
            evidence=_evidence("/proc/stat", taken_at),
            for_seconds=limits.steal_for_seconds,
        )
    if (reading.tcp_retransmit_percent or 0.0) > limits.retransmit_percent and (
        reading.tcp_retransmits_per_second or 0.0
    ) >= limits.retransmit_floor_per_second:
        yield Finding(
            Level.WARNING,
            "tcp-retransmits",
            "network",
            f"{reading.tcp_retransmit_percent:.0f} % of TCP segments sent again",
            evidence=_evidence("/proc/net/snmp", taken_at),
            for_seconds=limits.retransmit_for_seconds,
        )


def _network(reading: ResourcesReading, limits: ResourceLimits) -> Iterator[Finding]:
    directions = (
        (
            "received",
            reading.network_rx_recent_bytes_per_second,
            reading.network_rx_baseline_bytes_per_second,
        ),
        ("sent", reading.network_tx_recent_bytes_per_second, reading.network_tx_baseline_bytes_per_second),
    )
    for direction, recent, usual in directions:
        if recent is None or usual is None or max(recent, usual) < limits.network_floor_bytes_per_second:
            continue
        if abs(recent - usual) > usual * limits.network_change_percent / 100.0:
            yield Finding(
                Level.WARNING,
                "network-change",
                direction,
                f"network {direction} {format_bytes(recent)}/s, usual {format_bytes(usual)}/s",
                evidence=_evidence("/proc/net/dev", reading.taken_at) + ", mean of 1 min",
                for_seconds=limits.network_for_seconds,
            )
