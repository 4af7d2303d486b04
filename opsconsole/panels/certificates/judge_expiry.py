"""When a certificate's end becomes a finding. Pure.

The rule, for a certificate with lifetime L (its notAfter less its notBefore):

- It is *due* for renewal below 1/3 of L left: there certbot, acme.sh and smallstep's `needs-renewal` (66 %
  used) renew. Of certbot's own (since its 4.0.0) below 1/2 where L is under 10 days, and below what
  `renew_before_expiry` says where that is later than 1/3.
- **Warning** where it is due. A renewer that is known to work gets a day more, at most 1/6 of L: two runs of
  a timer that starts twice a day. So certbot's certificates of 90 days warn below 29 days left, those of 6
  days below 2; without a working timer below 30 days, and below 3.
- **Critical** below 1/6 of L, or below 7 days. The 7 days count only for L over 30 days: a certificate of 6
  days has less than 7 days left all its life, and is as it should be.
- Where `renew_before_expiry` moves the due point behind 1/3, critical is below half of it (and below 7 days).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from opsconsole.panels.certificates.judge_held import Held, held, listed, name_of, place, short
from opsconsole.panels.certificates.limits import CertificatesLimits
from opsconsole.panels.certificates.reading import CertificatesReading
from opsconsole.panels.panel import Finding, Level

if TYPE_CHECKING:
    from opsconsole.data.certbot import Lineage
    from opsconsole.data.tls.certificate import Certificate

HELPS = "certificate-renewal"
SHORT_LIFETIME = timedelta(days=10)  # below it certbot renews at half (its change log, 4.0.0)
_GRACE_SHARE = 6  # never more than this part of the lifetime


@dataclass(frozen=True, slots=True)
class Schedule:
    """From when on a certificate's end is a finding, all UTC.

    Attributes:
        due_at: It should be renewed from here on.
        warning_at: It is a warning from here on.
        critical_at: It is critical from here on.
    """

    due_at: datetime
    warning_at: datetime
    critical_at: datetime

    def level(self, certificate: Certificate, now: datetime) -> Level:
        """Return the level of the certificate's dates at that time."""
        if now >= certificate.not_after or now < certificate.not_before or now >= self.critical_at:
            return Level.CRITICAL
        return Level.WARNING if now >= self.warning_at else Level.OK


def schedule(
    certificate: Certificate,
    limits: CertificatesLimits,
    lineage: Lineage | None = None,
    *,
    works: bool | None = None,
) -> Schedule:
    """Return when a certificate's end is due, a warning and critical.

    Args:
        certificate: It.
        limits: The limits.
        lineage: certbot's record of it, where it is certbot's.
        works: Whether who renews it is known to work.
    """
    lifetime = max(certificate.not_after - certificate.not_before, timedelta(0))
    due = lifetime * (limits.warning_share_percent / 100)
    critical = lifetime * (limits.critical_share_percent / 100)
    if lineage is not None:
        if lifetime < SHORT_LIFETIME:
            due = max(due, lifetime / 2)
        said = lineage.renew_before_days
        if said is not None and math.isfinite(said) and 0 <= said < due / timedelta(days=1):
            due = timedelta(days=said)
            critical = min(critical, due / 2)
    if lifetime > timedelta(days=limits.days_count_from_days):
        critical = max(critical, timedelta(days=limits.critical_days))
    grace = min(timedelta(days=limits.renewal_grace_days), lifetime / _GRACE_SHARE) if works else timedelta(0)
    warning = max(due - grace, critical)
    end = certificate.not_after
    return Schedule(end - due, end - warning, end - critical)


def schedule_of(one: Held, limits: CertificatesLimits) -> Schedule:
    """Return the schedule of a certificate with who renews it taken into account."""
    works = None if one.renewer is None else one.renewer.works
    return schedule(one.certificate, limits, one.lineage, works=works)


def findings(reading: CertificatesReading, limits: CertificatesLimits) -> Iterator[Finding]:
    """Yield what is wrong with the dates of each certificate, once for all its files and endpoints."""
    now = reading.taken_at
    for one in held(reading):
        certificate = one.certificate
        plan = schedule_of(one, limits)
        level = plan.level(certificate, now)
        if level is Level.OK:
            continue
        if one.is_idle and level is Level.CRITICAL:
            level = Level.WARNING  # nobody sees it
        rule, words = date_words(certificate, now)
        yield Finding(
            level,
            rule,
            one.subject,
            f"certificate {one.name}: {words}" + (", no server here shows it" if one.is_idle else ""),
            "\n".join(_evidence(one, plan, rule)),
            suggests=HELPS,
        )


def date_words(certificate: Certificate, now: datetime) -> tuple[str, str]:
    """Return which rule its dates fall under, and how long it is good, in words."""
    if now >= certificate.not_after:
        return "certificate-expired", f"expired {span_words(now - certificate.not_after)} ago"
    if now < certificate.not_before:
        ahead = span_words(certificate.not_before - now)
        return "certificate-not-yet-valid", f"not valid yet, only in {ahead}"
    share = certificate.share_left(now) * 100
    left = span_words(certificate.not_after - now)
    return "certificate-expiring", f"{left} left, {share:.0f} % of its {span_words(certificate.lifetime)}"


def _evidence(one: Held, plan: Schedule, rule: str) -> Iterator[str]:
    certificate = one.certificate
    yield f"valid {utc(certificate.not_before)} to {utc(certificate.not_after)}"
    if rule == "certificate-expiring":
        yield f"due for renewal since {utc(plan.due_at)}; critical from {utc(plan.critical_at)} on"
    if one.files:
        yield f"in {listed(file.path for file in one.files)}"
    if one.served:
        yield f"served on {listed(place(served) for _, served in one.served)}"
    elif one.used_by:
        yield f"shown by {listed(f'{use.server} ({use.place})' for use in one.used_by)}"
    yield f"SHA-256 {short(certificate.fingerprint_sha256)}…, serial {certificate.serial_hex}"


def utc(at: datetime) -> str:
    """Return a time for evidence."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def identity(one: Certificate) -> str:
    """Return which certificate it is, for evidence: name, end, fingerprint."""
    return f"{name_of(one)} until {utc(one.not_after)}, SHA-256 {short(one.fingerprint_sha256)}…"


def span_words(span: timedelta) -> str:
    """Return a span in its largest unit that tells enough, rounded down: `9 d`, `31 h`, `12 min`."""
    seconds = max(0, int(span.total_seconds()))
    if seconds >= 2 * 86400:
        return f"{seconds // 86400:,} d"
    return f"{seconds // 3600} h" if seconds >= 2 * 3600 else f"{seconds // 60} min"
