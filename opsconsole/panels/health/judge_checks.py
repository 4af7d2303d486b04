"""Findings about HTTP and TCP checks."""

from __future__ import annotations

from collections.abc import Iterator

from opsconsole.panels.health.limits import HealthLimits
from opsconsole.panels.health.reading import CheckStatus, HealthReading
from opsconsole.panels.panel import Finding, Level


def findings(reading: HealthReading, limits: HealthLimits) -> Iterator[Finding]:
    """Yield what the checks' last 15 minutes mean."""
    for check in reading.checks:
        if check.last.error == "console":
            yield Finding(
                Level.UNKNOWN,
                f"{check.kind}-errors",
                check.last.name,
                f"{check.last.name} could not be tried: {check.last.detail}",
                _evidence(check),
            )
        yield from _errors(check, limits)
        p95 = check.p95_seconds
        if check.kind == "http" and p95 is not None and p95 > limits.http_p95_warning_seconds:
            yield Finding(
                Level.WARNING,
                "http-slow",
                check.last.name,
                f"{check.last.name} is slow: P95 {p95:.1f} s over {_tries(check.tries)}",
                _evidence(check),
                suggests="http",
            )


def _errors(check: CheckStatus, limits: HealthLimits) -> Iterator[Finding]:
    share = check.error_percent
    if share is None or share <= limits.error_share_warning_percent:
        return
    count = f"{check.errors} of {_tries(check.tries)} failed in 15 min"
    if check.last.ok:
        words = f"{check.last.name} answers again; {count}"
    elif check.tries == 1:
        words = f"{check.last.name}: {check.last_error}"
    else:
        words = f"{check.last.name}: {check.last_error} ({count})"
    yield Finding(
        Level.CRITICAL if share > limits.error_share_critical_percent else Level.WARNING,
        f"{check.kind}-errors",
        check.last.name,
        words,
        "\n".join(filter(None, [_evidence(check), check.last_error])),
        suggests=check.kind,
    )


def _tries(count: int) -> str:
    return f"{count} {'try' if count == 1 else 'tries'}"


def _evidence(check: CheckStatus) -> str:
    where = "seen from the host" if check.last.via == "host" else "seen from this console"
    took = "" if check.last.latency_seconds is None else f", {check.last.latency_seconds * 1000:.0f} ms"
    return f"{check.last.target} {where}, {check.last_at:%H:%M:%S} UTC{took}"
