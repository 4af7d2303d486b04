"""The limits of the health panel, each with where its default comes from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HealthLimits:
    """Limits of the health panel.

    Attributes:
        failed_unit_for_seconds: A unit must have failed this long (node-mixin's NodeSystemdServiceFailed
            waits 5 min to spare pagers; a person at a console wants it at once).
        restarts_warning: Automatic restarts of one service in 15 min. node-mixin's
            NodeSystemdServiceCrashlooping: more than 2 in 5 min.
        oom_kills_warning: Kills for want of memory in the last hour (HostOomKillDetected of
            samber/awesome-prometheus-alerts: any in 30 min is a warning).
        oom_kills_critical: So many in an hour are not one greedy process but a host without memory.
        journal_errors_warning: Error lines of one unit in 15 min. No published source: single errors are
            everyday (sshd writes one for each broken connection), ten are a lasting fault.
        journal_not_judged: Whose errors are shown but are no finding: they are written on behalf of strangers
            (each scanner makes sshd write them), or of the console itself (sudo writes an `alert` for each
            password it was not given, and the console asks `sudo -n` when it connects).
        journal_urgent_warning: Lines of level crit, alert or emerg of one unit in 15 min.
        clock_offset_warning_seconds: The time daemon's own offset; node-mixin's NodeClockSkewDetected: 50 ms.
        clock_offset_for_seconds: For so long; node-mixin: 10 min.
        clock_unsynchronised_for_seconds: node-mixin's NodeClockNotSynchronising: 10 min.
        skew_warning_seconds: Host against console, beyond the uncertainty of the round trip. The console's
            own clock may be the wrong one, hence wider than 50 ms.
        skew_critical_seconds: At 5 min Kerberos refuses tickets; TOTP codes and token times fail well
            before; 5 s tells a clock that nobody keeps.
        reboot_pending_warning_seconds: A pending reboot is a warning after this long; 0: at once.
        http_p95_warning_seconds: 95th percentile of latency over 15 min.
        error_share_warning_percent: Share of failed tries of an HTTP or TCP check over 15 min.
        error_share_critical_percent: Likewise.
        starting_warning_seconds: systemd still `starting` so long after boot is stuck
            (DefaultTimeoutStartSec is 90 s a unit).
        stale_seconds: A part last read longer ago than this is unknown: three slow readings.
    """

    failed_unit_for_seconds: float = 0.0
    restarts_warning: int = 3
    oom_kills_warning: int = 1
    oom_kills_critical: int = 5
    journal_errors_warning: int = 10
    journal_urgent_warning: int = 1
    journal_not_judged: tuple[str, ...] = ("sudo", "sshd", "sshd-session", "ssh.service", "sshd.service")
    clock_offset_warning_seconds: float = 0.05
    clock_offset_for_seconds: float = 600.0
    clock_unsynchronised_for_seconds: float = 600.0
    skew_warning_seconds: float = 1.0
    skew_critical_seconds: float = 5.0
    reboot_pending_warning_seconds: float = 0.0
    http_p95_warning_seconds: float = 2.0
    error_share_warning_percent: float = 1.0
    error_share_critical_percent: float = 5.0
    starting_warning_seconds: float = 600.0
    stale_seconds: float = 100.0
