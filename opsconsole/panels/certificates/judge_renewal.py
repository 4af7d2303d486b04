"""Whether what certbot keeps will be renewed by itself, and whether the clocks let us judge at all. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from opsconsole.data.text import clean_line
from opsconsole.panels.certificates.judge_expiry import HELPS, span_words, utc
from opsconsole.panels.certificates.judge_held import held, listed
from opsconsole.panels.certificates.limits import CertificatesLimits
from opsconsole.panels.certificates.reading import CertificatesReading, Renewer
from opsconsole.panels.panel import Finding, Level


def findings(reading: CertificatesReading, limits: CertificatesLimits) -> Iterator[Finding]:
    """Yield what keeps certbot's lineages from being renewed, and a clock that is wrong."""
    yield from _lineages(reading)
    yield from _clock(reading, limits)


def _lineages(reading: CertificatesReading) -> Iterator[Finding]:
    lineages = {one.name: one for one in reading.lineages or ()}
    renewers: dict[str, Renewer | None] = {}
    for file in reading.files or ():
        if file.lineage is not None:
            lineages.setdefault(file.lineage.name, file.lineage)
            if renewers.get(file.lineage.name) is None:
                renewers[file.lineage.name] = file.renewer
    for lineage in lineages.values():
        for problem in lineage.problems:
            yield Finding(
                Level.WARNING,
                "renewal-broken",
                lineage.file,
                f"certbot skips {lineage.name}: {problem}",
                lineage.file,
                suggests=HELPS,
            )
        if not lineage.autorenew:
            yield Finding(
                Level.WARNING,
                "renewal-off",
                lineage.name,
                f"certbot renew leaves {lineage.name} alone: autorenew is off",
                lineage.file,
                suggests=HELPS,
            )
        if lineage.renew_before_unread:
            yield Finding(
                Level.UNKNOWN,
                "renewal-unknown",
                lineage.file,
                f"when certbot renews {lineage.name} is not known: "
                f"renew_before_expiry is {clean_line(lineage.renew_before_unread, 60)}",
                f"{lineage.file}\nwhere certbot cannot read it either, it renews only what has ended",
            )
    if not lineages:
        return
    timers = [one for one in reading.renewers or () if one.tool == "certbot"]
    names = listed(lineages)
    if reading.renewers is None:
        timers = [one for one in renewers.values() if one is not None and one.tool == "certbot"]
    if reading.renewers is None and not timers:
        yield Finding(
            Level.UNKNOWN, "renewal-unknown", "certbot", f"who renews {names} is not known", _at(reading)
        )
    elif not timers:
        yield Finding(
            Level.WARNING,
            "renewal-off",
            "certbot",
            f"nobody renews {names}: neither a timer nor a cron job starts certbot",
            _at(reading),
            suggests=HELPS,
        )
    elif not any(one.works for one in timers):
        yield _timer(reading, timers, names)


def _timer(reading: CertificatesReading, timers: list[Renewer], names: str) -> Finding:
    """Return what is wrong where none of certbot's timers and jobs is known to work."""
    unknown = [one for one in timers if one.works is None]
    known = [f"{_place(one)} does not: {_fault(one)[1]}" for one in timers if one.works is False]
    one = (unknown or timers)[0]
    evidence = "\n".join(
        filter(
            None,
            [
                _at(reading),
                ""
                if one.last_run_at is None
                else f"last run {utc(one.last_run_at)} {one.last_result}".rstrip(),
                "next run not planned" if one.next_run_at is None else f"next run {utc(one.next_run_at)}",
                f"concerns {names}",
            ],
        )
    )
    if unknown:
        words = "; ".join([f"whether {_place(one)} renews {names} is not known", *known[:1]])
        return Finding(Level.UNKNOWN, "renewal-unknown", "certbot", words, evidence)
    rule, why = _fault(one)
    words = f"{_place(one)} does not renew {names}: {why}"
    return Finding(Level.WARNING, rule, "certbot", words, evidence, suggests=HELPS)


def _place(one: Renewer) -> str:
    return f"{one.kind} ({one.place})" if one.place and one.place != one.kind else one.kind


def _fault(one: Renewer) -> tuple[str, str]:
    """Return which rule one that does not work falls under, and why it does not."""
    if one.why:
        return "renewal-off", one.why
    if one.last_result not in ("", "success"):
        return "renewal-failing", f"its last run failed ({one.last_result})"
    return "renewal-off", "it is not enabled" if one.enabled is False else "it is not active"


def _clock(reading: CertificatesReading, limits: CertificatesLimits) -> Iterator[Finding]:
    skew = reading.clock_skew_seconds
    if skew is None:
        if reading.files_taken_at is not None or reading.endpoints_taken_at is not None:
            yield Finding(
                Level.UNKNOWN,
                "clock-unknown",
                "clock",
                "the host's clock is not known: whether it takes its certificates for valid is not judged",
                _at(reading),
            )
        return
    if abs(skew) < limits.clock_skew_warning_seconds:
        return
    span = timedelta(seconds=max(-1e9, min(1e9, skew)))
    way = "ahead of" if skew > 0 else "behind"
    there = reading.taken_at + span
    here = reading.taken_at
    turned = [
        one.name
        for one in held(reading)
        if (one.certificate.not_before <= here < one.certificate.not_after)
        is not (one.certificate.not_before <= there < one.certificate.not_after)
    ]
    yield Finding(
        Level.CRITICAL if turned else Level.WARNING,
        "clock-wrong",
        "clock",
        f"clock is {span_words(abs(span))} {way} this console's"
        + (
            f": the host judges {listed(turned, 2)} otherwise"
            if turned
            else ", by which certificates are judged"
        ),
        f"host {utc(there)}, console {utc(here)}; one of the two is wrong\n"
        "all dates of certificates are judged by the console's clock",
        suggests="clock",
    )


def _at(reading: CertificatesReading) -> str:
    at = reading.files_taken_at or reading.taken_at
    return f"certbot's renewal files, systemd timers and cron, {at:%H:%M:%S} UTC"
