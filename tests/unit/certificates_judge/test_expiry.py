"""From when on a certificate's end is a finding: by share, by days, by who renews it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from made_certificates import NOW, TIMER, certificate, endpoint, file, lineage, reading, served

from opsconsole.data.certbot import Lineage
from opsconsole.panels.certificates.judge_expiry import findings, schedule, span_words
from opsconsole.panels.certificates.limits import CertificatesLimits
from opsconsole.panels.panel import Finding, Level

LIMITS = CertificatesLimits()
DAY = timedelta(days=1)
OK, WARNING, CRITICAL = Level.OK, Level.WARNING, Level.CRITICAL


@pytest.mark.parametrize(
    ("lifetime_days", "left_days", "works", "level"),
    [
        # A year: a third is 121 days, a sixth 60 days.
        (365, 122, None, OK),
        (365, 121, None, WARNING),
        (365, 61, None, WARNING),
        (365, 60, None, CRITICAL),
        # 90 days: due at 30, warned of a day later when the timer works, critical at 15.
        (90, 30.1, None, OK),
        (90, 29.9, None, WARNING),
        (90, 29.9, True, OK),
        (90, 28.9, True, WARNING),
        (90, 29.9, False, WARNING),
        (90, 14.9, True, CRITICAL),
        # 47 days: a third is 15.7 days, a sixth 7.8 days.
        (47, 15.7, None, OK),
        (47, 15.6, None, WARNING),
        (47, 7.9, None, WARNING),
        (47, 7.8, None, CRITICAL),
        # 31 days: the 7 days are more than a sixth (5.2 days), and count.
        (31, 7.1, None, WARNING),
        (31, 6.9, None, CRITICAL),
        # 30 days and less: only shares.
        (30, 6.9, None, WARNING),
        (30, 4.9, None, CRITICAL),
        (6, 6, None, OK),
        (6, 2.1, None, OK),
        (6, 1.9, None, WARNING),
        (6, 0.9, None, CRITICAL),
        (1, 0.9, None, OK),
        (1, 0.34, None, OK),
        (1, 0.3, None, WARNING),
        (1, 0.1, None, CRITICAL),
    ],
)
def test_by_share_and_by_days(
    lifetime_days: float, left_days: float, works: bool | None, level: Level
) -> None:
    one = certificate(left=left_days * DAY, lifetime=lifetime_days * DAY)
    assert schedule(one, LIMITS, works=works).level(one, NOW) is level


@pytest.mark.parametrize(
    ("lifetime_days", "left_days", "works", "before_days", "level"),
    [
        # certbot renews what lives under 10 days at half; where its timer works, a sixth later is still well.
        (6, 3.1, False, None, OK),
        (6, 2.9, False, None, WARNING),
        (6, 2.9, True, None, OK),
        (6, 1.9, True, None, WARNING),
        # renew_before_expiry later than a third counts, and critical is half of that, but 7 days at least.
        (90, 20, True, 20, OK),
        (90, 18.9, True, 20, WARNING),
        (90, 10.1, True, 20, WARNING),
        (90, 9.9, True, 20, CRITICAL),
        (90, 8, True, 10, WARNING),
        (90, 6.9, True, 10, CRITICAL),
        # Earlier than a third: it does not make anything a finding earlier.
        (90, 50, True, 60, OK),
        (90, 28.9, True, 60, WARNING),
        # What cannot be is left aside.
        (90, 28.9, True, float("nan"), WARNING),
        (90, 28.9, True, -4.0, WARNING),
    ],
)
def test_certbots_own_rule(
    lifetime_days: float, left_days: float, works: bool, before_days: float | None, level: Level
) -> None:
    one = certificate(left=left_days * DAY, lifetime=lifetime_days * DAY)
    said = lineage(renew_before_days=before_days)
    assert schedule(one, LIMITS, said, works=works).level(one, NOW) is level


def test_limits_of_the_configuration_count() -> None:
    one = certificate(left=40 * DAY)
    assert schedule(one, LIMITS).level(one, NOW) is OK
    assert schedule(one, CertificatesLimits(warning_share_percent=50)).level(one, NOW) is WARNING
    assert schedule(one, CertificatesLimits(critical_days=41)).level(one, NOW) is CRITICAL


@pytest.mark.parametrize("years", [1, 9999])
def test_the_ends_of_the_calendar_are_no_trouble(years: int) -> None:
    one = replace(certificate(), not_before=NOW.replace(year=1), not_after=NOW.replace(year=years, month=12))
    plan = schedule(one, LIMITS, works=True)
    assert plan.due_at <= plan.warning_at <= plan.critical_at <= one.not_after
    turned = replace(certificate(), not_before=NOW.replace(year=9999), not_after=NOW.replace(year=1))
    assert schedule(turned, LIMITS).level(turned, NOW) is CRITICAL


def found(*files: object, **more: object) -> list[Finding]:
    return list(findings(reading(files=files, endpoints=(), **more), LIMITS))


def test_each_state_has_its_own_rule_and_words() -> None:
    told = {days: found(file(certificate(left=days * DAY))) for days in (60, 9, -3)}
    assert told[60] == []
    assert [(one.level, one.rule, one.summary) for one in told[9] + told[-3]] == [
        (CRITICAL, "certificate-expiring", "certificate example.org: 9 d left, 10 % of its 90 d"),
        (CRITICAL, "certificate-expired", "certificate example.org: expired 3 d ago"),
    ]
    early = found(file(replace(certificate(), not_before=NOW + timedelta(hours=30))))
    assert [(one.level, one.rule) for one in early] == [(CRITICAL, "certificate-not-yet-valid")]
    assert "only in 30 h" in early[0].summary
    evidence = told[9][0].evidence
    for words in (
        "valid 2026-09-06 14:05 UTC to 2026-12-05 14:05 UTC",
        "fullchain.pem",
        "shown by nginx",
        "SHA-256",
    ):
        assert words in evidence
    assert all(one.suggests == "certificate-renewal" for one in told[9] + told[-3] + early)


def test_one_certificate_in_several_files_and_endpoints_is_told_once() -> None:
    leaf = certificate(left=9 * DAY)
    known = reading(
        files=(file(leaf), file(leaf, "/etc/haproxy/shop.pem")),
        endpoints=(endpoint(served(leaf), served(leaf, "2001:db8::7")),),
    )
    (one,) = findings(known, LIMITS)
    assert "/etc/haproxy/shop.pem" in one.evidence
    assert "192.0.2.7:443 from the host, [2001:db8::7]:443 from the host" in one.evidence


def test_what_only_an_endpoint_shows_is_judged_too() -> None:
    leaf = certificate("far.example.org", left=9 * DAY)
    (one,) = findings(reading(files=(), endpoints=(endpoint(served(leaf)),)), LIMITS)
    assert (one.subject, one.level) == (f"far.example.org:443 {leaf.fingerprint_sha256[:8]}", CRITICAL)


def test_a_lineage_that_nobody_shows_is_no_more_than_a_warning() -> None:
    old = certificate(left=-9 * DAY)
    idle = file(old, used_by=(), found_by=("certbot",))
    (one,) = found(idle)
    assert one.level is WARNING
    assert "no server here shows it" in one.summary
    (asked,) = found(replace(idle, found_by=("certbot", "configuration")))
    assert asked.level is CRITICAL


@pytest.mark.parametrize("said", [lineage(), None])
def test_a_timer_that_works_has_a_day(said: Lineage | None) -> None:
    leaf = certificate(left=29.5 * DAY)
    assert found(file(leaf, lineage=said)) == []
    broken = replace(TIMER, last_result="exit-code")
    assert [one.level for one in found(file(leaf, lineage=said, renewer=broken))] == [WARNING]


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(days=400), "400 d"),
        (timedelta(days=9, hours=23), "9 d"),
        (timedelta(hours=47, minutes=59), "47 h"),
        (timedelta(minutes=119), "119 min"),
        (timedelta(seconds=59), "0 min"),
        (timedelta(days=-1), "0 min"),
    ],
)
def test_spans_are_rounded_down(span: timedelta, words: str) -> None:
    assert span_words(span) == words
