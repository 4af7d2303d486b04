"""All certificates of all hosts as rows: for the screen, the command line and the exports. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from opsconsole.console.ssh.status import ConnectionState
from opsconsole.console.state import HostState, PanelState
from opsconsole.data.text import clean_line
from opsconsole.panels.certificates import view_words as words
from opsconsole.panels.certificates.judge import AND_MORE
from opsconsole.panels.certificates.judge_expiry import Schedule, date_words, schedule_of
from opsconsole.panels.certificates.judge_held import Held, by_subject, held
from opsconsole.panels.certificates.limits import CertificatesLimits
from opsconsole.panels.certificates.reading import CertificatesReading
from opsconsole.panels.panel import Finding, Level

PANEL = "certificates"
_TEXT_CHARS = 300
_NAMES_KEPT = 100


@dataclass(frozen=True, slots=True)
class CertificateRow:
    """One certificate of one host, or something there of which no certificate is known. All text is cleaned.

    Attributes:
        host: The host.
        groups: Its groups, as `@a @b`.
        production: Whether it is production.
        level: The worst of what is known of it; never ok when the reading is stale.
        title: The certificate's name; of what is not known the file, the endpoint or the panel.
        why: What is the matter, the worst first; empty when all is well.
        rules: The rules of its findings.
        stale: Whether the reading is old.
        taken_at: When it was read (UTC).
        not_before: From when it is valid (UTC); None: no certificate is known.
        not_after: Until when.
        warning_at: From when its end is a warning.
        critical_at: From when that is critical.
        subject: Distinguished name.
        names: Its names, the first hundred.
        names_total: How many there are.
        issuer: Distinguished name of its issuer.
        serial_hex: Serial number.
        fingerprint_sha256: Of the certificate.
        key: Kind and size of its key.
        signature: Its algorithm.
        files: Paths of the files that hold it.
        used_by: Servers that are to show it, with file and line.
        served: How what is served compares with the file.
        renewed_by: Who renews it.
        lineage: Name of certbot's lineage, or empty.
    """

    host: str
    groups: str
    production: bool
    level: Level
    title: str
    why: str = ""
    rules: tuple[str, ...] = ()
    stale: bool = False
    taken_at: datetime | None = None
    not_before: datetime | None = None
    not_after: datetime | None = None
    warning_at: datetime | None = None
    critical_at: datetime | None = None
    subject: str = ""
    names: tuple[str, ...] = ()
    names_total: int = 0
    issuer: str = ""
    serial_hex: str = ""
    fingerprint_sha256: str = ""
    key: str = ""
    signature: str = ""
    files: tuple[str, ...] = ()
    used_by: str = ""
    served: str = ""
    renewed_by: str = ""
    lineage: str = ""

    @property
    def key_of_row(self) -> str:
        """What names the same row from one reading to the next."""
        return f"{self.host}\n{self.fingerprint_sha256 or self.title}"

    @property
    def risk(self) -> tuple[int, float, str, str]:
        """What sorts the worst first, then what ends first; what has no date stands behind what has one."""
        end = float("inf") if self.not_after is None else self.not_after.timestamp()
        return -self.level, end, self.host, self.title

    @property
    def searched(self) -> str:
        """The text that a filter looks at."""
        words = (self.host, self.groups, self.level.word, self.title, *self.names, self.issuer, self.why)
        return " ".join((*words, *self.files, self.renewed_by, self.serial_hex, self.fingerprint_sha256))

    def days_left(self, now: datetime) -> float | None:
        """Return the days until it ends; None: not known."""
        return None if self.not_after is None else (self.not_after - now).total_seconds() / 86_400

    def share_left_percent(self, now: datetime) -> float | None:
        """Return the share of its lifetime that is left; None: not known."""
        if self.not_after is None or self.not_before is None:
            return None
        lifetime = (self.not_after - self.not_before).total_seconds()
        left = (self.not_after - now).total_seconds()
        return 0.0 if lifetime <= 0 else min(100.0, max(0.0, left / lifetime * 100))


def rows_of(state: HostState, now: datetime) -> list[CertificateRow]:
    """Return the certificates of a host, and what is not known of them; none where there are none."""
    return list(each_row(state, now))


def each_row(state: HostState, now: datetime) -> Iterator[CertificateRow]:
    """Yield what `rows_of` returns, so that whoever must not stop for long can do so in between.

    Args:
        state: The host.
        now: The time (UTC).
    """
    panel = state.panels.get(PANEL)
    if panel is None or not isinstance(panel.reading, CertificatesReading):
        why = _not_read(state, panel)
        yield _row(state, None, level=Level.UNKNOWN, title=PANEL, why=why, now=now)
    else:
        yield from _of_reading(state, panel, panel.reading, now)


def sorted_by_risk(rows: Iterable[CertificateRow]) -> list[CertificateRow]:
    """Return the rows, worst first, then what ends first."""
    return sorted(rows, key=lambda row: row.risk)


def _not_read(state: HostState, panel: PanelState | None) -> str:
    if panel is not None and panel.problem:
        return panel.problem
    if state.status.state is not ConnectionState.UP:
        return state.status.reason or state.status.state.value
    return "not read yet"


def _of_reading(
    state: HostState, panel: PanelState, reading: CertificatesReading, now: datetime
) -> Iterator[CertificateRow]:
    limits = state.entry.limits.get(PANEL)
    known = limits if isinstance(limits, CertificatesLimits) else CertificatesLimits()
    told = by_subject(panel.findings)
    sight = words.Sight(reading)
    seen: set[str] = set()
    for one in held(reading):
        findings = one.among(told)
        seen |= one.subjects
        yield _certificate(state, panel, one, findings, schedule_of(one, known), sight, now)
    for finding in panel.findings:
        if finding.subject not in seen and not _is_counted(finding):
            yield _row(
                state,
                panel,
                level=finding.level,
                title=finding.subject,
                why=finding.summary,
                rules=(finding.rule,),
                now=now,
            )
    if panel.problem or (reading.files is None and reading.endpoints is None):
        yield _row(
            state,
            panel,
            level=Level.UNKNOWN,
            title="certificates",
            why=panel.problem or "not read yet",
            now=now,
        )


def _certificate(
    state: HostState,
    panel: PanelState,
    one: Held,
    findings: list[Finding],
    plan: Schedule,
    sight: words.Sight,
    now: datetime,
) -> CertificateRow:
    certificate, reading = one.certificate, panel.reading
    level = plan.level(certificate, now)
    if one.is_idle:
        level = min(level, Level.WARNING)
    worst = max((finding.level for finding in findings), default=Level.OK)
    more = f" (+{len(findings) - 1})" if len(findings) > 1 else ""
    why = _without_name(findings[0], one) + more if findings else ""
    if not why and level > Level.OK:  # its finding is beyond those that the judge lists, or time went on
        why = date_words(certificate, now)[1]
    return _row(
        state,
        panel,
        level=max(level, worst),
        title=one.title,
        why=why,
        rules=tuple(dict.fromkeys(finding.rule for finding in findings)),
        now=now,
        not_before=certificate.not_before,
        not_after=certificate.not_after,
        warning_at=plan.warning_at,
        critical_at=plan.critical_at,
        subject=certificate.subject,
        names=tuple(clean_line(name, _TEXT_CHARS) for name in certificate.names[:_NAMES_KEPT]),
        names_total=certificate.names_total,
        issuer=certificate.issuer,
        serial_hex=certificate.serial_hex,
        fingerprint_sha256=certificate.fingerprint_sha256,
        key=words.key_words(certificate),
        signature=certificate.signature,
        files=tuple(clean_line(file.path, _TEXT_CHARS) for file in one.files),
        used_by=words.use_words(one),
        served=words.served_words(one, sight),
        renewed_by=words.renewal_words(one, reading, now),
        lineage=one.lineage.name if one.lineage is not None else "",
    )


def _is_counted(finding: Finding) -> bool:
    """Whether it only counts what the rows say one by one."""
    return finding.subject == AND_MORE and finding.rule.startswith("certificate-")


def _without_name(finding: Finding, one: Held) -> str:
    """Return the summary without the name that the row has already."""
    return finding.summary.removeprefix(f"{finding.subject}: ").removeprefix(f"certificate {one.name}: ")


def _row(
    state: HostState, panel: PanelState | None, *, level: Level, now: datetime, **more: Any
) -> CertificateRow:
    """Return a row with what it has of its host."""
    host = state.host
    stale = panel is None or panel.is_stale(now) or state.status.state is not ConnectionState.UP
    cleaned: dict[str, Any] = {
        name: clean_line(value, _TEXT_CHARS) if isinstance(value, str) else value
        for name, value in more.items()
    }
    return CertificateRow(
        host=clean_line(host.name, 128),
        groups=" ".join(f"@{clean_line(group, 64)}" for group in host.groups),
        production=host.is_production,
        level=max(level, Level.UNKNOWN) if stale else level,
        stale=stale,
        taken_at=None if panel is None else panel.taken_at,
        **cleaned,
    )
