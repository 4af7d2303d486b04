"""The sections of the certificates Detail. Pure text, never markup."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from textual.content import Content

from opsconsole.data.text import clean_line
from opsconsole.panels import draw
from opsconsole.panels.certificates import view_words as words
from opsconsole.panels.certificates.judge_expiry import span_words
from opsconsole.panels.certificates.judge_held import Held, by_label, by_subject, listed, name_of
from opsconsole.panels.certificates.judge_served import is_expected
from opsconsole.panels.certificates.reading import CertificateFile, CertificatesReading, Endpoint, KeyFile
from opsconsole.panels.certificates.view_card import bar, by_risk
from opsconsole.panels.panel import Finding, Level
from opsconsole.panels.view import FAINT, LEVEL_STYLE, MUTED, Showing, gauge, heading, mark, table, text

if TYPE_CHECKING:
    from opsconsole.data.tls.served import Served

_MOST_ROWS = 200
_MOST_IN_FULL = 30
_NAMES_SHOWN = 12
_LABEL_CELLS = 11
_WIDE_COLUMNS = 110
_COMPARED: dict[bool | None, tuple[str, Level]] = {
    True: ("=", Level.OK),
    False: ("≠", Level.WARNING),
    None: (draw.UNKNOWN, Level.UNKNOWN),
}


def overview(showing: Showing, width: int) -> list[Content]:
    """Return one line a certificate, worst first."""
    found = by_risk(showing)
    if not found:
        return [text("no certificates were found", MUTED)] if showing.reading.files is not None else []
    now, reading = showing.now, showing.reading
    sight = words.Sight(reading)
    wide = width >= _WIDE_COLUMNS
    rows = []
    for level, one in found[:_MOST_ROWS]:
        cells: list[Content | str] = [
            mark(level) + text(one.title),
            Content.styled(words.left_words(one.certificate, now), LEVEL_STYLE[level] if level else ""),
            bar(one, now),
            f"{one.certificate.not_after:%Y-%m-%d}",
            text(words.served_words(one, sight)),
        ]
        if wide:
            cells.append(text(words.renewal_words(one, reading, now), MUTED))
        rows.append(cells)
    titles = ["certificate", "left", "share left", "ends (UTC)", "served", "renewed by"][: 6 if wide else 5]
    lines = table(titles, rows, width, left=(4, 5) if wide else (4,))
    if len(found) > _MOST_ROWS:
        lines.append(Content.styled(f"and {len(found) - _MOST_ROWS:,} more", MUTED))
    return lines


def in_full(showing: Showing) -> list[Content]:
    """Return everything about each certificate, the worst ones where there are many."""
    found = by_risk(showing)
    lines: list[Content] = []
    told, sight = by_subject(showing.findings), words.Sight(showing.reading)
    for level, one in found[:_MOST_IN_FULL]:
        lines += [Content(""), Content.assemble(mark(level), text(one.title, "$text-accent bold"))]
        findings = one.among(told)
        lines += [_pair(label, value) for label, value in _facts(one, showing, findings, sight)]
    if len(found) > _MOST_IN_FULL:
        more = f"the other {len(found) - _MOST_IN_FULL:,} in full: opsconsole certificates --format json"
        lines += [Content(""), Content.styled(more, MUTED)]
    return lines


def _pair(label: str, value: Content) -> Content:
    return Content.assemble("  ", (label.ljust(_LABEL_CELLS), MUTED), value)


def _facts(
    one: Held, showing: Showing, findings: list[Finding], sight: words.Sight
) -> Iterator[tuple[str, Content]]:
    certificate, now, reading = one.certificate, showing.now, showing.reading
    share = certificate.share_left(now) * 100
    yield (
        "left",
        Content.assemble(
            gauge(share, 24),
            f"  {words.left_words(certificate, now)}, ",
            f"{share:.0f} % of {span_words(certificate.lifetime)}",
        ),
    )
    for at, finding in enumerate(findings):
        yield (
            "" if at else "findings",
            mark(finding.level) + text(finding.summary, LEVEL_STYLE[finding.level]),
        )
    yield "subject", text(certificate.subject or "–")
    yield "names", text(_names(one))
    yield "issuer", text(certificate.issuer or "–")
    yield "chain", text(_chain(one))
    yield "not before", Content(words.when_words(certificate.not_before))
    yield "not after", Content(words.when_words(certificate.not_after))
    yield "key", text(words.key_words(certificate))
    for file in one.files:
        for key in file.keys:
            yield "", _key(key)
    yield "signature", text(certificate.signature)
    yield "OCSP", text(f"{listed(certificate.ocsp_urls, 3) or 'no responder named'}; {_stapled(one)}")
    yield "CRL", text(listed(certificate.crl_urls, 3) or "none named")
    yield "serial", text(certificate.serial_hex)
    yield "SHA-256", text(certificate.fingerprint_sha256)
    for file in one.files:
        yield "file", text(_file(file))
    yield "used by", text(words.use_words(one) or "no server here that is known")
    yield "served", text(words.served_words(one, sight))
    yield "renewed by", text(words.renewal_words(one, reading, now))
    for problem in certificate.problems:
        yield "problem", text(problem, LEVEL_STYLE[Level.WARNING])


def _names(one: Held) -> str:
    certificate = one.certificate
    if not certificate.names_known:
        return "not known"
    more = certificate.names_total - _NAMES_SHOWN
    shown = ", ".join(certificate.names[:_NAMES_SHOWN]) or "none"
    return shown + (f" (+{more:,} more)" if more > 0 else "")


def _chain(one: Held) -> str:
    chain = one.served[0][1].chain if one.served else one.files[0].certificates
    return " ← ".join(name_of(member) for member in chain[:8])


def _key(key: KeyFile) -> Content:
    match key.matches:
        case True:
            sign, said = Level.OK, "matches"
        case False:
            sign, said = Level.CRITICAL, "is another one"
        case _:
            sign, said = Level.UNKNOWN, f"not known: {key.why or 'not looked at'}"
    if key.readable_by == "others":
        sign, said = Level.CRITICAL, f"{said}, everybody can read it"
    mode = "" if key.mode is None else f", {key.mode:04o} {key.owner}:{key.group}"
    return Content.assemble(mark(sign), text(f"{key.path} {said}{mode}"))


def _stapled(one: Held) -> str:
    answers = [look.ocsp_stapled for _, look in one.served]
    known = [answer for answer in answers if answer is not None]
    if not known:
        return "stapling not known"
    said = listed((look.ocsp_status for _, look in one.served if look.ocsp_status), 3)
    return f"stapled on {sum(known)} of {len(known)}" + (f" ({said})" if said else "")


def _file(file: CertificateFile) -> str:
    parts = [f"{file.path} ({file.kind or 'not known'})"]
    if file.target:
        parts.append(f"→ {file.target}")
    if file.chain_path:
        parts.append(f"with the chain {file.chain_path}")
    if file.lineage is not None:
        parts.append(f"lineage {file.lineage.name}")
    return " ".join(parts)


def endpoints(showing: Showing, width: int) -> list[Content]:
    """Return what each endpoint serves on each address, seen from the host and from here."""
    reading: CertificatesReading = showing.reading
    rows = [
        [_titled(name, showing) if first else Content("  "), *cells]
        for name, looks in by_label(reading).items()
        for first, cells in _looks(looks, reading)
    ]
    if not rows:
        return []
    note = (
        f"read {draw.ago(reading.endpoints_taken_at, showing.now)}; = as in the file; TLS 1.0 and 1.1 are old"
    )
    lines = heading("endpoints", note)
    if width >= _WIDE_COLUMNS:
        titles = ("endpoint", "address", "seen from", "serves", "file", "TLS", "OCSP")
        lines += table(titles, rows[:_MOST_ROWS], width, left=(1, 2, 3, 4, 5, 6))
    else:
        for title, *cells in rows[:_MOST_ROWS]:
            lines += [title] if str(title).strip() else []
            lines.append(Content("  ").join([Content("  "), *cells]))
    if len(rows) > _MOST_ROWS:
        lines.append(Content.styled(f"and {len(rows) - _MOST_ROWS:,} more", MUTED))
    return lines


def _titled(name: str, showing: Showing) -> Content:
    level = max((one.level for one in showing.findings if one.subject == name), default=Level.OK)
    return mark(level) + text(name)


def _looks(
    looks: list[tuple[Endpoint, Served]], reading: CertificatesReading
) -> Iterator[tuple[bool, list[Content]]]:
    files = {file.path: file for file in reading.files or ()}
    for at, (endpoint, look) in enumerate(looks):
        sign, level = _COMPARED[is_expected(endpoint, look, files)]
        old = LEVEL_STYLE[Level.WARNING] if words.is_old(look.protocols) else ""
        yield (
            at == 0,
            [
                text(look.place),
                text(f"{look.seen_from}, {look.starttls}" if look.starttls else look.seen_from, MUTED),
                text(name_of(look.chain[0])) if look.chain else text(look.error or "nothing", MUTED),
                Content.styled(sign, LEVEL_STYLE[level]),
                Content.styled(words.versions_words(look.protocols), old),
                text(look.ocsp_status or draw.UNKNOWN, MUTED),
            ],
        )


def renewers(showing: Showing) -> list[Content]:
    """Return who renews certificates on the host."""
    reading: CertificatesReading = showing.reading
    if reading.renewers is None:
        return []
    lines = heading("renewal")
    for one in reading.renewers:
        works = one.works
        sign = Level.OK if works else Level.UNKNOWN if works is None else Level.WARNING
        ran = f"; last run {words.when_words(one.last_run_at)} {one.last_result}" if one.last_run_at else ""
        place = f" ({one.place})" if one.place not in ("", one.kind) else ""
        lines.append(mark(sign) + text(f"{words.renewer_words(one, showing.now)}{place}{ran}"))
    return lines


def other_files(showing: Showing) -> list[Content]:
    """Return the files that no certificate could be read from."""
    reading: CertificatesReading = showing.reading
    rest = [file for file in reading.files or () if file.leaf is None]
    if not rest:
        return []
    lines = heading("files without a certificate that could be read")
    for file in rest[:_MOST_ROWS]:
        level = max(showing.worst("file-missing", "file-broken", subject=file.path), Level.UNKNOWN)
        why = file.error or ("needs its password" if file.password_needed else file.state)
        lines.append(mark(level) + text(f"{file.path}: {why}"))
    return lines


def notes(showing: Showing) -> list[Content]:
    """Return what could not be read, and what does not apply here."""
    reading: CertificatesReading = showing.reading
    lines = [mark(Level.UNKNOWN) + text(f"{one.what}: {one.why}") for one in reading.unread]
    lines += [text(f"· {one.what}: {one.why}", FAINT) for one in reading.notes]
    skew = reading.clock_skew_seconds
    clock = draw.UNKNOWN if skew is None else f"{clean_line(f'{skew:+.1f}', 24)} s against this console's"
    lines.append(text(f"· clock of the host: {clock}", FAINT))
    return [*heading("not known, and what it rests on"), *lines]
