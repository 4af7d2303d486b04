"""The limits of the logs panel, each with where its default comes from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LogsLimits:
    """Limits of the logs panel.

    A size counts when it is reached in bytes, or as a share of the file system: 20 MB are nothing on a disk
    and everything on a small one. The sizes have no published source: large enough to be worth a person's
    time, small enough to be found before the disk is full.

    Attributes:
        uncovered_bytes: A log that no rule rotates is a warning from this size.
        uncovered_percent: Or from this share of its file system.
        uncovered_idle_seconds: One that was not written for so long does not grow and is no finding.
        deleted_bytes: Deleted and still open.
        deleted_percent: Or this share of its file system.
        container_bytes: A container's log without limit (moby#40207: no limit is the default).
        logrotate_stale_seconds: logrotate runs daily; two runs missed and some hours.
        errors_floor: Fewer errors in an hour are no finding, however few there were yesterday.
        errors_times: So many times yesterday's. No published source: error counts of one unit double and
            halve from one day to the next, four times as many is another day.
        errors_not_judged: Whose errors are shown but are no finding, as in the health panel: strangers cause
            them.
        smallest_bytes: A share of a tiny file system counts only from this size.
    """

    uncovered_bytes: int = 50 * 2**20
    uncovered_percent: float = 5.0
    uncovered_idle_seconds: float = 604_800.0
    deleted_bytes: int = 100 * 2**20
    deleted_percent: float = 5.0
    container_bytes: int = 100 * 2**20
    logrotate_stale_seconds: float = 216_000.0
    errors_floor: int = 20
    errors_times: float = 4.0
    errors_not_judged: tuple[str, ...] = ("sudo", "sshd", "sshd-session", "ssh.service", "sshd.service")
    smallest_bytes: int = 512 * 1024


@dataclass(frozen=True, slots=True)
class LogsSettings:
    """Nothing of this panel is set per host but its limits."""
