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
        cpu_percent: Busy share of all cores, a mean of 30 s; warning after `cpu_for_seconds`.
        memory_percent: Memory used (total − available); warning after `memory_for_seconds`.
        memory_critical_percent: Critical above this.
        disk_percent: Space used; warning. `disk_critical_percent`: critical.
        inodes_percent: Inodes used; warning. `inodes_critical_percent`: critical.
        full_in_seconds: Predicted full within this: warning, when at least `full_used_percent` is used.
        full_critical_in_seconds: Likewise critical, from `full_critical_used_percent` used. The shares are
            node-mixin's (40 % and 20 % available): growth on an almost empty disk is no alarm.
        full_for_seconds: How long a prediction must hold.
        network_change_percent: Change of the rate against its own usual one; warning after
            `network_for_seconds`, when either is at least `network_floor_bytes_per_second`.
        open_files_percent: File handles of the host; warning. `open_files_critical_percent`: critical.
        conntrack_percent: Connection tracking table; warning. `conntrack_critical_percent`: critical.
        load_15_per_core: Load average of 15 minutes per core; warning.
        swapping_bytes_per_second: Read back from swap; warning after `swapping_for_seconds`.
        memory_pressure_percent: Time all tasks waited for memory, mean of 5 min (PSI full avg300); warning.
        memory_pressure_critical_percent: Likewise critical.
        io_pressure_percent: Time all tasks waited for disks, mean of 5 min; warning after
            `io_pressure_for_seconds`.
        steal_percent: Time taken by the hypervisor; warning after `steal_for_seconds`.
        retransmit_percent: TCP segments sent again; warning after `retransmit_for_seconds`, when at least
            `retransmit_floor_per_second`.
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
