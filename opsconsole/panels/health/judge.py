"""What a health reading means under the limits. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from opsconsole.data.units import format_duration
from opsconsole.panels.health import judge_checks, judge_units
from opsconsole.panels.health.limits import HealthLimits
from opsconsole.panels.health.reading import HealthReading, ReadOnlyMount
from opsconsole.panels.panel import Finding, Level

# What every reading should hold; `packages` and what is seen from outside may be left out.
_SECTIONS = {"system": "uptime, mounts, reboot", "services": "units and journal", "clock": "clock"}
_NEVER_STALE = frozenset({"packages"})  # read once per connection


def judge(reading: HealthReading, limits: HealthLimits) -> list[Finding]:
    """Return the findings; empty when all is well and everything could be read."""
    return [
        *_unread(reading, limits),
        *judge_units.findings(reading, limits),
        *_oom(reading, limits),
        *_clock(reading, limits),
        *_skew(reading, limits),
        *_reboot(reading, limits),
        *_mounts(reading),
        *judge_checks.findings(reading, limits),
    ]


def _unread(reading: HealthReading, limits: HealthLimits) -> Iterator[Finding]:
    for problem in reading.problems:
        yield Finding(
            Level.UNKNOWN,
            "unread",
            problem.what,
            f"{problem.what} unknown: {problem.why}",
            "the health panel's reading",
        )
    for name, what in _SECTIONS.items():
        if name not in reading.read_at:
            yield Finding(Level.UNKNOWN, "unread", what, f"{what} unknown: not read yet")
    for name, read_at in reading.read_at.items():
        age = (reading.taken_at - read_at).total_seconds()
        if age > limits.stale_seconds and name not in _NEVER_STALE:
            what = _SECTIONS.get(name, "checks and clock skew")
            yield Finding(Level.UNKNOWN, "stale", what, f"{what}: last read {format_duration(age)} ago")


def _oom(reading: HealthReading, limits: HealthLimits) -> Iterator[Finding]:
    """Count kills by the counter's rise or by the log, whichever saw more. Exit status 137 proves nothing."""
    oom = reading.oom
    if oom is None or not oom.is_known:
        said = any(problem.what.startswith("kills") for problem in reading.problems)
        if "system" in reading.read_at and not (said or reading.cannot_know_kills):
            yield Finding(
                Level.UNKNOWN,
                "unread",
                "memory",
                "kills for want of memory unknown: neither kernel counter nor log can be read",
                "/proc/vmstat, control groups, journal, dmesg",
            )
        return
    log = oom.log or ()
    told = sum(kill.from_kernel for kill in log) or len(log)
    count = max(told, oom.recent or 0)
    victims = ", ".join(dict.fromkeys([kill.victim for kill in log] or [path for path, _ in oom.cgroups]))
    if count >= limits.oom_kills_warning:
        critical = count >= limits.oom_kills_critical
        plural = "processes" if count > 1 else "process"
        yield Finding(
            Level.CRITICAL if critical else Level.WARNING,
            "oom-kill",
            "memory",
            f"{count} {plural} killed for want of memory in the last hour"
            + (f": {victims[:120]}" if victims else ""),
            "\n".join(
                [
                    f"oom_kill counter: {'unknown' if oom.total is None else oom.total} since boot",
                    *(f"{path}: +{rise}" for path, rise in oom.cgroups[:5]),
                    *(f"{kill.at:%H:%M:%S} {kill.line}" if kill.at else kill.line for kill in log[:5]),
                ]
            ),
            suggests="oom",
        )
    elif oom.total and oom.log is None and oom.recent is None:
        # Only a total since boot, with nothing to tell when: neither fine nor a fault of today.
        yield Finding(
            Level.UNKNOWN,
            "oom-kill",
            "memory",
            f"{oom.total} kills for want of memory since boot, when is unknown: the log cannot be read",
            "oom_kill counter",
            suggests="oom",
        )


def _clock(reading: HealthReading, limits: HealthLimits) -> Iterator[Finding]:
    clock = reading.clock
    if clock is None:
        return
    if not clock.daemon or clock.synchronised is False:
        why = f"{clock.daemon} runs but has no time source" if clock.daemon else "no time daemon runs"
        yield Finding(
            Level.WARNING,
            "clock-unsynchronised",
            "clock",
            f"clock is not synchronised: {why}",
            clock.daemon or "process list",
            suggests="clock",
            for_seconds=limits.clock_unsynchronised_for_seconds,
        )
    offset = clock.offset_seconds
    if offset is not None and abs(offset) > limits.clock_offset_warning_seconds:
        yield Finding(
            Level.WARNING,
            "clock-offset",
            "clock",
            f"clock is {_seconds(offset)} off its time source",
            clock.daemon,
            suggests="clock",
            for_seconds=limits.clock_offset_for_seconds,
        )


def _skew(reading: HealthReading, limits: HealthLimits) -> Iterator[Finding]:
    """Judge only what exceeds the uncertainty of the measurement."""
    skew = reading.skew
    if skew is None or skew.certain_seconds <= limits.skew_warning_seconds:
        return
    direction = "ahead of" if skew.offset_seconds > 0 else "behind"
    yield Finding(
        Level.CRITICAL if skew.certain_seconds > limits.skew_critical_seconds else Level.WARNING,
        "clock-skew",
        "clock",
        f"clock is {_seconds(skew.offset_seconds)} {direction} this console's",
        f"date, {skew.taken_at:%H:%M:%S} UTC here, uncertain by {skew.uncertainty_seconds * 1000:.0f} ms",
        suggests="clock",
    )


def _reboot(reading: HealthReading, limits: HealthLimits) -> Iterator[Finding]:
    reboot = reading.reboot
    if reboot is None:
        return
    if reboot.required is None:
        yield Finding(
            Level.UNKNOWN,
            "unread",
            "reboot",
            "pending reboot unknown: neither flag nor installed kernels can be read",
        )
    elif reboot.required:
        age = None if reboot.since is None else (reading.taken_at - reboot.since).total_seconds()
        if age is None or age >= limits.reboot_pending_warning_seconds:
            since = "" if age is None or age < 0 else f" for {format_duration(age)}"
            yield Finding(
                Level.WARNING,
                "reboot-pending",
                "reboot",
                f"reboot pending{since}: {reboot.reasons[0]}",
                "\n".join(reboot.reasons),
                since=reboot.since,
                suggests="reboot",
            )


def _mounts(reading: HealthReading) -> Iterator[Finding]:
    mounts = reading.mounts
    if mounts is None:
        return
    yield from _read_only(mounts.read_only)
    for missing in mounts.missing:
        yield Finding(
            Level.WARNING if missing.nofail else Level.CRITICAL,
            "mount-missing",
            missing.mount,
            f"{missing.mount} is not mounted, fstab wants it ({missing.device})",
            "/etc/fstab, /proc/self/mountinfo",
            suggests="mount",
        )
    for errors in mounts.errors:
        last = f", last {errors.last_at:%Y-%m-%d %H:%M} UTC" if errors.last_at else ""
        yield Finding(
            Level.WARNING,
            "filesystem-errors",
            errors.mount,
            f"{errors.mount} has {errors.count} file system errors since its last fsck{last}",
            f"/sys/fs/ext4/{errors.device}/errors_count",
            suggests="mount",
        )


def _read_only(mounts: Iterable[ReadOnlyMount]) -> Iterator[Finding]:
    for mount in mounts:
        if not mount.by_design:
            yield Finding(
                Level.CRITICAL,
                "mount-read-only",
                mount.mount,
                f"{mount.mount} is read-only: {mount.why}",
                f"/proc/self/mountinfo: {mount.device} {mount.type}",
                suggests="mount",
            )


def _seconds(seconds: float) -> str:
    size = abs(seconds)
    if size < 1:
        return f"{size * 1000:.0f} ms"
    return f"{size:.1f} s" if size < 60 else format_duration(size)
