"""What the resources panel knows of a host. All sizes in bytes, shares in percent, None is unknown."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from opsconsole.data.record import record


@dataclass(frozen=True, slots=True)
class Core:
    """One processor core between two samples; shares in percent of that core."""

    name: str
    cpu_percent: float | None
    user_percent: float | None
    system_percent: float | None
    iowait_percent: float | None
    steal_percent: float | None


@dataclass(frozen=True, slots=True)
class Disk:
    """One whole block device between two samples.

    Attributes:
        name: Kernel name, cleaned.
        read_bytes_per_second: Read throughput.
        write_bytes_per_second: Write throughput.
        utilisation_percent: Share of time with at least one request under way (iostat's %util).
        await_ms: Mean time of a request from queueing to its end; None when there was none.
        queue: Mean number of requests waiting or under way (iostat's aqu-sz).
    """

    name: str
    read_bytes_per_second: float | None
    write_bytes_per_second: float | None
    utilisation_percent: float | None
    await_ms: float | None
    queue: float | None


@dataclass(frozen=True, slots=True)
class Interface:
    """One network interface between two samples.

    `counted` says whether it is part of the host's total (see `network.COUNTED`). Errors and drops are
    of both directions.
    """

    name: str
    counted: bool
    rx_bytes_per_second: float | None
    tx_bytes_per_second: float | None
    rx_packets_per_second: float | None
    tx_packets_per_second: float | None
    errors_per_second: float | None
    drops_per_second: float | None


@dataclass(frozen=True, slots=True)
class FileSystem:
    """One local file system.

    Attributes:
        mount: Mount point, cleaned for showing.
        device: Device or other source, cleaned.
        type: Type as the kernel names it.
        size_bytes: Size.
        used_bytes: Used.
        available_bytes: What users without privilege may still write.
        used_percent: used / (used + available), as df computes it (df rounds it up).
        inodes: Number of inodes; None where the type has no fixed number (btrfs, vfat).
        inodes_used_percent: Share of inodes in use.
        read_only: Mounted read-only.
        grows_bytes_per_hour: Trend of the used bytes; None while unknown, flat or shrinking.
        full_in_seconds: available / growth; None without growth.
        taken_at: When df read it (UTC).
    """

    mount: str
    device: str
    type: str
    size_bytes: int
    used_bytes: int
    available_bytes: int
    used_percent: float
    inodes: int | None
    inodes_used_percent: float | None
    read_only: bool
    grows_bytes_per_hour: float | None
    full_in_seconds: float | None
    taken_at: datetime


@dataclass(frozen=True, slots=True)
class Process:
    """One process. `cpu_percent` is of one core, as top shows it; None in the first sample it is seen."""

    pid: int
    name: str
    state: str
    cpu_percent: float | None
    rss_bytes: int | None


@dataclass(frozen=True, slots=True)
class ProcessTable:
    """The heaviest processes.

    Attributes:
        taken_at: When it was read (UTC).
        count: Processes the host has, as far as this user may see them.
        read_count: How many were read; fewer than `count` when the list was cut.
        only_own: The host hides other users' processes (hidepid).
        by_cpu: The ten with the most CPU.
        by_rss: The ten with the most resident memory.
        names_by_cpu: (name, percent of one core) summed over processes of the same name, top five.
        names_by_rss: (name, bytes) summed likewise; shared pages are counted in each process.
    """

    taken_at: datetime
    count: int
    read_count: int
    only_own: bool
    by_cpu: tuple[Process, ...]
    by_rss: tuple[Process, ...]
    names_by_cpu: tuple[tuple[str, float], ...]
    names_by_rss: tuple[tuple[str, int], ...]

    @property
    def is_cut(self) -> bool:
        """Whether many were not read: a few end between being counted and being read."""
        return self.count - self.read_count > max(10, self.count // 20)


class Details(Protocol):
    """The long tables, made when somebody looks."""

    @property
    def cores(self) -> tuple[Core, ...]:
        """Per core, in the kernel's order."""
        ...

    @property
    def disks(self) -> tuple[Disk, ...]:
        """Per whole disk, busiest first."""
        ...

    @property
    def interfaces(self) -> tuple[Interface, ...]:
        """Per interface but lo, busiest first."""
        ...


@dataclass(frozen=True, slots=True)
class NoDetails:
    """Before the first sample."""

    cores: tuple[Core, ...] = ()
    disks: tuple[Disk, ...] = ()
    interfaces: tuple[Interface, ...] = ()


@dataclass(frozen=True, slots=True)
class Unread:
    """A part that should be there and could not be read: what, and why."""

    part: str
    reason: str


@record(eq=False)
class ResourcesReading:
    """The resources of one host at one moment.

    Attributes:
        taken_at: When the newest part was read (UTC).
        source: `/proc`, or `psutil` on this machine where there is no /proc.
        cpu_percent: Busy share of all cores: total − idle − iowait. None in the first sample.
        cpu_user_percent: In user space (nice and guests included).
        cpu_system_percent: In the kernel, interrupts included.
        cpu_iowait_percent: Idle with a disk request under way; not part of `cpu_percent`.
        cpu_steal_percent: Taken by the hypervisor.
        cpu_mean_percent: `cpu_percent` over about the last 30 seconds; what the limits are held against.
        cpu_mean_seconds: Over how many seconds that is; fewer just after the start.
        cpu_lows: (epoch seconds, percent) of the newest sample at or below each level; see
            `sustained.above_since`.
        core_count: Cores on line.
        load_1: Load average of 1 minute; `load_5` and `load_15` likewise.
        psi_cpu_some_percent: Pressure stall share of the last 10 s (avg10); None where the kernel has none.
            `psi_io_some_percent`, `psi_io_full_percent`, `psi_memory_some_percent` and
            `psi_memory_full_percent` likewise.
        psi_io_full_5m_percent: avg300; also `psi_memory_full_5m_percent`.
        memory_total_bytes: MemTotal.
        memory_available_bytes: MemAvailable; ZFS's cache is not in it.
        memory_used_bytes: total − available; `memory_used_percent` is its share.
        swap_total_bytes: 0 means that there is none.
        swap_used_bytes: Swap in use; `swap_used_percent` its share, None without swap.
        disk_read_bytes_per_second: Sum over whole physical disks; `disk_write_bytes_per_second` likewise.
        network_rx_bytes_per_second: Sum over the counted interfaces; `network_tx_bytes_per_second` likewise.
        network_rx_recent_bytes_per_second: Mean over about a minute, set against
            `network_rx_baseline_bytes_per_second`, the host's own usual rate; None until it is known for ten
            minutes. `network_tx_…` likewise.
        open_files: File handles in use on the whole host; `open_files_max`, `open_files_percent`.
        conntrack: Tracked connections; `conntrack_max`, `conntrack_percent`; None without conntrack.
        uptime_seconds: Since boot.
        booted_at: When it booted (UTC, by the host's clock).
        tcp_sockets: TCP sockets in use (IPv4 and IPv6); `tcp_time_wait` those in TIME_WAIT.
        tcp_retransmits_per_second: Segments sent again; `tcp_retransmit_percent` of all sent.
        listen_drops_per_second: Connections dropped because a listen queue was full.
        oom_kills: The kernel's counter since boot; `oom_kills_recent` since the previous reading of it.
        swap_in_bytes_per_second: Read back from swap; `swap_out_bytes_per_second` written to it.
        major_faults_per_second: Page faults that needed a disk.
        filesystems: Local file systems, fullest first, pseudo ones hidden.
        filesystems_taken_at: When df was read last.
        processes: The heaviest processes; None before they were read.
        details: Tables made on demand: `cores`, `disks`, `interfaces` read through it.
        unread: Parts that should be there and could not be read.
    """

    taken_at: datetime
    source: str = "/proc"
    cpu_percent: float | None = None
    cpu_user_percent: float | None = None
    cpu_system_percent: float | None = None
    cpu_iowait_percent: float | None = None
    cpu_steal_percent: float | None = None
    cpu_mean_percent: float | None = None
    cpu_mean_seconds: float = 0.0
    cpu_lows: tuple[tuple[float, float], ...] = ()
    core_count: int | None = None
    load_1: float | None = None
    load_5: float | None = None
    load_15: float | None = None
    psi_cpu_some_percent: float | None = None
    psi_io_some_percent: float | None = None
    psi_io_full_percent: float | None = None
    psi_memory_some_percent: float | None = None
    psi_memory_full_percent: float | None = None
    psi_io_full_5m_percent: float | None = None
    psi_memory_full_5m_percent: float | None = None
    memory_total_bytes: int | None = None
    memory_available_bytes: int | None = None
    memory_used_bytes: int | None = None
    memory_used_percent: float | None = None
    swap_total_bytes: int | None = None
    swap_used_bytes: int | None = None
    swap_used_percent: float | None = None
    disk_read_bytes_per_second: float | None = None
    disk_write_bytes_per_second: float | None = None
    network_rx_bytes_per_second: float | None = None
    network_tx_bytes_per_second: float | None = None
    network_rx_recent_bytes_per_second: float | None = None
    network_tx_recent_bytes_per_second: float | None = None
    network_rx_baseline_bytes_per_second: float | None = None
    network_tx_baseline_bytes_per_second: float | None = None
    open_files: int | None = None
    open_files_max: int | None = None
    open_files_percent: float | None = None
    conntrack: int | None = None
    conntrack_max: int | None = None
    conntrack_percent: float | None = None
    uptime_seconds: float | None = None
    booted_at: datetime | None = None
    tcp_sockets: int | None = None
    tcp_time_wait: int | None = None
    tcp_retransmits_per_second: float | None = None
    tcp_retransmit_percent: float | None = None
    listen_drops_per_second: float | None = None
    oom_kills: int | None = None
    oom_kills_recent: int | None = None
    swap_in_bytes_per_second: float | None = None
    swap_out_bytes_per_second: float | None = None
    major_faults_per_second: float | None = None
    filesystems: tuple[FileSystem, ...] = ()
    filesystems_taken_at: datetime | None = None
    processes: ProcessTable | None = None
    details: Details = field(default_factory=NoDetails, repr=False)
    unread: tuple[Unread, ...] = ()

    @property
    def cores(self) -> tuple[Core, ...]:
        """Per core, in the kernel's order."""
        return self.details.cores

    @property
    def disks(self) -> tuple[Disk, ...]:
        """Per whole disk, busiest first."""
        return self.details.disks

    @property
    def interfaces(self) -> tuple[Interface, ...]:
        """Per interface but lo, busiest first."""
        return self.details.interfaces
