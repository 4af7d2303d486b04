"""The limits of the resources panel. Each can be set per host and group."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ResourceLimits:
    """Above which value a resource is a finding, and for how long it must be so.

    Sources: DESIGN.md "Default limits"; node-mixin (Prometheus' own alerts) for prediction, file
    descriptors, connection tracking, load and faults; systemd-oomd's DefaultMemoryPressureLimit (60 %)
    for memory pressure.

    Attributes:
        cpu_percent: Busy share of all cores, a mean of 30 s; a warning above.
        cpu_for_seconds: For so long.
        memory_percent: Memory used (total − available); a warning above.
        memory_for_seconds: For so long.
        memory_critical_percent: Critical above.
        memory_critical_for_seconds: For so long.
        disk_percent: Space used of a file system; a warning above.
        disk_critical_percent: Critical above.
        inodes_percent: Inodes used of a file system; a warning above.
        inodes_critical_percent: Critical above.
        full_in_seconds: A file system that is predicted to be full within this is a warning.
        full_used_percent: When at least this share is used: growth on an almost empty disk is no alarm
            (node-mixin: 40 % available).
        full_critical_in_seconds: Critical within this.
        full_critical_used_percent: When at least this share is used (node-mixin: 20 % available).
        full_for_seconds: How long a prediction must hold.
        network_change_percent: Change of the rate against its own usual one; a warning above.
        network_floor_bytes_per_second: When the rate or the usual one is at least this.
        network_for_seconds: For so long.
        open_files_percent: Share of the host's file handles; a warning above.
        open_files_critical_percent: Critical above.
        conntrack_percent: Share of the table of tracked connections; a warning above.
        conntrack_critical_percent: Critical above.
        load_15_per_core: Load average of 15 minutes per core; a warning above.
        swapping_bytes_per_second: Read back from swap; a warning above.
        swapping_for_seconds: For so long.
        memory_pressure_percent: Time that all tasks waited for memory, a mean of 5 min (PSI full avg300); a
            warning above.
        memory_pressure_critical_percent: Critical above.
        io_pressure_percent: Time that all tasks waited for disks, a mean of 5 min; a warning above.
        io_pressure_for_seconds: For so long.
        steal_percent: Time that the hypervisor took; a warning above.
        steal_for_seconds: For so long.
        retransmit_percent: TCP segments that were sent again; a warning above.
        retransmit_floor_per_second: When at least so many a second were.
        retransmit_for_seconds: For so long.
    """

    cpu_percent: float = 80.0
    cpu_for_seconds: float = 900.0
    memory_percent: float = 85.0
    memory_for_seconds: float = 600.0
    memory_critical_percent: float = 90.0
    memory_critical_for_seconds: float = 0.0
    disk_percent: float = 85.0
    disk_critical_percent: float = 90.0
    inodes_percent: float = 85.0
    inodes_critical_percent: float = 90.0
    full_in_seconds: float = 86_400.0
    full_used_percent: float = 60.0
    full_critical_in_seconds: float = 14_400.0
    full_critical_used_percent: float = 80.0
    full_for_seconds: float = 120.0
    network_change_percent: float = 50.0
    network_floor_bytes_per_second: float = 1_000_000.0
    network_for_seconds: float = 300.0
    open_files_percent: float = 70.0
    open_files_critical_percent: float = 90.0
    conntrack_percent: float = 75.0
    conntrack_critical_percent: float = 90.0
    load_15_per_core: float = 2.0
    swapping_bytes_per_second: float = 1_000_000.0
    swapping_for_seconds: float = 300.0
    memory_pressure_percent: float = 20.0
    memory_pressure_critical_percent: float = 60.0
    io_pressure_percent: float = 60.0
    io_pressure_for_seconds: float = 300.0
    steal_percent: float = 25.0
    steal_for_seconds: float = 600.0
    retransmit_percent: float = 5.0
    retransmit_floor_per_second: float = 10.0
    retransmit_for_seconds: float = 300.0


@dataclass(frozen=True, slots=True)
class ResourceSettings:
    """Nothing of this panel is set per host but its limits."""
