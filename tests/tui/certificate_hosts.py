"""Hosts with made-up certificates, for the certificates panel and the Certificates screen."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fake_source import host_state

from opsconsole.console.state import HostState, PanelState
from opsconsole.data.tls.trust import Roots
from opsconsole.panels.certificates.judge import judge
from opsconsole.panels.certificates.limits import CertificatesLimits
from opsconsole.panels.certificates.reading import CertificatesReading

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "certificates_judge"))
from made_certificates import certificate, endpoint, file, full_reading, reading, served

NO_ROOTS = Roots((), "none")
DAY = timedelta(days=1)

__all__ = [
    "DAY",
    "NO_ROOTS",
    "certificate",
    "endpoint",
    "file",
    "full_reading",
    "of",
    "reading",
    "served",
    "with_days",
]


def of(name: str, known: CertificatesReading | None, **host: Any) -> HostState:
    """Return a host with that reading, judged but for its chains."""
    now = datetime.now(UTC)
    made = host_state(name, **host)
    findings = judge(known, CertificatesLimits(), roots=NO_ROOTS) if known else []
    told = [one for one in findings if not one.rule.startswith(("chain", "self-signed", "weak"))]
    made.panels["certificates"] = PanelState(900.0, known, told, now if known else None)
    return made


def with_days(name: str, days: Sequence[float], **host: Any) -> HostState:
    """Return a host with a certificate for each of these numbers of days that are left of its 90."""
    now = datetime.now(UTC)
    files = []
    for at, left in enumerate(days):
        leaf = certificate(f"c{at:04}.{name}.example.org", (left + 0.01) * DAY, now=now)
        files.append(file(leaf))
    known = replace(reading(taken_at=now, files=tuple(files), endpoints=()), files_taken_at=now)
    return of(name, known, **host)
