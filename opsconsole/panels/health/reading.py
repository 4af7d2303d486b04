"""What the health panel knows of one host at one moment. None means unknown, never zero."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from opsconsole.panels.clock import Skew

OOM_WINDOW_SECONDS = 3600.0
RESTART_WINDOW_SECONDS = 900.0
CHECK_WINDOW_SECONDS = 900.0


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that should have been readable and was not.

    Attributes:
        what: What is therefore unknown, such as `failed units`.
        why: The reason, cleaned, such as `systemctl timed out`.
    """

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class FailedUnit:
    """A systemd unit in the state `failed`.

    Attributes:
        name: Such as `nginx.service`.
        result: systemd's word for why: `exit-code`, `signal`, `oom-kill`, `timeout` …
        exit_status: Exit status or signal number of the main process, where there was one.
        load_state: `loaded`, or `not-found` when its file is gone.
        log: Its last journal lines, oldest first; None when they could not be read.
    """

    name: str
    result: str = ""
    exit_status: int | None = None
    load_state: str = ""
    log: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Restarts:
    """A service that systemd restarted by itself.

    Attributes:
        unit: Such as `orders.service`.
        total: systemd's `NRestarts`: automatic restarts since it was last started by hand.
        recent: How many of them this console saw in the last `window_seconds`; None at the first reading.
        window_seconds: How long the console has been watching, at most 15 minutes.
        waiting: It is between two attempts now (`auto-restart`).
        running_seconds: How long its present run has lasted; None when not running or unknown.
    """

    unit: str
    total: int
    recent: int | None
    window_seconds: float
    waiting: bool = False
    running_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class OomKill:
    """One line of the log that tells of a process killed for want of memory."""

    at: datetime | None
    victim: str
    line: str
    from_kernel: bool = True


@dataclass(frozen=True, slots=True)
class Oom:
    """Kills by the kernel for want of memory.

    Attributes:
        total: Kills since boot (in a container: of its own control group); None when unknown.
        recent: Increase of `total` that this console saw in the last hour; None at the first reading.
        cgroups: Control groups whose own counters rose in the last hour, with by how much.
        log: Kills that the log tells of in the last hour, newest first; None when it could not be read.
    """

    total: int | None = None
    recent: int | None = None
    cgroups: tuple[tuple[str, int], ...] = ()
    log: tuple[OomKill, ...] | None = None

    @property
    def is_known(self) -> bool:
        """Whether anything tells of kills."""
        return (self.total, self.recent, self.log) != (None, None, None)


@dataclass(frozen=True, slots=True)
class JournalGroup:
    """The error-level journal lines of one unit in the last 15 minutes.

    Attributes:
        unit: The unit; the program's own name where it runs in a login session; `kernel` for the kernel.
        count: How many lines.
        urgent_count: How many of them are `crit`, `alert` or `emerg`.
        newest_at: When the newest was written.
        sample: The newest line (the newest urgent one, if any).
    """

    unit: str
    count: int
    urgent_count: int
    newest_at: datetime | None
    sample: str


@dataclass(frozen=True, slots=True)
class Journal:
    """Error-level journal lines (priority `err` and worse) of the last 15 minutes.

    Attributes:
        groups: By unit, most lines first.
        count: All lines that were read.
        complete: False when there are more than were read, so that every count means "at least".
    """

    groups: tuple[JournalGroup, ...]
    count: int
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Clock:
    """What the host says of its own clock.

    Attributes:
        daemon: Who keeps the clock: `chrony`, `systemd-timesyncd`, `timedatectl`, or empty when nobody does.
        synchronised: Whether the clock follows a time source; None when that cannot be told.
        offset_seconds: The daemon's last measured offset from its time source; None when unknown.
    """

    daemon: str
    synchronised: bool | None
    offset_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Reboot:
    """Whether a reboot is pending.

    Attributes:
        required: None when that cannot be told.
        reasons: Why, such as `kernel 6.1.0-28-amd64 is installed, 6.1.0-18-amd64 runs`.
        since: Since when it has been pending, where known.
    """

    required: bool | None
    reasons: tuple[str, ...] = ()
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReadOnlyMount:
    """A file system that cannot be written to.

    Attributes:
        mount: Mount point.
        device: Its device or source.
        type: File system type.
        by_design: It was mounted so on purpose; a fact, not a fault.
        why: What tells so, such as `fstab says ro`.
    """

    mount: str
    device: str
    type: str
    by_design: bool
    why: str


@dataclass(frozen=True, slots=True)
class MissingMount:
    """A mount point that fstab wants mounted and that is not; `nofail` ones may be absent at boot."""

    mount: str
    device: str
    nofail: bool


@dataclass(frozen=True, slots=True)
class FilesystemErrors:
    """An ext4 file system that recorded errors since its last fsck (`errors_count` in /sys/fs/ext4)."""

    device: str
    mount: str
    count: int
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class Mounts:
    """What is wrong with the mounted file systems, or merely notable."""

    read_only: tuple[ReadOnlyMount, ...] = ()
    missing: tuple[MissingMount, ...] = ()
    errors: tuple[FilesystemErrors, ...] = ()


@dataclass(frozen=True, slots=True)
class UnitState:
    """A unit that the configuration expects to be active, as systemd sees it."""

    name: str
    active_state: str
    sub_state: str
    load_state: str = ""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One try of a configured HTTP or TCP check.

    Attributes:
        name: The check's name.
        target: What it asked, without secrets.
        via: `host` or `console`.
        ok: Whether every expectation was met.
        error: Why not: `refused`, `timeout`, `name`, `tls`, `status`, `body`, `json`, `redirect`, `closed`,
            `protocol`, `size`, `connection`, `console` (it could not be tried); empty when ok.
        detail: The same in words with what was found and expected; cleaned, without secrets.
        status: HTTP status, where one came.
        latency_seconds: Until the whole (bounded) answer was there; None when none came.
    """

    name: str
    target: str
    via: str
    ok: bool
    error: str = ""
    detail: str = ""
    status: int | None = None
    latency_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class CheckStatus:
    """A check over the last 15 minutes.

    Attributes:
        kind: `http` or `tcp`.
        last: The newest try.
        last_at: When it was.
        tries: How many tries there were that could tell something.
        errors: How many of them failed.
        last_error: The newest failure in words; empty when there was none.
        p50_seconds: Median latency, nearest rank; None when nothing answered.
        p95_seconds: 95th percentile, nearest rank.
    """

    kind: str
    last: CheckResult
    last_at: datetime
    tries: int
    errors: int
    last_error: str
    p50_seconds: float | None
    p95_seconds: float | None

    @property
    def error_percent(self) -> float | None:
        """Share of failed tries; None when no try could tell anything."""
        return 100.0 * self.errors / self.tries if self.tries else None


@dataclass(frozen=True, slots=True)
class HealthReading:
    """The health of one host. None: unknown, or (where the comment says so) not applicable.

    Attributes:
        taken_at: When the newest part was read (UTC).
        source: From where.
        read_at: Section name -> when it was last read.
        problems: What should have been readable and was not.
        has_systemd: Whether systemd runs the host; False makes all its parts "n/a".
        container: Kind of container (`docker`, `lxc` …), empty when it is none; None when unknown.
        uptime_seconds: Since boot; in a container since its start.
        kernel: Release of the running kernel.
        system_state: `running`, `degraded`, `starting` … of `systemctl is-system-running`.
        unit_count: Units that systemd has loaded.
        failed_units: Units in state `failed`, at most 20 with detail; n/a without systemd.
        failed_unit_count: How many there are in all.
        restarts: Services with automatic restarts; n/a without systemd.
        oom: Kills for want of memory.
        journal: Error lines; n/a without systemd.
        clock: The host's own clock; n/a in a container that does not keep one.
        skew: Against this console; n/a for this very machine.
        reboot: n/a in a container: the kernel is not its own.
        mounts: File systems.
        expected_units: The units that the configuration wants active.
        checks: HTTP and TCP checks.
    """

    taken_at: datetime
    source: str = "systemd, journal, /proc"
    read_at: Mapping[str, datetime] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    has_systemd: bool | None = None
    container: str | None = None
    uptime_seconds: float | None = None
    kernel: str = ""
    system_state: str | None = None
    unit_count: int | None = None
    failed_units: tuple[FailedUnit, ...] | None = None
    failed_unit_count: int | None = None
    restarts: tuple[Restarts, ...] | None = None
    oom: Oom | None = None
    journal: Journal | None = None
    clock: Clock | None = None
    skew: Skew | None = None
    reboot: Reboot | None = None
    mounts: Mounts | None = None
    expected_units: tuple[UnitState, ...] = ()
    checks: tuple[CheckStatus, ...] = ()

    @property
    def cannot_know_kills(self) -> bool:
        """Whether nothing can tell of kills for want of memory here, and nobody can help it.

        Kernel log and counter are the machine's; this container has no journal and no counter of its own.
        """
        return bool(self.container) and (self.oom is None or not self.oom.is_known)
