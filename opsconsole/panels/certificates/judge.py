"""What a reading of the certificates means under its limits. Pure but for the system's own roots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from opsconsole.data.units import format_duration
from opsconsole.panels.certificates import (
    judge_chain,
    judge_expiry,
    judge_key,
    judge_kinds,
    judge_renewal,
    judge_served,
    judge_versions,
)
from opsconsole.panels.certificates.limits import CertificatesLimits
from opsconsole.panels.certificates.reading import CertificatesReading
from opsconsole.panels.panel import Finding, Level

if TYPE_CHECKING:
    from opsconsole.data.tls.trust import Roots

MOST_OF_A_RULE = 200
AND_MORE = "and more"
STALE_SECONDS = 3 * 900.0  # three readings missed, of those of the rare cadence


def judge(
    reading: CertificatesReading, limits: CertificatesLimits, *, roots: Roots | None = None
) -> list[Finding]:
    """Return the findings of a reading, none when all is well.

    Args:
        reading: The reading.
        limits: The limits.
        roots: Roots that are trusted; None: those that the reading names, else this machine's own.
    """
    return list(_bounded(_all(reading, limits, roots)))


def _all(reading: CertificatesReading, limits: CertificatesLimits, roots: Roots | None) -> Iterator[Finding]:
    yield from judge_expiry.findings(reading, limits)
    yield from judge_served.findings(reading, limits)
    yield from judge_kinds.findings(reading)
    yield from judge_versions.findings(reading, limits)
    if any(file.certificates for file in reading.files or ()) or reading.endpoints:
        yield from judge_chain.findings(reading, roots or _roots(reading))
    yield from judge_key.findings(reading, limits)
    yield from judge_renewal.findings(reading, limits)
    yield from _age(reading)
    for one in reading.unread:
        yield Finding(
            Level.UNKNOWN,
            "certificates-unread",
            one.what,
            f"{one.what}: {one.why}",
            f"{reading.source}, {reading.taken_at:%H:%M:%S} UTC",
        )


def _age(reading: CertificatesReading) -> Iterator[Finding]:
    """Yield that the files were not read, or long ago: endpoints and the clock are read much more often."""
    at = reading.files_taken_at
    if at is None:
        yield Finding(Level.UNKNOWN, "files-unread", "files", "the host's certificate files: not read yet")
        return
    age = (reading.taken_at - at).total_seconds()
    if age > STALE_SECONDS:
        words = f"the host's certificate files: last read {format_duration(age)} ago"
        yield Finding(Level.UNKNOWN, "files-stale", "files", words, f"read {at:%Y-%m-%d %H:%M:%S} UTC")


def _roots(reading: CertificatesReading) -> Roots:
    from opsconsole.data.tls.trust import system_roots

    return reading.roots or system_roots()


def _bounded(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield so many of each rule; of the others their number, at the worst of their levels."""
    told: Counter[str] = Counter()
    worst: dict[str, Level] = {}
    for finding in findings:
        told[finding.rule] += 1
        if told[finding.rule] <= MOST_OF_A_RULE:
            yield finding
        else:
            worst[finding.rule] = max(finding.level, worst.get(finding.rule, Level.OK))
    for rule, level in worst.items():
        more = told[rule] - MOST_OF_A_RULE
        yield Finding(
            level, rule, AND_MORE, f"{rule.replace('-', ' ')}: {more:,} certificates or endpoints more"
        )
