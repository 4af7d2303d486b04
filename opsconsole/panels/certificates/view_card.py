"""The lines of the certificates Card. Pure text, never markup."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from textual.content import Content

from opsconsole.data.units import counted
from opsconsole.panels.certificates import view_words as words
from opsconsole.panels.certificates.judge_held import Held, by_subject, held, listed
from opsconsole.panels.certificates.judge_served import is_expected
from opsconsole.panels.certificates.reading import CertificatesReading
from opsconsole.panels.panel import Level
from opsconsole.panels.view import LEVEL_STYLE, MUTED, Showing, gauge, mark, text

_NAMES_ON_CARD = 3
_BAR_CELLS = 8


def by_risk(showing: Showing) -> list[tuple[Level, Held]]:
    """Return the certificates with the worst of their findings, worst first, then what ends first."""
    told = by_subject(showing.findings)
    found = [
        (max((finding.level for finding in one.among(told)), default=Level.OK), one)
        for one in held(showing.reading)
    ]
    return sorted(found, key=lambda pair: (-pair[0], pair[1].certificate.not_after, pair[1].subject))


def card(showing: Showing, width: int) -> Iterator[Content]:
    """Yield what ends first, how many there are, served against file, who renews, what is not known."""
    reading: CertificatesReading = showing.reading
    if reading.files is None and reading.endpoints is None:
        yield Content.assemble(mark(Level.UNKNOWN), "not read yet")
        return
    found = by_risk(showing)
    for level, one in found[:_NAMES_ON_CARD]:
        yield _short(level, one, showing.now, width)
    yield Content("  ") + text(_counts(reading, found), MUTED)
    yield from _compared(showing)
    yield from _renewal(showing)
    yield from _doubts(showing)


def _short(level: Level, one: Held, now: datetime, width: int) -> Content:
    left = words.left_words(one.certificate, now)
    tail = Content.assemble(
        "  ", (left, f"{LEVEL_STYLE[level]} bold" if level > Level.OK else ""), " ", bar(one, now)
    )
    room = max(8, width - 2 - tail.cell_length)
    return Content.assemble(mark(level), text(one.title).truncate(room, ellipsis=True, pad=True), tail)


def bar(one: Held, now: datetime) -> Content:
    """Return the share of its lifetime that is left."""
    return gauge(one.certificate.share_left(now) * 100, _BAR_CELLS)


def _counts(reading: CertificatesReading, found: list[tuple[Level, Held]]) -> str:
    parts = [f"{len(found):,} found"]
    if reading.files is not None:
        parts.append(counted(len(reading.files), "file"))
    if reading.endpoints is not None:
        parts.append(counted(len(reading.endpoints), "endpoint"))
    return ", ".join(parts)


def _compared(showing: Showing) -> Iterator[Content]:
    """Yield whether what is served is what the files hold; nothing where neither is known."""
    reading: CertificatesReading = showing.reading
    files = {file.path: file for file in reading.files or ()}
    looks = [(endpoint, one) for endpoint in reading.endpoints or () for one in endpoint.served]
    answers = [is_expected(endpoint, one, files) for endpoint, one in looks if endpoint.expects]
    good, wrong = answers.count(True), answers.count(False)
    if wrong:
        level = showing.worst("served-not-file")
        yield mark(level) + text(f"served ≠ file on {wrong} of {len(answers)}")
    elif good:
        beside = f", {answers.count(None)} not known" if None in answers else ""
        level = Level.UNKNOWN if beside else Level.OK
        yield mark(level) + text(f"served = file on {counted(good, 'address', 'addresses')}{beside}")


def _renewal(showing: Showing) -> Iterator[Content]:
    reading: CertificatesReading = showing.reading
    level = showing.worst("renewal-off", "renewal-failing", "renewal-broken", "renewal-unknown")
    if reading.renewers is None:
        if reading.files is not None:
            yield mark(max(level, Level.UNKNOWN)) + text("renewal: not known")
        return
    works = [one for one in reading.renewers if one.works]
    if not works and any(one.works is None for one in reading.renewers):
        level = max(level, Level.UNKNOWN)
    told = [words.renewer_words(one, showing.now) for one in works or reading.renewers]
    if told and (reading.lineages or any(one.kind != "none" for one in reading.renewers)):
        yield mark(level) + text(listed(told, 2) if told != ["nobody"] else "nobody renews")


def _doubts(showing: Showing) -> Iterator[Content]:
    """Yield what is not known, and a clock by which nothing can be judged."""
    clock = showing.worst("clock-wrong", "clock-unknown")
    if clock > Level.OK:
        yield mark(clock) + text("clock: " + ("wrong" if clock > Level.UNKNOWN else "not known"))
    count = sum(
        one.level is Level.UNKNOWN and not one.rule.startswith(("clock", "renewal"))
        for one in showing.findings
    )
    if count:
        yield mark(Level.UNKNOWN) + text(f"{count:,} not known")
