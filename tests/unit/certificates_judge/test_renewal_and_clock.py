"""Whether anybody renews, and whether the clocks allow a judgement."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from made_certificates import TIMER, certificate, file, lineage, reading

from opsconsole.panels.certificates.judge_renewal import findings
from opsconsole.panels.certificates.limits import CertificatesLimits
from opsconsole.panels.certificates.reading import Renewer
from opsconsole.panels.panel import Finding, Level


def found(**more: Any) -> list[Finding]:
    return list(findings(reading(**more), CertificatesLimits()))


def test_a_timer_that_works_is_nothing() -> None:
    assert found() == []
    assert found(renewers=(replace(TIMER, enabled=False), TIMER)) == [], "one of them is enough"


@pytest.mark.parametrize(
    ("change", "level", "rule", "words"),
    [
        ({"enabled": False}, Level.WARNING, "renewal-off", "it is not enabled"),
        ({"active": False}, Level.WARNING, "renewal-off", "it is not active"),
        ({"why": "masked"}, Level.WARNING, "renewal-off", "does not renew example.org: masked"),
        ({"last_result": "exit-code"}, Level.WARNING, "renewal-failing", "its last run failed (exit-code)"),
        ({"enabled": None}, Level.UNKNOWN, "renewal-unknown", "is not known"),
        ({"known_to_renew": False}, Level.UNKNOWN, "renewal-unknown", "is not known"),
    ],
)
def test_what_is_wrong_with_the_timer(change: dict[str, Any], level: Level, rule: str, words: str) -> None:
    one_timer = replace(TIMER, **change)
    (one,) = found(renewers=(one_timer,), files=(file(renewer=one_timer),))
    assert (one.level, one.rule) == (level, rule)
    assert words in one.summary
    assert "last run 2026-11-26 09:05 UTC" in one.evidence
    assert "next run 2026-11-26 21:05 UTC" in one.evidence


def test_what_is_not_known_to_renew_hides_no_fault_of_another_and_no_health() -> None:
    off, maybe = (
        replace(TIMER, why="it is masked"),
        Renewer("cron", "certbot", True, True, known_to_renew=False),
    )
    assert found(renewers=(maybe, TIMER)) == []
    (one,) = found(renewers=(off, maybe), files=(file(renewer=maybe),))
    assert (one.level, one.rule) == (Level.UNKNOWN, "renewal-unknown")
    assert one.summary == (
        "whether cron renews example.org is not known; certbot.timer does not: it is masked"
    )


def test_nobody_renews_what_certbot_keeps() -> None:
    (one,) = found(renewers=(Renewer("none"),), files=(file(renewer=Renewer("none")),))
    assert (one.level, one.rule) == (Level.WARNING, "renewal-off")
    assert one.summary == "nobody renews example.org: neither a timer nor a cron job starts certbot"
    assert one.suggests == "certificate-renewal"


def test_who_renews_is_not_known() -> None:
    (one,) = found(renewers=None, files=(file(renewer=None),))
    assert (one.level, one.rule) == (Level.UNKNOWN, "renewal-unknown")


def test_without_lineages_nothing_is_asked_of_certbot() -> None:
    assert found(renewers=(Renewer("none"),), files=(file(lineage=None, renewer=None),)) == []


def test_a_lineage_that_certbot_skips() -> None:
    broken = lineage("shop", problems=("no [renewalparams]",))
    told = found(lineages=(lineage(), broken, lineage("old", autorenew=False)))
    assert [(one.rule, one.subject) for one in told] == [
        ("renewal-broken", "/etc/letsencrypt/renewal/shop.conf"),
        ("renewal-off", "old"),
    ]
    assert "no [renewalparams]" in told[0].summary


def test_a_time_of_renewal_that_cannot_be_read_is_not_certbots_own() -> None:
    (one,) = found(lineages=(lineage("shop", renew_before_unread="soon"),), files=())
    assert (one.level, one.rule) == (Level.UNKNOWN, "renewal-unknown")
    assert one.summary == "when certbot renews shop is not known: renew_before_expiry is soon"
    assert "renews only what has ended" in one.evidence


@pytest.mark.parametrize(
    ("skew_seconds", "level", "words"),
    [
        (59.0, None, ""),
        (-59.0, None, ""),
        (61.0, Level.WARNING, "clock is 1 min ahead of"),
        (-7200.0, Level.WARNING, "clock is 2 h behind"),
        (90 * 86400.0, Level.CRITICAL, "the host judges example.org otherwise"),
        (-90 * 86400.0, Level.CRITICAL, "the host judges example.org otherwise"),
        (1e300, Level.CRITICAL, "the host judges example.org otherwise"),
    ],
)
def test_a_wrong_clock_is_told(skew_seconds: float, level: Level | None, words: str) -> None:
    told = found(clock_skew_seconds=skew_seconds)
    assert [one.level for one in told] == ([] if level is None else [level])
    if told:
        assert told[0].rule == "clock-wrong"
        assert words in told[0].summary
        assert "one of the two is wrong" in told[0].evidence


def test_a_clock_that_is_not_known_is_not_ok() -> None:
    assert [(one.level, one.rule) for one in found(clock_skew_seconds=None)] == [
        (Level.UNKNOWN, "clock-unknown")
    ]
    assert found(clock_skew_seconds=None, files=None, files_taken_at=None, endpoints_taken_at=None) == []


def test_the_host_may_not_take_a_new_certificate_for_valid_yet() -> None:
    new = certificate(left=timedelta(days=90) - timedelta(minutes=3))
    (one,) = found(files=(file(new),), endpoints=(), clock_skew_seconds=-300.0)
    assert one.level is Level.CRITICAL
