"""What a reading of the logs means under its limits. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from opsconsole.data.units import format_bytes, format_duration
from opsconsole.panels.logs.limits import LogsLimits
from opsconsole.panels.logs.reading import DeletedFile, LogsReading, UncoveredLog
from opsconsole.panels.panel import Finding, Level

HELPS = "log-rotation"
_MOST_OF_A_RULE = 10
_NAMED_FILES = 5


def judge(reading: LogsReading, limits: LogsLimits) -> list[Finding]:
    """Return the findings of a reading, none when all is well."""
    return [
        *_rotation(reading, limits),
        *_uncovered(reading, limits),
        *_deleted(reading, limits),
        *_containers(reading, limits),
        *_errors(reading, limits),
        *(
            Finding(Level.UNKNOWN, "logs-unread", one.what, f"{one.what}: {one.why}", _at(reading, "ssh"))
            for one in reading.unread
        ),
    ]


def _at(reading: LogsReading, source: str) -> str:
    return f"{source}, {reading.taken_at:%H:%M:%S}"


def _large(size_bytes: int, share_percent: float | None, least: int, percent: float, smallest: int) -> bool:
    return size_bytes >= least or (
        share_percent is not None and share_percent >= percent and size_bytes >= smallest
    )


def _of_disk(mount: str, share_percent: float | None) -> str:
    return f", {share_percent:.0f} % of {mount}" if share_percent is not None and share_percent >= 1 else ""


def _rotation(reading: LogsReading, limits: LogsLimits) -> Iterator[Finding]:
    known = reading.rotation
    if known is None:
        return
    for problem in [one for one in known.problems if not one.rotates][:_MOST_OF_A_RULE]:
        place = problem.place or "logrotate"
        effect = f": {problem.effect}" if problem.effect else ""
        evidence = _at(reading, known.proved_by)
        yield Finding(
            Level.WARNING,
            "logrotate-broken",
            place,
            f"{place} {problem.message}{effect}",
            evidence,
            None,
            HELPS,
        )
    idle = _idle_seconds(known.last_run_at or known.host_started_at, reading.taken_at)
    if known.rule_count and idle is not None and idle > limits.logrotate_stale_seconds:
        ran = known.last_run_at is not None
        yield Finding(
            Level.WARNING,
            "logrotate-stale",
            "logrotate",
            f"logrotate last ran {format_duration(idle)} ago"
            if ran
            else f"logrotate never ran in the {format_duration(idle)} that this host is up",
            _at(reading, known.state_file or "no state file"),
            known.last_run_at,
            HELPS,
        )


def _idle_seconds(since: datetime | None, now: datetime) -> float | None:
    return None if since is None else (now - since).total_seconds()


def _uncovered(reading: LogsReading, limits: LogsLimits) -> Iterator[Finding]:
    found = [log for log in reading.uncovered or () if _grows_unrotated(log, reading.taken_at, limits)]
    for log in found[:_MOST_OF_A_RULE]:
        written = "–" if log.modified_at is None else f"{log.modified_at:%Y-%m-%d %H:%M} UTC"
        why = "" if reading.rotation else " (there is no logrotate)"
        yield Finding(
            Level.WARNING,
            "log-uncovered",
            log.path,
            f"{log.path} is rotated by nothing: {format_bytes(log.size_bytes)}"
            f"{_of_disk(log.mount, log.share_percent)}{why}",
            f"{_at(reading, 'find and the logrotate rules')}; last written {written}",
            None,
            HELPS,
        )


def _grows_unrotated(log: UncoveredLog, now: datetime, limits: LogsLimits) -> bool:
    idle = _idle_seconds(log.modified_at, now)
    return (
        not log.rotated
        and (idle is None or idle < limits.uncovered_idle_seconds)
        and _large(
            log.size_bytes,
            log.share_percent,
            limits.uncovered_bytes,
            limits.uncovered_percent,
            limits.smallest_bytes,
        )
    )


def _deleted(reading: LogsReading, limits: LogsLimits) -> Iterator[Finding]:
    by_holder: dict[tuple[str, str, str], list[DeletedFile]] = {}
    for file in reading.deleted or ():
        by_holder.setdefault((file.unit, file.process, file.mount), []).append(file)
    told = 0
    for (unit, process, mount), files in by_holder.items():
        taken = sum(file.size_bytes for file in files)
        shares = [file.share_percent for file in files if file.share_percent is not None]
        share = sum(shares) if shares else None
        if told == _MOST_OF_A_RULE or not _large(
            taken, share, limits.deleted_bytes, limits.deleted_percent, limits.smallest_bytes
        ):
            continue
        told += 1
        pids = ", ".join(str(pid) for pid in files[0].pids[:_NAMED_FILES])
        more = f" (+{len(files) - 1} more)" if len(files) > 1 else ""
        yield Finding(
            Level.WARNING,
            "deleted-open",
            unit or process,
            f"{process} (pid {pids}) holds {format_bytes(taken)} deleted: {files[0].path}{more}"
            f"{_of_disk(mount, share)}",
            "\n".join(
                [
                    _at(reading, "/proc/PID/fd"),
                    *(f"{format_bytes(file.size_bytes)} {file.path}" for file in files[:_NAMED_FILES]),
                ]
            ),
            None,
            HELPS,
        )


def _containers(reading: LogsReading, limits: LogsLimits) -> Iterator[Finding]:
    for log in [one for one in reading.containers or () if one.limit == ""][:_MOST_OF_A_RULE]:
        if log.size_bytes >= limits.container_bytes:
            yield Finding(
                Level.WARNING,
                "container-log-unlimited",
                log.name,
                f"log of container {log.name} has no limit: {format_bytes(log.size_bytes)}",
                _at(reading, "LogConfig of the container"),
                None,
                HELPS,
            )


def _errors(reading: LogsReading, limits: LogsLimits) -> Iterator[Finding]:
    for one in (reading.errors or ())[: 10 * _MOST_OF_A_RULE]:
        if one.yesterday is None or one.unit in limits.errors_not_judged or one.count < limits.errors_floor:
            continue
        if one.count > limits.errors_times * max(1, one.yesterday):
            yield Finding(
                Level.WARNING,
                "errors-unusual",
                one.unit,
                f"{one.unit}: {one.count} errors in 1 h, {one.yesterday} in the same hour yesterday",
                _at(reading, "journalctl -p err"),
            )
