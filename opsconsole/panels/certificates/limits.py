"""The limits of the certificates panel, each with where its default comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class CertificatesLimits:
    """Limits of the certificates panel.

    A certificate is judged by the share of its lifetime that is left as well as by days: those of 6 and of 47
    days exist beside those of a year.

    Attributes:
        warning_share_percent: Below this share of its lifetime it should have been renewed: certbot renews at
            a third, smallstep's `needs-renewal` at 34 %.
        critical_share_percent: Half of that: as much time again went by, and nobody renewed it.
        critical_days: Fewer days are critical whatever the share: a person needs some days to see to it.
        days_count_from_days: The rule of days counts only for longer lifetimes: a certificate of six days
            always has fewer than seven.
        renewal_grace_days: A renewer that works gets so long after the moment at which it renews: certbot
            runs twice a day.
        clock_skew_warning_seconds: A clock so wrong may take a fresh certificate for not yet valid.
        rsa_bits_least: Of an RSA key: the CA/Browser Forum's baseline requirements (6.1.5), NIST SP 800-131A.
        ec_bits_least: Of an elliptic-curve key: NIST SP 800-131A.
        oldest_version: Of TLS: services that take an older one are a warning (RFC 8996 deprecates 1.0 and
            1.1). `1.0` takes all, and none is asked after.
    """

    warning_share_percent: float = 100 / 3
    critical_share_percent: float = 100 / 6
    critical_days: float = 7.0
    days_count_from_days: float = 30.0
    renewal_grace_days: float = 1.0
    clock_skew_warning_seconds: float = 60.0
    rsa_bits_least: int = 2048
    ec_bits_least: int = 224
    oldest_version: Literal["1.0", "1.1", "1.2", "1.3"] = "1.2"
